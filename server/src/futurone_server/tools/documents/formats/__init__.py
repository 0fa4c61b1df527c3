"""Readers of single formats, which run in the confined process only: bytes in, a transcript out."""
