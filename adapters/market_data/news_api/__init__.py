"""NewsAPI: what papers all over the world publish, found by words. It knows of no tickers."""
