"""A market that is made up: the same prices for the same seed, whoever asks and whenever, and nothing of it is true.

It is what answers where no provider is configured. Every datum of it says `simulated`, and it never stands in for a
real provider.
"""
