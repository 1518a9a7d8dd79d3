"""How identity is kept and proven: PostgreSQL stores, password hashes, tokens."""
