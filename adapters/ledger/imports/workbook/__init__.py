"""Excel workbooks, transcribed to the text that their sheets would be as CSV."""
