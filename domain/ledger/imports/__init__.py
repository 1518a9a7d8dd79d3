"""How a broker's file becomes trades: an import, its states, the verdict on each row, saved column mappings."""
