"""Use cases and the ports they need: standard library and the domain only."""
