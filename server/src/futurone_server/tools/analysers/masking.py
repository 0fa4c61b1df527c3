"""Masking: a line of code that holds a secret, as it may be shown."""

import re

MASK = "•••"
_MASKS = re.compile(r"[*•●…xX#._-]+|<[^<>]*>|\[\s*(?:masked|redacted|hidden|removed|filtered)\s*\]", re.IGNORECASE)
_QUOTED = re.compile(r"""(["'`])(?:(?!\1).)+\1""")
_CREDENTIALS = re.compile(r"(://)[^\s/@]+@")
_ASSIGNED = re.compile(r"([=:]\s*)([^\s\"'`,;()\[\]{}]{6,})")
_LONG = re.compile(r"[A-Za-z0-9+/_=.\-]{16,}")


def is_mask(value: str) -> bool:
    """Whether a value already stands in place of a secret: ``***``, ``<password>``, ``[redacted]``."""
    return _MASKS.fullmatch(value.strip()) is not None


def mask(line: str) -> str:
    """The line without any value that could be the secret: texts, what is assigned, long runs of letters and digits."""
    masked = _QUOTED.sub(rf"\1{MASK}\1", line)
    masked = _CREDENTIALS.sub(rf"\1{MASK}@", masked)
    masked = _ASSIGNED.sub(rf"\1{MASK}", masked)
    return _LONG.sub(MASK, masked)
