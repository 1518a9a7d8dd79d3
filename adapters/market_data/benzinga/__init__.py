"""Benzinga: news of its own office, each with the tickers that it is about."""
