"""What steps may use: reading documents, ranking passages."""
