"""The rules of trading and investing: pure, synchronous, standard library only."""
