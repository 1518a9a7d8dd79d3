"""How the ledger is kept: PostgreSQL stores, projections and file formats of brokers."""
