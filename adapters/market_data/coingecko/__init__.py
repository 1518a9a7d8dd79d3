"""CoinGecko: crypto currencies over all venues, with or without a key.

Coins go by ids of its own. Where a ticker is asked for, the coin with these letters that is worth most is meant.
"""
