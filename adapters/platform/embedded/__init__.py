"""PostgreSQL and Valkey from wheels: started by us, on private sockets, for `tapedeck run` and for the tests."""
