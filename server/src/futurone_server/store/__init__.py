"""The database: connections, transactions, row-level security, the embedded PostgreSQL."""
