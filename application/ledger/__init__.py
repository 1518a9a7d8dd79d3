"""What a trader does with the ledger: record trades, import files, ask for positions and results."""
