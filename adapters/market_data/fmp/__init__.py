"""Financial Modeling Prep: quotes, daily bars, search, fundamentals, movers and calendars, of its `stable` interface.

Bars are as they were traded, with the splits and dividends beside them.
"""
