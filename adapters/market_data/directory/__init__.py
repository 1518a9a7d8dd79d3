"""The directory on PostgreSQL: one for everybody, found by trigrams, with a list of well-known things to begin with."""
