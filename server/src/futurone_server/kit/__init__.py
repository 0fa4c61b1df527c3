"""What lies under everything: clock, ids, errors, JSON, limits, pages, cryptography. Knows nothing of the product."""
