"""Signatures: both kinds on every send, verified by the reference library and by ten lines that anybody can write."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import standardwebhooks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from egress.peers import Asked, Peer, reply
from features.webhooks.mail import Answers, Post
from futurone_server.features.webhooks import Rotation
from futurone_server.features.webhooks import rules as webhook_rules

SECRET = bytes(range(32))
VECTOR_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
VECTOR_BODY = (
    b'{"id":"evt_0r9d4q8w2n4v7k1m3z5x6c9b0t","type":"run.completed","created_at":"2026-06-09T14:23:05Z","data":{"run_id":'
    b'"fo_run_0r9d40q8w2n4v7k1m3z5x6c9b0","status":"completed","confidence":0.94,"metadata":{"ticket":"RES-1042"},'
    b'"last_event_id":47}}'
)
GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "webhooks.md"
VECTOR_ID, VECTOR_AT = "evt_0r9d4q8w2n4v7k1m3z5x6c9b0t", datetime(2026, 6, 9, 14, 23, 5, tzinfo=UTC)


def verify_plainly(payload: bytes, signature: str, secret: str) -> bool:
    """The function that every integration can write; the whole text of the secret is the key."""
    expected = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)


def verify_standard(payload: bytes, headers: dict[str, str], secret: str) -> bool:
    """Standard Webhooks in a few lines; the key is what the secret's text encodes."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + payload
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, one) for one in headers["webhook-signature"].split(" "))


def holds(payload: bytes, headers: dict[str, str], secret: str) -> bool:
    """Whether the reference library takes it."""
    try:
        standardwebhooks.Webhook(secret).verify(payload, headers)
    except standardwebhooks.WebhookVerificationError:
        return False
    return True


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_the_vector_of_the_guide_holds() -> None:
    headers = lower(webhook_rules.headers(VECTOR_ID, VECTOR_BODY, [SECRET], VECTOR_AT))
    assert webhook_rules.spell(SECRET) == VECTOR_SECRET
    assert headers["webhook-timestamp"] == "1781014985"
    assert verify_plainly(VECTOR_BODY, headers["x-futurone-signature"], VECTOR_SECRET)
    assert verify_standard(VECTOR_BODY, headers, VECTOR_SECRET)
    shown = GUIDE.read_text("utf-8")
    for told in (VECTOR_SECRET, headers["x-futurone-signature"], headers["webhook-signature"]):
        assert told in shown


@settings(max_examples=500, deadline=None)
@given(body=st.binary(max_size=400) | st.text(max_size=200).map(str.encode), key=st.binary(min_size=32, max_size=32))
def test_any_body_is_verified_by_the_library_and_by_plain_code(body: bytes, key: bytes) -> None:
    secret, headers = webhook_rules.spell(key), lower(webhook_rules.headers("evt_1", body, [key], datetime.now(UTC)))
    assert verify_plainly(body, headers["x-futurone-signature"], secret)
    assert verify_standard(body, headers, secret)


@settings(max_examples=500, deadline=None)
@given(words=st.text(max_size=200), key=st.binary(min_size=32, max_size=32))
def test_any_event_is_taken_by_the_library_and_no_other_secret_is(words: str, key: bytes) -> None:
    body = webhook_rules.body("evt_1", "run.completed", {"metadata": {"words": words}}, datetime.now(UTC))
    headers = lower(webhook_rules.headers("evt_1", body, [key], datetime.now(UTC)))
    assert holds(body, headers, webhook_rules.spell(key))
    assert not holds(body, headers, webhook_rules.spell(hashlib.sha256(key).digest()))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(place=st.integers(min_value=0, max_value=len(VECTOR_BODY) - 1), to=st.integers(min_value=1, max_value=255))
def test_a_body_that_was_changed_anywhere_is_refused(place: int, to: int) -> None:
    headers = lower(webhook_rules.headers(VECTOR_ID, VECTOR_BODY, [SECRET], datetime.now(UTC)))
    changed = bytearray(VECTOR_BODY)
    changed[place] ^= to
    assert not verify_plainly(bytes(changed), headers["x-futurone-signature"], VECTOR_SECRET)
    assert not verify_standard(bytes(changed), headers, VECTOR_SECRET)
    assert not verify_standard(VECTOR_BODY, {**headers, "webhook-id": "evt_2"}, VECTOR_SECRET)
    assert not verify_standard(VECTOR_BODY, {**headers, "webhook-timestamp": "1"}, VECTOR_SECRET)


def signed_by(asked: Asked, *secrets: str) -> Sequence[bool]:
    return [verify_standard(asked.body, asked.headers, secret) for secret in secrets]


@pytest.mark.anyio
async def test_what_is_sent_is_what_is_signed_by_both_kinds(post: Post, peer: Peer) -> None:
    made = await post.endpoint(peer)
    assert made.secret is not None
    assert made.secret.startswith("whsec_")
    await post.run(metadata={"größe": "ß🎈"})
    await post.send()
    (asked,) = peer.asked
    assert verify_plainly(asked.body, asked.headers["x-futurone-signature"], made.secret)
    assert verify_standard(asked.body, asked.headers, made.secret)
    other = await post.endpoint(peer)
    assert other.secret is not None
    assert not verify_plainly(asked.body, asked.headers["x-futurone-signature"], other.secret)


