"""What is known of the market: what is listed where, what it costs and has cost, and who says so."""
