"""What can be seen of the service from outside: traces, metrics, and the log of its use."""
