"""Bars that lie in files here: CSV files of one's own, a folder of Lean's, end-of-day files of NSE and BSE."""
