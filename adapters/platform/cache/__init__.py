"""Keeps answers: in the memory of the process, and in Redis for all processes."""
