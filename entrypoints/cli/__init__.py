"""The command line: one command per process, and a client of the API."""
