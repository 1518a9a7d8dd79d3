"""Ticks on their way from providers to whoever looks."""
