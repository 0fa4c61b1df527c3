"""The law of webhooks: how a body is signed, when it is sent again, and when a receiver is given up."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from futurone_server.features.keys import Capability, Principal
from futurone_server.features.webhooks.types import CONNECTION_TEST, TEST, Attempt
from futurone_server.kit import crypto, json
from futurone_server.kit.clock import to_second

WAITS_S = (30, 2 * 60, 8 * 60, 25 * 60, 60 * 60, 100 * 60, 165 * 60)
"""Seconds before the second attempt, the third, and so on: 6 h 30 s in all."""

ATTEMPTS_MAX = len(WAITS_S) + 1
SPREAD = 0.2
DEADLINE_S = 20.0
"""For one attempt, from the first look-up to the receiver's status."""

ANSWER_BYTES_MAX = 16 << 10
LEASE_S = 60
"""A delivery whose worker died is taken up again after this."""

AT_ONCE_MAX = 10
AT_ONCE_SLOW_MAX = 1
AT_ONCE_WORKSPACE_MAX = 50
SLOW_STATUSES = (429, 502, 503, 504)
GIVEN_UP_AFTER = timedelta(hours=120)
DEAD_LETTERS_KEPT = timedelta(days=7)
LOG_KEPT = timedelta(days=30)
HISTORY_MAX = 24
OVERLAP_S = 24 * 60 * 60
OVERLAP_S_MAX = 7 * 24 * 60 * 60
ENDPOINTS_MAX = 100
REPLAYS_PER_S = 10

_PREFIX = "whsec_"
_ORDER = ("run_id", "status", "confidence", "metadata", "last_event_id")


def spell(secret: bytes) -> str:
    """A signing secret as people get it: ``whsec_`` and base64."""
    return _PREFIX + base64.b64encode(secret).decode()


def body(event_id: str, kind: str, data: Mapping[str, object], at: datetime) -> bytes:
    """The body of an event: the same bytes at every attempt, which are the bytes that are signed."""
    known = {name: data[name] for name in _ORDER if name in data}
    return json.dump({"id": event_id, "type": kind, "created_at": to_second(at), "data": {**known, **data}})


def headers(event_id: str, message: bytes, secrets: Sequence[bytes], at: datetime) -> dict[str, str]:
    """The headers that prove who sent a body. ``secrets`` begin with the newest.

    ``X-FuturOne-Signature`` can hold one signature and is made with the oldest secret, until the overlap is over; its
    key is the whole text of the secret. ``webhook-signature`` lists one per secret (standardwebhooks.com), made with
    what the text encodes.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join((event_id.encode(), timestamp.encode(), message))
    each = [base64.b64encode(crypto.authenticate(secret, signed)).decode() for secret in secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "FuturOne-Webhooks",
        "X-FuturOne-Signature": crypto.authenticate(spell(secrets[-1]).encode(), message).hex(),
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in each),
    }


def next_wait_s(delivery_id: str, attempts: int, retry_after_s: float | None) -> float:
    """Seconds from the ``attempts``-th failed attempt to the next, spread by the delivery's id.

    What the receiver asks for is honoured between the usual wait and twice that.
    """
    usual = WAITS_S[attempts - 1]
    if retry_after_s is not None and retry_after_s > usual:
        return min(retry_after_s, 2.0 * usual)
    digest = hashlib.sha256(f"{delivery_id}|{attempts}".encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return usual * (1 - SPREAD + 2 * SPREAD * share)


def is_given_up(failing_since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint has failed for so long that it is told nothing more."""
    return failing_since is not None and now - failing_since >= GIVEN_UP_AFTER


def entry(attempt: Attempt) -> dict[str, object]:
    """An attempt as the delivery's history keeps it."""
    return {
        "at": to_second(attempt.at),
        "status": attempt.status,
        "error": attempt.fault and attempt.fault.value,
        "took_ms": attempt.took_ms,
    }


def target_of(url: str) -> str:
    """Whose patience an address strains: its scheme and host."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}"


def is_test(kind: str) -> bool:
    """Whether an event is only a trial."""
    return kind in (TEST, CONNECTION_TEST)


def check_caller(caller: Principal) -> None:
    """Refuse keys that do not manage webhooks, or that are limited: an endpoint hears of every run of the workspace."""
    caller.require(Capability.WEBHOOKS_MANAGE)
    caller.require_whole()
