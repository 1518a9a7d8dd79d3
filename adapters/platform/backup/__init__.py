"""Backup and restore: every row of one snapshot in a plain archive, and back, with proof that both are the same."""
