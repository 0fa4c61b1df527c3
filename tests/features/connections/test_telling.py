"""People are told how runs end: once, with the outcome and a link, and with nothing of what the run was about."""

import asyncio
import email

import pytest

from egress.peers import Peer, reply
from egress.postbox import Postbox
from features.webhooks.mail import Answers, Post
from futurone_server.features.connections import Change
from futurone_server.features.webhooks import Because, State, Which
from futurone_server.features.webhooks import rules as webhook_rules
from futurone_server.kit import json

pytestmark = pytest.mark.anyio
MARKER = "Xyzzy-4711"
TOKEN = "s3cr3t-in-the-path"
LINK = "https://futurone.example/v1/runs/"


def chat(peer: Peer) -> str:
    """The Apprise URL of the receiver."""
    return f"json://{peer.pair}/{TOKEN}"


@pytest.mark.parametrize(
    ("task", "said", "tone"),
    [
        ("[test:complete]", "Outcome: completed\nConfidence: ", "success"),
        ("[test:escalate]", "Outcome: escalated: held until a person has decided\nConfidence: ", "warning"),
        ("[test:fail]", "Outcome: failed\nReason: ", "failure"),
    ],
)
async def test_every_end_is_told_once_with_the_outcome_and_a_link_and_nothing_of_the_run(
    post: Post, peer: Peer, task: str, said: str, tone: str
) -> None:
    connection = await post.connection(chat(peer))
    run_id = await post.run(f"{task} {MARKER}", deliver_to=(connection,), metadata={"note": MARKER})
    assert await post.send() == 1
    assert await post.send() == 0
    (asked,) = peer.asked
    told = json.read(asked.body)
    assert isinstance(told, dict)
    assert told["message"].startswith(said)
    assert told["message"].endswith(f"\nRun: {LINK}{run_id}")
    assert told["title"].startswith("FuturOne: a research run ")
    assert told["type"] == tone
    run = await post.server.desk.runs.get(post.caller, run_id)
    for fact in (run.error, run.escalation):
        assert fact is None or f"\nReason: {fact['reason_code']}\n" in told["message"]
    assert run.confidence is None or f"\nConfidence: {run.confidence}\n" in told["message"]
    assert MARKER not in str(asked)
    assert "test:" not in str(asked.body)


async def test_a_cancelled_run_is_told_as_well(post: Post, peer: Peer) -> None:
    connection = await post.connection(chat(peer))
    run_id = await post.run("[test:input]", deliver_to=(connection,))
    assert await post.send() == 0, "waiting is no end"
    await post.server.desk.runs.cancel(post.caller, run_id)
    await post.send()
    assert b"was cancelled" in peer.asked[0].body


async def test_mail_has_the_outcome_the_link_and_the_address_and_nothing_of_the_run(
    post: Post, postbox: Postbox
) -> None:
    connection = await post.connection(postbox.mail_to("ada@example.com"))
    run_id = await post.run(f"[test:complete] {MARKER}", deliver_to=(connection,))
    await post.send()
    (message,) = postbox.taken
    read = email.message_from_string(message)
    assert read["To"] == "ada@example.com"
    assert read["Subject"] == "FuturOne: a research run completed"
    body = read.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert f"{LINK}{run_id}" in body.decode()
    assert MARKER not in message
    assert (await post.only()).state is State.DELIVERED


async def test_several_connections_and_an_endpoint_are_each_told_once_of_one_event(
    post: Post, peer: Peer, postbox: Postbox
) -> None:
    await post.endpoint(peer)
    told = (await post.connection(chat(peer)), await post.connection(postbox.mail_to("a@example.com")))
    await post.run(deliver_to=told)
    assert await post.send() == 3
    assert len(peer.asked) == 2
    assert len(postbox.taken) == 1
    deliveries = await post.deliveries()
    assert {one.state for one in deliveries} == {State.DELIVERED}
    assert len({one.event_id for one in deliveries}) == 1
    assert {one.connection_id for one in deliveries} == {*told, None}
    assert {one.url for one in deliveries} == {None}


async def test_a_run_that_names_nobody_tells_nobody(post: Post, peer: Peer) -> None:
    await post.connection(chat(peer))
    await post.run()
    assert await post.send() == 0
    assert list(await post.deliveries()) == []


async def test_who_does_not_answer_is_tried_eight_times_and_then_given_up_and_can_be_tried_again(
    post: Post, peer: Peer, answers: Answers
) -> None:
    answers.said = reply(500)
    connection = await post.connection(chat(peer))
    await post.run(deliver_to=(connection,))
    for attempt in range(1, webhook_rules.ATTEMPTS_MAX):
        assert await post.send() == 1
        delivery = await post.only()
        assert (delivery.state, delivery.attempts, delivery.last_status) == (State.PENDING, attempt, 500)
        wait_s = await post.until_due()
        usual = webhook_rules.WAITS_S[attempt - 1]
        assert 0.8 * usual <= wait_s <= 1.2 * usual + 60
    await post.send()
    dead = await post.only()
    assert (dead.state, dead.reason, len(peer.asked)) == (State.DEAD, Because.EXHAUSTED, 8)
    health = (await post.connections.get(post.caller, connection)).health
    assert (health.failures, health.last_error, health.last_success_at) == (8, "status", None)
    answers.said = reply(200)
    await post.server.desk.deliveries.replay_one(post.caller, dead.id, None)
    await post.send()
    assert (await post.only()).state is State.DELIVERED
    assert (await post.connections.get(post.caller, connection)).health.failures == 0


