"""What a trader does with a broker's file: upload it, say how to read it, look at it, commit it, undo it."""
