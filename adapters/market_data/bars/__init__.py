"""Bars that were once asked for, kept in PostgreSQL."""
