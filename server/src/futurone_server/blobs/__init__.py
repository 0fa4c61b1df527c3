"""Sealed bytes by name: where files live."""
