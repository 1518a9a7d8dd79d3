"""From the outbox to its effect: the relay rings, a worker answers, the row and the effect commit together."""
