"""HTTP to the outside: one client with limits for all, and `Provider`, on which adapters of vendors are written."""
