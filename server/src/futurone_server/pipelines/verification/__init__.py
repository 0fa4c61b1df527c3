"""Verification: a finished report is checked against its sources by code that did not make it."""
