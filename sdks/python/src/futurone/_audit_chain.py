"""The check of an exported audit trail, from its bytes alone: chain, numbers, signed ends.

An export's lines read ``{"hash":"<64 hex>","record":<bytes>}``, where the hash is SHA-256 over ``futurone.audit.v1``,
the hash before (32 zero bytes before the first) and those bytes as they stand. An anchor reads
``{"anchor":<bytes>,"signature":"<base64>"}``: an Ed25519 signature over the bytes as they stand.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

_RECORD = re.compile(rb'\{"hash":"([0-9a-f]{64})","record":(\{.*\})\}', re.S)
_ANCHOR = re.compile(rb'\{"anchor":(\{.*\}),"signature":"([A-Za-z0-9+/=]+)"\}', re.S)
_PREFIX = b"futurone.audit.v1"


@dataclass(frozen=True, kw_only=True)
class AuditVerdict:
    """What a check found: how far the trail goes, how far it is signed, and everything that is wrong with it."""

    first: int
    last: int
    signed: int
    signed_at: str | None
    public_key: str | None
    problems: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was altered, dropped, swapped or cut off, as far as the signatures reach."""
        return not self.problems


def verify_audit(
    lines: Iterable[bytes], *, public_key: str | None = None, anchors: Iterable[bytes] = ()
) -> AuditVerdict:
    """Check the lines of one export, or of several in their order.

    ``public_key`` is the server's, base64, from somewhere else than the export; without one, the key that the anchors
    name is used, which anybody could have made. ``anchors`` are the lines of the server's own anchor file: a trail that
    was cut off and signed again does not reach as far as they do. Needs the extra ``cli`` for the signatures.
    """
    check = _Check(public_key)
    for number, line in enumerate(lines, 1):
        check.take(line.rstrip(b"\r\n"), number)
    check.end()
    for line in anchors:
        check.compare(line.rstrip(b"\r\n"))
    return AuditVerdict(
        first=check.first,
        last=check.seq,
        signed=check.signed,
        signed_at=check.signed_at,
        public_key=check.key,
        problems=check.problems,
    )


class _Check:
    def __init__(self, public_key: str | None) -> None:
        self.key = public_key
        self.workspace: str | None = None
        self.first = self.seq = self.signed = 0
        self.signed_at: str | None = None
        self.problems: list[str] = []
        self._hash = bytes(32)
        self._hashes: dict[int, bytes] = {0: bytes(32)}

    def take(self, line: bytes, number: int) -> None:
        """One line of an export."""
        if match := _RECORD.fullmatch(line):
            self._record(bytes.fromhex(match[1].decode()), match[2], number)
        elif match := _ANCHOR.fullmatch(line):
            self._anchor(match[1], match[2], f"the anchor in line {number}")
        elif line:
            self.problems.append(f"line {number} of the file is neither a record nor an anchor")

    def _record(self, told: bytes, record: bytes, number: int) -> None:
        value = _object(record)
        seq = value.get("seq")
        if not isinstance(seq, int):
            self.problems.append(f"line {number} of the file holds no record with a number")
            return
        self._belongs(value, f"record {seq}")
        if not self.first:
            self.first = seq
            if seq != 1:
                self.problems.append(f"the export begins with record {seq}: check it together with the ones before it")
        elif seq != self.seq + 1:
            self.problems.append(_out_of_turn(self.seq, seq))
        elif sha256(_PREFIX + self._hash + record).digest() != told:
            self.problems.append(f"record {seq} was altered, or the hash of the one before it was")
        if seq == 1 and self.first == 1 and sha256(_PREFIX + bytes(32) + record).digest() != told:
            self.problems.append("record 1 was altered")
        self.seq, self._hash = seq, told
        self._hashes[seq] = told

    def _anchor(self, body: bytes, signature: bytes, name: str) -> None:
        value = _object(body)
        seq, key = value.get("seq"), value.get("public_key")
        self._belongs(value, name)
        if self.key is None and isinstance(key, str):
            self.key = key
        if not _is_signed(self.key, body, signature):
            self.problems.append(f"{name} is not signed by this key")
        elif not isinstance(seq, int) or seq != self.seq:
            self.problems.append(f"{name} is for record {seq}, and follows record {self.seq}")
        elif value.get("hash") != self._hash.hex():
            self.problems.append(f"{name} does not fit record {seq}: what was signed then was another trail")
        else:
            self.signed, self.signed_at = seq, str(value.get("at"))

    def _belongs(self, value: dict[str, object], name: str) -> None:
        workspace = str(value.get("workspace_id"))
        if self.workspace is None:
            self.workspace = workspace
        elif self.workspace != workspace:
            self.problems.append(f"{name} is of another workspace, {workspace}")

    def end(self) -> None:
        """The file is over: its last record must be signed."""
        if self.signed < self.seq or (self.signed == 0 and self.signed_at is None):
            self.problems.append(f"no anchor follows record {self.seq}: the end may have been cut off")

    def compare(self, line: bytes) -> None:
        """One line of the server's anchor file."""
        match = _ANCHOR.fullmatch(line)
        value = _object(match[1]) if match else {}
        if match is None or value.get("workspace_id") != self.workspace:
            return
        seq = value.get("seq")
        if not _is_signed(self.key, match[1], match[2]):
            self.problems.append(f"the anchor file's entry for record {seq} is not signed by this key")
        elif isinstance(seq, int) and seq > self.seq:
            self.problems.append(_beyond(seq, str(value.get("at")), self.signed_at))
        elif isinstance(seq, int) and seq in self._hashes and self._hashes[seq].hex() != value.get("hash"):
            self.problems.append(f"record {seq} is not the one that was signed at {value.get('at')}")


def _beyond(seq: int, at: str, signed_at: str | None) -> str:
    """An anchor is for a record that the export does not reach: was that cut off, or is the export merely older?"""
    told = f"the trail went on to record {seq} by {at}"
    try:
        is_older = signed_at is not None and datetime.fromisoformat(at) > datetime.fromisoformat(signed_at)
    except (ValueError, TypeError):
        is_older = False
    return f"{told}, after this export was made: export it again" if is_older else f"{told}: the export ends before"


def _out_of_turn(before: int, seq: int) -> str:
    if seq <= before:
        return f"record {seq} follows record {before}: swapped, or there twice"
    missing = f"record {before + 1} is" if seq == before + 2 else f"records {before + 1} to {seq - 1} are"
    return f"{missing} missing: record {seq} follows record {before}"


def _object(text: bytes) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_signed(key: str | None, body: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - only where signatures are checked
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - likewise

    try:
        Ed25519PublicKey.from_public_bytes(b64decode(key or "")).verify(b64decode(signature), body)
    except (InvalidSignature, ValueError):
        return False
    return True
