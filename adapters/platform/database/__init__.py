"""One engine, one registry of tables, transactions that know their tenant."""
