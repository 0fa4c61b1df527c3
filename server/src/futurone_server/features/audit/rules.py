"""The law of the audit trail: how lines are chained, how an export is written, how its head is signed.

An export is JSON Lines. Each line reads ``{"hash":"<64 hex>","record":<the line's own bytes>}``; the last one is an
anchor, ``{"anchor":{…},"signature":"<base64>"}``, whose signature covers the bytes of the object ``anchor``. Whoever
holds the server's public key can tell from the file alone whether a line was altered, dropped, swapped or cut off.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from futurone_server.eventlog.audit import PREFIX
from futurone_server.features.audit.types import Head, Record
from futurone_server.kit import json
from futurone_server.kit.signing import Signer

FIRST = bytes(32)
"""What stands before the first line."""


def chained(before: bytes, line: bytes) -> bytes:
    """The hash of a line that follows the one with the hash ``before``."""
    return sha256(PREFIX + before + line).digest()


def first_break(records: Iterable[Record], *, after: int = 0, before: bytes = FIRST) -> str | None:
    """What is wrong first with lines in their order, the first of which should follow ``after``; None when all hold."""
    for record in records:
        if record.seq != after + 1:
            return f"line {after + 1} is missing: line {record.seq} follows line {after}"
        if not record.line.startswith(b'{"seq":%d,' % record.seq):
            return f"line {record.seq} says another number of itself"
        if chained(before, record.line) != record.hash:
            return f"line {record.seq} was altered, or the line before it was"
        after, before = record.seq, record.hash
    return None


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A signed statement of how far a trail went at a time. What is cut off before it, or rewritten, does not fit."""

    workspace_id: str
    seq: int
    hash: bytes
    at: datetime

    def line(self, signer: Signer) -> bytes:
        """The anchor as a line of JSON, without its line end."""
        told = {
            "v": 1,
            "workspace_id": self.workspace_id,
            "seq": self.seq,
            "hash": self.hash.hex(),
            "at": self.at.isoformat(timespec="microseconds"),
            "public_key": b64encode(signer.public_key).decode(),
        }
        body = json.canonical(told)
        signature = b64encode(signer.sign(body))
        return b'{"anchor":' + body + b',"signature":"' + signature + b'"}'


def anchor_of(head: Head, at: datetime) -> Anchor:
    """The anchor of where a trail stands."""
    return Anchor(workspace_id=head.workspace_id, seq=head.seq, hash=head.hash, at=at)


def exported(record: Record) -> bytes:
    """A line as an export holds it, without its line end."""
    return b'{"hash":"' + record.hash.hex().encode() + b'","record":' + record.line + b"}"
