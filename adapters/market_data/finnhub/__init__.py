"""Finnhub: quotes, search, fundamentals and calendars of American shares.

Bars, and prices elsewhere, are for those who pay and are not read.
"""
