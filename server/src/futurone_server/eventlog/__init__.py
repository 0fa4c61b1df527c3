"""The log of every run: append, read, follow, seal."""