async def test_a_mail_server_that_refuses_the_message_is_tried_again(post: Post, postbox: Postbox) -> None:
    postbox.says["."] = "452 not now"
    connection = await post.connection(postbox.mail_to("a@example.com"))
    await post.run(deliver_to=(connection,))
    await post.send()
    delivery = await post.only()
    assert (delivery.state, delivery.last_status, delivery.last_error) == (State.PENDING, 452, "status")
    assert postbox.taken == []
    del postbox.says["."]
    await post.until_due()
    await post.send()
    assert len(postbox.taken) == 1


async def test_what_waits_for_a_connection_that_is_deleted_is_given_up_and_stays_so(
    post: Post, peer: Peer, answers: Answers
) -> None:
    answers.said = reply(503)
    connection = await post.connection(chat(peer))
    await post.run(deliver_to=(connection,))
    await post.send()
    await post.connections.delete(post.caller, connection)
    dead = await post.only()
    assert (dead.state, dead.reason) == (State.DEAD, Because.DELETED)
    post.clock.advance(3600)
    assert await post.send() == 0
    assert len(peer.asked) == 1
    assert (await post.server.desk.deliveries.replay(post.caller, Which(ids=(dead.id,)), None)).skipped == 1


async def test_a_run_that_names_a_connection_deleted_meanwhile_says_so_in_the_dead_letters(
    post: Post, peer: Peer
) -> None:
    connection = await post.connection(chat(peer))
    run_id = await post.run("[test:input]", deliver_to=(connection,))
    await post.connections.delete(post.caller, connection)
    await post.server.desk.runs.cancel(post.caller, run_id)
    await post.send()
    dead = await post.only()
    assert (dead.state, dead.reason, dead.attempts) == (State.DEAD, Because.DELETED, 0)
    assert peer.asked == []


async def test_another_url_is_where_what_waits_goes(post: Post, peer: Peer, answers: Answers) -> None:
    answers.said = reply(500)
    connection = await post.connection(chat(peer))
    await post.run(deliver_to=(connection,))
    await post.send()
    changed = await post.connections.change(post.caller, connection, Change(url=f"form://{peer.pair}/elsewhere"))
    assert (changed.place.service, changed.health.failures) == ("form", 0)
    answers.said = reply(200)
    await post.until_due()
    await post.send()
    assert peer.asked[-1].path == "/elsewhere"


async def test_a_worker_that_dies_between_claim_and_word_leaves_it_to_be_told_again_and_claims_no_success(
    post: Post, peer: Peer
) -> None:
    connection = await post.connection(chat(peer))
    await post.run(deliver_to=(connection,))
    claimed = await post.posting.claim(10)
    assert [one.connection_id for one in claimed] == [connection]
    assert await post.send() == 0, "it is in another hand"
    health = (await post.connections.get(post.caller, connection)).health
    assert (health.last_success_at, health.failures) == (None, 0)
    post.clock.advance(webhook_rules.LEASE_S + 1)
    assert await post.send() == 1
    assert len(peer.asked) == 1
    delivery = await post.only()
    assert (delivery.state, delivery.attempts) == (State.DELIVERED, 1)


async def test_the_url_is_in_no_table_and_no_line_of_the_audit_trail(
    post: Post, peer: Peer, postbox: Postbox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    told = (await post.connection(chat(peer)), await post.connection(postbox.mail_to("grace@example.com")))
    await post.run(deliver_to=told)
    await post.send()
    await post.connections.change(post.caller, told[0], Change(name="Everybody"))
    tables = await post.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    everything = ""
    for table in tables:
        rows = await post.rows(f"SELECT to_jsonb(t)::text AS row FROM {table['name']} t")
        everything += "".join(str(row["row"]) for row in rows)
    assert told[0] in everything
    written, said = capfd.readouterr()
    for secret in (TOKEN, "hunter2secret", "grace@example.com"):
        assert secret not in everything + written + said + caplog.text
        assert secret.encode().hex() not in everything
    actions = [row["action"] for row in await post.rows("SELECT action FROM audit_lines ORDER BY seq")]
    assert actions.count("connection.created") == 2
    assert actions.count("connection.used") == 2
    assert "connection.changed" in actions


async def test_many_at_once_are_all_told_once(post: Post, peer: Peer) -> None:
    connection = await post.connection(chat(peer))
    runs = [await post.run(deliver_to=(connection,)) for _ in range(6)]
    await asyncio.wait_for(post.send(), 60)
    assert len(peer.asked) == 6
    assert {run_id for run_id in runs if any(run_id in str(one.body) for one in peer.asked)} == set(runs)
