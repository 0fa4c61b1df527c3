"""Cryptography in five verbs: seal, open, authenticate, derive, make a key. AES-256-GCM, HMAC-SHA256, HKDF-SHA256."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_COMMIT_BYTES = 16
_VERSION = b"\x01"
_COMMITTED = b"futurone.commit.v1"


class CannotOpen(Exception):
    """The bytes were not sealed by this key for this place, or were changed since."""


def new_key() -> bytes:
    """A fresh 256-bit key."""
    return os.urandom(KEY_BYTES)


def _commitment(key: bytes) -> bytes:
    # GCM does not bind a ciphertext to one key; these bytes do (a ciphertext that opens under two keys is refused).
    return hmac.new(key, _COMMITTED, hashlib.sha256).digest()[:_COMMIT_BYTES]


class Sealer:
    """Seals and opens under one key. Make it once per key: the key schedule is worth keeping."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._prefix = _VERSION + _commitment(key)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Seal bytes for one place: what is moved elsewhere does not open.

        The nonce is random: a paused worker and its successor may both seal under one key, and a counter would repeat.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return self._prefix + nonce + self._aead.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The bytes that were sealed for this place. Raises CannotOpen."""
        head = len(self._prefix)
        if len(sealed) < head + _NONCE_BYTES or not hmac.compare_digest(sealed[:head], self._prefix):
            raise CannotOpen(place)
        try:
            return self._aead.decrypt(sealed[head : head + _NONCE_BYTES], sealed[head + _NONCE_BYTES :], place.encode())
        except InvalidTag:
            raise CannotOpen(place) from None


def authenticate(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256: a fingerprint that only the holder of the key can make."""
    return hmac.new(key, message, hashlib.sha256).digest()


def derive(key: bytes, purpose: str) -> bytes:
    """A key of its own for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def same(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)


def is_key_of(key: bytes, sealed: bytes) -> bool:
    """Whether sealed bytes commit to this key. Far quicker than to open them: for trying many keys."""
    return hmac.digest(key, _COMMITTED, "sha256")[:_COMMIT_BYTES] == fingerprint_of(sealed)


def fingerprint_of(sealed: bytes) -> bytes:
    """What sealed bytes say of the key that sealed them: a keyed hash, from which no key can be had."""
    return sealed[len(_VERSION) : len(_VERSION) + _COMMIT_BYTES]