@pytest.mark.anyio
async def test_the_library_takes_what_arrives_now(post: Post, peer: Peer) -> None:
    post.clock.advance((datetime.now(UTC) - post.clock.now()).total_seconds())
    made = await post.endpoint(peer)
    assert made.secret is not None
    await post.run()
    await post.send()
    (asked,) = peer.asked
    assert holds(asked.body, asked.headers, made.secret)
    assert not holds(asked.body + b" ", asked.headers, made.secret)


@pytest.mark.anyio
async def test_during_the_overlap_both_secrets_are_good_and_the_old_one_signs_where_there_is_room_for_one(
    post: Post, peer: Peer
) -> None:
    made = await post.endpoint(peer)
    assert made.endpoint is not None
    rotated = await post.endpoints.rotate(post.caller, made.endpoint.id, Rotation(overlap_s=3600), None)
    old, new = str(made.secret), str(rotated.secret)
    await post.run()
    await post.send()
    post.clock.advance(3601)
    await post.run()
    await post.send()
    during, after = peer.asked
    assert signed_by(during, old, new) == [True, True]
    assert verify_plainly(during.body, during.headers["x-futurone-signature"], old)
    assert signed_by(after, old, new) == [False, True]
    assert verify_plainly(after.body, after.headers["x-futurone-signature"], new)


@pytest.mark.anyio
async def test_a_second_rotation_within_the_overlap_locks_out_nobody_who_knows_the_old_secret(
    post: Post, peer: Peer
) -> None:
    made = await post.endpoint(peer)
    assert made.endpoint is not None
    rotations = [await post.endpoints.rotate(post.caller, made.endpoint.id, Rotation(), None) for _ in range(2)]
    old, lost, new = (str(one.secret) for one in (made, *rotations))
    await post.run()
    await post.send()
    post.clock.advance(24 * 3600 + 1)
    await post.run()
    await post.send()
    during, after = peer.asked
    assert signed_by(during, old, lost, new) == [True, False, True]
    assert verify_plainly(during.body, during.headers["x-futurone-signature"], old)
    assert signed_by(after, old, lost, new) == [False, False, True]


@pytest.mark.anyio
@pytest.mark.parametrize("overlap_s", [0, 60])
async def test_what_a_rotation_says_of_the_overlap_holds_for_one_that_is_under_way(
    post: Post, peer: Peer, overlap_s: int
) -> None:
    made = await post.endpoint(peer)
    assert made.endpoint is not None
    await post.endpoints.rotate(post.caller, made.endpoint.id, Rotation(), None)
    new = await post.endpoints.rotate(post.caller, made.endpoint.id, Rotation(overlap_s=overlap_s), None)
    post.clock.advance(overlap_s)
    await post.run()
    await post.send()
    (asked,) = peer.asked
    assert signed_by(asked, str(made.secret), str(new.secret)) == [False, True]


@pytest.mark.anyio
async def test_the_overlap_can_be_ended_at_once(post: Post, peer: Peer) -> None:
    made = await post.endpoint(peer)
    assert made.endpoint is not None
    rotated = await post.endpoints.rotate(post.caller, made.endpoint.id, Rotation(), None)
    cut = await post.endpoints.rotate(post.caller, made.endpoint.id, Rotation(cut_over=True), None)
    assert cut.secret is None
    await post.run()
    await post.send()
    (asked,) = peer.asked
    assert signed_by(asked, str(made.secret), str(rotated.secret)) == [False, True]
    assert verify_plainly(asked.body, asked.headers["x-futurone-signature"], str(rotated.secret))


@pytest.mark.anyio
async def test_a_runs_own_address_is_signed_with_the_workspaces_secret_also_before_anybody_has_seen_it(
    post: Post, peer: Peer, answers: Answers
) -> None:
    answers.said = reply(500)
    await post.run(webhook_url=peer.url + "/own")
    await post.send()
    shown = await post.endpoints.rotate_signing(post.caller, Rotation(), None)
    assert shown.overlap_until is None, "nobody knows the secret before the first that was shown"
    await post.until_due()
    await post.send()
    before, after = peer.asked
    assert before.body == after.body
    assert signed_by(before, str(shown.secret)) == [False]
    assert signed_by(after, str(shown.secret)) == [True]
    assert verify_plainly(after.body, after.headers["x-futurone-signature"], str(shown.secret))
    lost = await post.endpoints.rotate_signing(post.caller, Rotation(), None)
    new = await post.endpoints.rotate_signing(post.caller, Rotation(overlap_s=3600), None)
    assert new.overlap_until is not None
    await post.until_due()
    await post.send()
    assert signed_by(peer.asked[-1], *(str(one.secret) for one in (shown, lost, new))) == [True, False, True]


@pytest.mark.anyio
async def test_no_secret_stands_in_the_database_in_the_clear(post: Post, peer: Peer) -> None:
    made = await post.endpoint(peer)
    signing = await post.endpoints.rotate_signing(post.caller, Rotation(), None)
    held = b""
    for table in ("webhook_endpoints", "webhook_secrets"):
        for row in await post.rows(f"SELECT secret, CAST({table} AS text) AS whole FROM {table}"):
            held += bytes(row["secret"]) + row["whole"].encode()
    for secret in (str(made.secret), str(signing.secret)):
        raw = base64.b64decode(secret.removeprefix("whsec_"))
        assert raw not in held
        assert raw.hex().encode() not in held
        assert secret.encode() not in held
