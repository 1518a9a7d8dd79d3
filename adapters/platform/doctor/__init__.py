"""Looks at an installation from all sides and says what is wrong with it, and what to do about each thing."""
