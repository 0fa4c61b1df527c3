"""Measurements of a running server, in multiples of a bare commit on the same PostgreSQL."""
