"""Ids: a readable prefix and 26 characters, six of time and twenty of chance (100 bits). Opaque everywhere."""

import hashlib
import secrets
from datetime import UTC, datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case: no look-alikes
_TIME_CHARS = 6
_CHANCE_CHARS = 20
_EPOCH_S = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())  # 30 bits of seconds from here last until 2059

LENGTH = _TIME_CHARS + _CHANCE_CHARS


def _encode(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        digits.append(ALPHABET[rest])
    return "".join(reversed(digits))


def new_id(prefix: str, at: datetime) -> str:
    """Mint an id such as ``fo_run_`` and 26 characters, sorted by age to the second."""
    seconds = int(at.timestamp()) - _EPOCH_S
    return prefix + _encode(seconds % 32**_TIME_CHARS, _TIME_CHARS) + _encode(secrets.randbits(100), _CHANCE_CHARS)


def derived_id(prefix: str, *parts: str) -> str:
    """An id that is the same whenever it is made of the same parts: for what must not be made twice."""
    digest = hashlib.sha256("|".join((prefix, *parts)).encode()).digest()
    return prefix + _encode(int.from_bytes(digest[:17], "big") % 32**LENGTH, LENGTH)


def is_id(text: str, prefix: str) -> bool:
    """Whether a text has the shape of an id of this kind (it may still name nothing)."""
    rest = text.removeprefix(prefix)
    return len(text) == len(prefix) + LENGTH and len(rest) == LENGTH and all(c in ALPHABET for c in rest)
