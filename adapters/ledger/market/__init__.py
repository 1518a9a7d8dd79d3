"""What the ledger takes from the market: prices of what is held, and what was done to its units."""
