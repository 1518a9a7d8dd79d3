"""Use cases and reads of cash."""
