"""Rate limits over all processes: one script on the clock of Redis, and what each process knows without it."""
