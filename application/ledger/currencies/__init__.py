"""What the ledger does in currencies other than a trade's own."""
