"""Language models behind a port."""
