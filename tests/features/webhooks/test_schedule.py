"""Who is told, when, and how often: the whole schedule on a clock of the test's own."""

import pytest

from egress.peers import Peer, reply
from features.webhooks.mail import Answers, Post
from futurone_server.features.webhooks import Because, State, Told
from futurone_server.features.webhooks import rules as webhook_rules
from futurone_server.kit import json

pytestmark = pytest.mark.anyio
WAITS_S = (30, 120, 480, 1500, 3600, 6000, 9900)


async def test_an_endpoint_is_told_of_a_completed_run_once_and_without_content(post: Post, peer: Peer) -> None:
    await post.endpoint(peer)
    run_id = await post.run("[test:complete] the secret plan", metadata={"ticket": "RES-1042", "größe": 3})
    assert await post.send() == 1
    assert await post.send() == 0
    (asked,) = peer.asked
    told = json.read(asked.body)
    run = await post.server.desk.runs.get(post.caller, run_id)
    assert (asked.method, asked.path) == ("POST", "/hook")
    assert told == {
        "id": asked.headers["webhook-id"],
        "type": "run.completed",
        "created_at": "2026-06-09T14:22:31Z",
        "data": {
            "run_id": run_id,
            "status": "completed",
            "confidence": run.confidence,
            "metadata": {"ticket": "RES-1042", "größe": 3},
            "last_event_id": run.last_event_id,
        },
    }
    assert b"secret plan" not in asked.body
    delivery = await post.only()
    assert (delivery.state, delivery.attempts, delivery.last_status) == (State.DELIVERED, 1, 204)


async def test_the_number_in_the_body_is_that_of_the_runs_last_event(post: Post, peer: Peer) -> None:
    await post.endpoint(peer, Told.RUN_CANCELLED)
    run_id = await post.run("[test:input]")
    await post.server.desk.runs.cancel(post.caller, run_id)
    await post.send()
    told = json.read(peer.asked[0].body)
    assert isinstance(told, dict)
    events = await post.server.desk.log.page(post.tenant.workspace_id, run_id, 0, 1000)
    assert told["type"] == "run.cancelled"
    assert told["data"]["last_event_id"] == events[-1].seq


@pytest.mark.parametrize(
    ("task", "told"),
    [("[test:complete]", "run.completed"), ("[test:escalate]", "run.escalated"), ("[test:fail]", "run.failed")],
)
async def test_without_a_list_of_events_an_endpoint_is_told_of_every_outcome(
    post: Post, peer: Peer, task: str, told: str
) -> None:
    await post.endpoint(peer)
    await post.run(task)
    await post.run("[test:input]")
    await post.send()
    assert [delivery.type for delivery in await post.deliveries()] == [told]


async def test_what_is_opted_into_is_told_and_nothing_else(post: Post, peer: Peer) -> None:
    await post.endpoint(peer, Told.RUN_AWAITING_INPUT)
    run_id = await post.run("[test:input]")
    await post.run("[test:complete]")
    await post.send()
    (asked,) = peer.asked
    told = json.read(asked.body)
    assert isinstance(told, dict)
    assert (told["type"], told["data"]["run_id"], told["data"]["status"]) == (
        "run.awaiting_input", run_id, "awaiting_input",
    )  # fmt: skip


async def test_a_runs_own_address_is_told_instead_of_the_endpoints(post: Post, peer: Peer) -> None:
    await post.endpoint(peer)
    await post.run(webhook_url=peer.url + "/own")
    await post.send()
    assert [asked.path for asked in peer.asked] == ["/own"]


async def test_each_subscribed_endpoint_is_told_and_one_made_afterwards_is_not(post: Post, peer: Peer) -> None:
    await post.endpoint(peer, path="/a")
    await post.endpoint(peer, path="/b")
    await post.run()
    await post.endpoint(peer, path="/late")
    await post.send()
    assert sorted(asked.path for asked in peer.asked) == ["/a", "/b"]
    assert len({asked.headers["webhook-id"] for asked in peer.asked}) == 1


