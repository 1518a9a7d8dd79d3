"""One module per revision, in a single line."""
