"""Receipts: a signed statement of what was destroyed of a run, when, and how far the key above it has gone."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

from futurone_server.eventlog.epochs import GRACE_S, HOUR_S
from futurone_server.eventlog.sealing import KEPT
from futurone_server.features.runs.retention.store import Erasure
from futurone_server.kit import json
from futurone_server.kit.clock import to_second
from futurone_server.kit.crypto import fingerprint_of
from futurone_server.kit.signing import Signer

_LATEST_S = 2 * GRACE_S + 60
"""So long after the end of an hour its key is destroyed at the latest, where a worker is running."""


def receipt_of(erasure: Erasure, *, at: datetime, is_here: bool, signer: Signer) -> Mapping[str, object]:
    """The statement under ``receipt``, and the signature over its canonical JSON.

    Canonical means: names sorted, no spaces, UTF-8. It holds texts, whole numbers and nulls alone, so that any JSON
    writer gives the same bytes. ``is_here`` says whether this server holds the key above the run's.
    """
    statement = {
        "v": 1,
        "id": erasure.id,
        "run_id": erasure.run_id,
        "workspace_id": erasure.workspace_id,
        "cause": erasure.cause.value,
        "erased_at": to_second(erasure.erased_at),
        "issued_at": to_second(at),
        "key_fingerprint": None if erasure.sample is None else fingerprint_of(erasure.sample).hex(),
        "destroyed": {"events": erasure.events, "contents": erasure.contents, "artifacts": erasure.artifacts},
        "wrapping_key": wrapping_key(erasure, is_here=is_here),
    }
    signature = signer.sign(json.canonical(statement))
    return {
        "receipt": statement,
        "algorithm": "Ed25519",
        "public_key": b64encode(signer.public_key).decode(),
        "signature": b64encode(signature).decode(),
    }


def wrapping_key(erasure: Erasure, *, is_here: bool) -> Mapping[str, object]:
    """How far the key has gone that wrapped the run's: on it hang the copies in old log and in backups.

    One that is neither here nor known to be destroyed is ``elsewhere``, as after a restore: where it was made.
    """
    if erasure.key_epoch in (None, KEPT):
        return {"kind": "long_lived", "id": None, "state": "kept", "destroyed_at": None, "destroyed_by": None}
    gone = erasure.epoch_destroyed_at
    by = None if gone or not is_here or erasure.epoch_hour is None else _latest(erasure.epoch_hour)
    living = "pending" if is_here else "elsewhere"
    return {
        "kind": "epoch",
        "id": erasure.key_epoch,
        "state": living if gone is None else "destroyed",
        "destroyed_at": None if gone is None else to_second(gone),
        "destroyed_by": None if by is None else to_second(by),
    }


def _latest(hour: int) -> datetime:
    return datetime.fromtimestamp((hour + 1) * HOUR_S + _LATEST_S, UTC)
