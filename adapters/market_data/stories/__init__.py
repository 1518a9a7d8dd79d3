"""Stories on PostgreSQL: each once, with everybody who told it and all that it is about; the same for all tenants."""
