"""Fetching histories ahead of need, as a job."""
