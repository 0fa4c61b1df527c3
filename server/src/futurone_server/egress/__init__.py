"""The one way out to other hosts."""
