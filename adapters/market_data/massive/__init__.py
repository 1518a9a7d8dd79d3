"""Massive, which was Polygon: quotes, bars, search, fundamentals and movers of American shares, indices and pairs.

Bars are as they were traded, with the splits and dividends beside them. Times are in nanoseconds or milliseconds.
"""
