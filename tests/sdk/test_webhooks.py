"""Receivers verify with the SDK: it takes what the reference library takes, and has one error for all else."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks

from futurone import SignatureError, sign_webhook, verify_webhook

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OTHER = "whsec_AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
BODY = b'{"id":"evt_1","type":"run.completed","created_at":"2026-06-09T14:23:05Z","data":{"run_id":"fo_run_1"}}'
NOW = datetime.now(UTC)


def test_a_webhook_that_was_signed_is_taken_and_read() -> None:
    event = verify_webhook(BODY, sign_webhook(BODY, "evt_1", SECRET), SECRET)
    assert (event.id, event.type, event.data) == ("evt_1", "run.completed", {"run_id": "fo_run_1"})


def test_it_agrees_with_the_reference_library_in_both_directions() -> None:
    now = datetime.now(UTC)
    made = standardwebhooks.Webhook(SECRET).sign("evt_1", now, BODY.decode())
    theirs = {"Webhook-Id": "evt_1", "Webhook-Timestamp": str(int(now.timestamp())), "Webhook-Signature": made}
    assert verify_webhook(BODY, theirs, SECRET).id == "evt_1"
    ours = {name.lower(): value for name, value in sign_webhook(BODY, "evt_1", SECRET).items()}
    assert standardwebhooks.Webhook(SECRET).verify(BODY, ours) == json.loads(BODY)


def test_during_a_rotation_either_secret_will_do() -> None:
    headers, others = sign_webhook(BODY, "evt_1", SECRET), sign_webhook(BODY, "evt_1", OTHER)
    headers["webhook-signature"] += " " + others["webhook-signature"]
    for secret in (SECRET, OTHER):
        assert verify_webhook(BODY, headers, secret).id == "evt_1"


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-signature": "v1"},
        {"webhook-signature": "no comma at all"},
        {"webhook-signature": "v1,ü"},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-signature": ""},
        {"webhook-id": "evt_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "²"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 400},
    ],
)
def test_whatever_is_wrong_is_one_error(changes: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        verify_webhook(BODY, {**sign_webhook(BODY, "evt_1", SECRET), **changes}, SECRET)


def test_what_was_changed_or_sent_by_another_is_refused() -> None:
    headers = sign_webhook(BODY, "evt_1", SECRET)
    for body, secret in ((BODY + b" ", SECRET), (b"", SECRET), (BODY, OTHER)):
        with pytest.raises(SignatureError):
            verify_webhook(body, headers, secret)


def test_what_is_older_than_five_minutes_is_refused_and_so_is_what_comes_from_the_future() -> None:
    headers = sign_webhook(BODY, "evt_1", SECRET, at=NOW)
    for seconds in (-299, 0, 299):
        assert verify_webhook(BODY, headers, SECRET, now=NOW + timedelta(seconds=seconds)).id == "evt_1"
    for seconds in (-302, 302):
        with pytest.raises(SignatureError, match="too old"):
            verify_webhook(BODY, headers, SECRET, now=NOW + timedelta(seconds=seconds))


def test_a_signed_body_that_is_no_event_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify_webhook(b"[]", sign_webhook(b"[]", "evt_1", SECRET), SECRET)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_###", "AAEC", "fo_live_x"])
def test_a_secret_that_is_none_is_a_mistake_of_the_program(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        verify_webhook(BODY, sign_webhook(BODY, "evt_1", SECRET), secret)
