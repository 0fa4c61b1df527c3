"""Signatures of webhooks: verified by receivers, made by ``futurone listen`` (Standard Webhooks, and our own)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from futurone._clock import utc_now
from futurone._errors import FuturOneError
from futurone._webhook_models import WebhookEvent

_PREFIX = "whsec_"
_TOLERANCE_S = 300.0


class SignatureError(FuturOneError):
    """A webhook was not sent by who holds the secret, or not lately, or was changed on the way. Answer 400 to it."""


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance_s: float = _TOLERANCE_S,
    now: datetime | None = None,
) -> WebhookEvent:
    """The event in a webhook, once its signature and its age have been checked.

    ``body`` is the request's body as it came, byte for byte; names of ``headers`` are read in any case; ``secret`` is
    ``whsec_…``. During a rotation either secret will do. Raises SignatureError, and ValueError for a secret that is
    none. De-duplicate on the event's ``id``: it is sent at least once.
    """
    key = _key_of(secret)
    known = {name.lower(): value for name, value in headers.items()}
    event_id, timestamp = known.get("webhook-id", ""), known.get("webhook-timestamp", "")
    listed = known.get("webhook-signature", "")
    if not event_id or not timestamp or not listed:
        raise SignatureError("The headers webhook-id, webhook-timestamp and webhook-signature must be there.")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureError("webhook-timestamp is not a number of seconds.")
    if abs((now or utc_now()).timestamp() - int(timestamp)) > tolerance_s:
        raise SignatureError("The webhook is too old, or this machine's clock is wrong.")
    expected = _standard(key, event_id, timestamp, body).encode()
    found = [one.encode("utf-8", "replace") for one in listed.split(" ")]
    if not any([hmac.compare_digest(expected, one) for one in found]):  # noqa: C419 - all of them, in constant time
        raise SignatureError("No signature of the webhook holds with this secret.")
    try:
        return WebhookEvent.model_validate_json(body)
    except ValidationError:
        raise SignatureError("The webhook's body is not an event.") from None


def sign_webhook(body: bytes, event_id: str, secret: str, *, at: datetime | None = None) -> dict[str, str]:
    """The headers with which a server would send this body: for tests of a receiver. Raises ValueError."""
    timestamp = str(int((at or utc_now()).timestamp()))
    return {
        "Content-Type": "application/json",
        "X-FuturOne-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": _standard(_key_of(secret), event_id, timestamp, body),
    }


def _standard(key: bytes, event_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _key_of(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not key:
        raise ValueError("A signing secret begins with whsec_ and is base64 from there on")
    return key
