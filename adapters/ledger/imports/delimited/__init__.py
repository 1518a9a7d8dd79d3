"""Delimited text: from bytes to records, a piece at a time, whatever the bytes are."""
