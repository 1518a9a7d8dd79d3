"""Where market data come from: a folder for each provider, and what is kept of their answers."""
