"""Trades, lots, positions and profit and loss, exact to the last digit."""
