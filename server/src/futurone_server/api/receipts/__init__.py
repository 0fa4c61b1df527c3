"""Receipts of what was destroyed, over HTTP."""
