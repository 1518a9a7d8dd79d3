"""Carries ticks from providers to whoever looks."""
