"""Reading the market: which source is asked, in which order, and what becomes of its answer."""