async def test_eight_attempts_over_six_hours_then_the_dead_letters(post: Post, peer: Peer, answers: Answers) -> None:
    await post.endpoint(peer)
    await post.run()
    answers.said = reply(500)
    waits = []
    for attempt in range(1, 9):
        assert await post.send() == 1
        assert (await post.only()).attempts == attempt
        if attempt < 8:
            post.clock.advance((await post.only()).next_at.timestamp() - post.clock.now().timestamp() - 1)
            assert await post.send() == 0, "not before its time"
            post.clock.advance(1)
            waits.append(post.clock.now())
    dead = await post.only()
    assert (dead.state, dead.reason, len(dead.history)) == (State.DEAD, Because.EXHAUSTED, 8)
    assert await post.send() == 0
    assert len(peer.asked) == 8
    assert len({asked.body for asked in peer.asked}) == 1
    assert len({asked.headers["webhook-id"] for asked in peer.asked}) == 1
    assert len({asked.headers["webhook-timestamp"] for asked in peer.asked}) == 8


async def test_every_wait_is_the_schedules_within_a_fifth_and_they_are_spread(
    post: Post, peer: Peer, answers: Answers
) -> None:
    for number in range(20):
        for attempts, usual in enumerate(WAITS_S, 1):
            wait = webhook_rules.next_wait_s(f"dlv_{number}", attempts, None)
            assert 0.8 * usual <= wait <= 1.2 * usual
    spread = {round(webhook_rules.next_wait_s(f"dlv_{number}", 1, None)) for number in range(100)}
    assert len(spread) > 8
    assert sum(WAITS_S) == 6 * 3600 + 30


@pytest.mark.parametrize(
    ("asked", "wait_s"), [("45", 45.0), ("5", None), ("9000", 60.0), ("Tue, 09 Jun 2026 14:23:16 GMT", 45.0)]
)
async def test_a_receiver_may_ask_for_up_to_twice_the_wait(
    post: Post, peer: Peer, answers: Answers, asked: str, wait_s: float | None
) -> None:
    await post.endpoint(peer)
    await post.run()
    answers.said = reply(503, Retry_After=asked)
    await post.send()
    found = await post.until_due()
    assert found == pytest.approx(wait_s, abs=0.5) if wait_s else 24 <= found <= 36


async def test_what_fails_at_first_is_delivered_later(post: Post, peer: Peer, answers: Answers) -> None:
    made = await post.endpoint(peer)
    await post.run()
    answers.said = reply(500)
    await post.send()
    assert (await post.health(made)).health.failures == 1
    await post.until_due()
    answers.said = reply(200)
    await post.send()
    delivery = await post.only()
    assert (delivery.state, delivery.attempts) == (State.DELIVERED, 2)
    assert [one["status"] for one in delivery.history] == [500, 200]
    health = (await post.health(made)).health
    assert (health.failures, health.failing_since) == (0, None)


async def test_redirects_are_failures_and_lead_nowhere(post: Post, peer: Peer, answers: Answers) -> None:
    await post.endpoint(peer)
    await post.run()
    answers.said = reply(302, Location=peer.url + "/elsewhere")
    await post.send()
    assert [asked.path for asked in peer.asked] == ["/hook"]
    assert (await post.only()).last_status == 302
    assert (await post.only()).state is State.PENDING


async def test_a_deleted_run_tells_nobody(post: Post, peer: Peer) -> None:
    await post.endpoint(peer)
    run_id = await post.run()
    await post.server.desk.erasure.delete(post.caller, run_id)
    assert await post.send() == 0
    assert not await post.deliveries()


async def test_endpoints_of_live_keys_hear_nothing_of_test_runs(post: Post, peer: Peer) -> None:
    live = post.tenant.owner
    await post.endpoints.create(live, peer.url, events=None, description=None, once=None)
    await post.run()
    assert await post.send() == 0
