"""Money, instruments, ids, events and errors: what all capabilities speak of."""
