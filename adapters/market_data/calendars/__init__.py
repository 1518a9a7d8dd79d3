"""Calendars of exchanges: holidays from a package that knows them, and a table of ours for what it lacks."""
