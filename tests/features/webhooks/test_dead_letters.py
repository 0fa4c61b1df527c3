"""What could not be delivered: given up with a reason, kept for seven days, sent again when somebody asks."""

from datetime import timedelta

import pytest

from egress.peers import Peer, reply
from features.webhooks.mail import Answers, Post
from futurone_server.features.webhooks import Because, Change, EndpointStatus, Made, State, Which
from futurone_server.kit.errors import Conflict, NotFound
from futurone_server.store.idempotency import Once

pytestmark = pytest.mark.anyio
DAY_S = 86_400


def id_of(made: Made) -> str:
    assert made.endpoint is not None
    return made.endpoint.id


async def exhaust(post: Post) -> None:
    """Fail until nothing is tried any more."""
    while pending := [one for one in await post.deliveries() if one.state is State.PENDING]:
        post.clock.advance(max(0.0, (pending[0].next_at - post.clock.now()).total_seconds()))
        await post.send()


async def test_a_receiver_that_says_it_is_gone_is_told_nothing_more(post: Post, peer: Peer, answers: Answers) -> None:
    made = await post.endpoint(peer)
    answers.said = reply(503)
    await post.run()
    await post.send()
    answers.said = reply(410)
    await post.run()
    await post.send()
    states = {(one.state, one.reason) for one in await post.deliveries()}
    assert states == {(State.DEAD, Because.GONE)}, "what waited for it is given up as well"
    endpoint = await post.health(made)
    assert (endpoint.status, endpoint.disabled_because) == (EndpointStatus.DISABLED, Because.GONE)
    await post.run()
    assert await post.send() == 0
    assert len(await post.deliveries()) == 2
    (line,) = await post.rows("SELECT * FROM audit_lines WHERE action = 'webhook.endpoint_disabled'")
    assert line["resource"] == id_of(made)


async def test_a_receiver_without_a_success_for_120_hours_is_disabled(post: Post, peer: Peer, answers: Answers) -> None:
    made = await post.endpoint(peer)
    answers.said = reply(500)
    for day in range(5):
        await post.run()
        await post.send()
        assert (await post.health(made)).status is EndpointStatus.ENABLED, f"after {day} days"
        await exhaust(post)
        post.clock.advance(DAY_S - 6 * 3600)
    post.clock.advance(DAY_S)
    await post.run()
    await post.send()
    endpoint = await post.health(made)
    assert (endpoint.status, endpoint.disabled_because) == (EndpointStatus.DISABLED, Because.FAILING)
    assert all(one.state is State.DEAD for one in await post.deliveries())


async def test_one_success_begins_the_120_hours_anew(post: Post, peer: Peer, answers: Answers) -> None:
    made = await post.endpoint(peer)
    for said in (reply(500), reply(200), reply(500)):
        answers.said = said
        await post.run()
        await post.send()
        post.clock.advance(100 * 3600)
    await post.send()
    assert (await post.health(made)).status is EndpointStatus.ENABLED


async def test_disabling_and_deleting_give_up_what_waits(post: Post, peer: Peer, answers: Answers) -> None:
    one, other = await post.endpoint(peer, path="/a"), await post.endpoint(peer, path="/b")
    answers.said = reply(500)
    await post.run()
    await post.send()
    await post.endpoints.change(post.caller, id_of(one), Change(status=EndpointStatus.DISABLED))
    await post.endpoints.delete(post.caller, id_of(other))
    reasons = {delivery.endpoint_id: delivery.reason for delivery in await post.deliveries()}
    assert reasons == {id_of(one): Because.BY_REQUEST, id_of(other): Because.DELETED}
    with pytest.raises(NotFound):
        await post.endpoints.get(post.caller, id_of(other))


async def test_what_is_claimed_for_an_endpoint_deleted_meanwhile_goes_to_the_dead_letters(
    post: Post, peer: Peer
) -> None:
    made = await post.endpoint(peer)
    await post.run()
    await post.rows("DELETE FROM webhook_endpoints RETURNING id")
    await post.send()
    assert peer.asked == []
    assert ((await post.only()).state, (await post.only()).reason) == (State.DEAD, Because.DELETED)
    assert (await post.only()).endpoint_id == id_of(made)


async def test_dead_letters_vanish_after_seven_days_to_the_second_and_leave_a_line(
    post: Post, peer: Peer, answers: Answers
) -> None:
    await post.endpoint(peer)
    answers.said = reply(410)
    await post.run()
    await post.send()
    dead = await post.only()
    post.clock.advance(7 * DAY_S - 1)
    assert (await post.only()).state is State.DEAD
    assert await post.posting.clear() == 0
    post.clock.advance(1)
    assert not await post.deliveries()
    assert await post.posting.clear() == 1
    assert not await post.rows("SELECT id FROM webhook_deliveries")
    assert not await post.rows("SELECT id FROM webhook_messages")
    (line,) = await post.rows("SELECT * FROM audit_lines WHERE action = 'webhook.dead_letter_expired'")
    assert line["resource"] == dead.id


async def test_a_replay_has_the_same_id_a_new_timestamp_and_a_fresh_schedule(
    post: Post, peer: Peer, answers: Answers
) -> None:
    await post.endpoint(peer)
    answers.said = reply(500)
    await post.run()
    await exhaust(post)
    dead = await post.only()
    replayed, _ = await post.server.desk.deliveries.replay_one(post.caller, dead.id, None)
    assert (replayed.state, replayed.attempts) == (State.PENDING, 0)
    again, _ = await post.server.desk.deliveries.replay_one(post.caller, dead.id, None)
    assert again == replayed, "there is one schedule"
    await post.send()
    assert (await post.only()).attempts == 1
    first, *_, last = peer.asked
    assert (first.body, first.headers["webhook-id"]) == (last.body, last.headers["webhook-id"])
    assert first.headers["webhook-timestamp"] != last.headers["webhook-timestamp"]
    answers.said = reply(200)
    await post.until_due()
    await post.send()
    assert (await post.only()).state is State.DELIVERED
    for once in (None, Once(operation="webhooks.replay_one", key="again", fingerprint=b"again")):
        with pytest.raises(Conflict, match="not among the dead letters"):
            await post.server.desk.deliveries.replay_one(post.caller, dead.id, once)


async def test_a_dead_letter_of_a_disabled_endpoint_waits_until_it_is_enabled(
    post: Post, peer: Peer, answers: Answers
) -> None:
    made = await post.endpoint(peer)
    answers.said = reply(410)
    await post.run()
    await post.send()
    dead = await post.only()
    with pytest.raises(Conflict):
        await post.server.desk.deliveries.replay_one(post.caller, dead.id, None)
    await post.endpoints.change(post.caller, id_of(made), Change(status=EndpointStatus.ENABLED))
    answers.said = reply(200)
    await post.server.desk.deliveries.replay_one(post.caller, dead.id, None)
    await post.send()
    assert (await post.only()).state is State.DELIVERED


async def test_several_are_replayed_by_name_and_by_the_time_of_their_death(
    post: Post, peer: Peer, answers: Answers
) -> None:
    made = await post.endpoint(peer)
    answers.said = reply(410)
    deaths = []
    for _ in range(4):
        await post.endpoints.change(post.caller, id_of(made), Change(status=EndpointStatus.ENABLED))
        await post.run()
        await post.send()
        deaths.append(post.clock.now())
        post.clock.advance(3600)
    await post.endpoints.change(post.caller, id_of(made), Change(status=EndpointStatus.ENABLED))
    answers.said = reply(200)
    dead = [one.id for one in await post.deliveries()]
    desk = post.server.desk.deliveries
    second = timedelta(seconds=1)
    by_time = await desk.replay(post.caller, Which(after=deaths[1], before=deaths[2] + second), None)
    assert set(by_time.ids) == set(dead[1:3])
    by_name = await desk.replay(post.caller, Which(ids=(dead[0], dead[1], "dlv_none")), None)
    assert (by_name.ids, by_name.skipped) == ((dead[0],), 2)
    post.clock.advance(10)
    await post.send()
    assert [one.state for one in await post.deliveries()] == [State.DELIVERED] * 3 + [State.DEAD]


async def test_replays_are_spread_ten_a_second(post: Post, peer: Peer, answers: Answers) -> None:
    made = await post.endpoint(peer)
    for _ in range(25):
        await post.run()
    await post.endpoints.change(post.caller, id_of(made), Change(status=EndpointStatus.DISABLED))
    await post.endpoints.change(post.caller, id_of(made), Change(status=EndpointStatus.ENABLED))
    now = post.clock.now()
    replayed = await post.server.desk.deliveries.replay(post.caller, Which(before=now + timedelta(days=1)), None)
    assert len(replayed.ids) == 25
    due = sorted((one.next_at - now).total_seconds() for one in await post.deliveries())
    assert due == pytest.approx([number / 10 for number in range(25)])


async def test_the_log_of_deliveries_is_kept_for_thirty_days(post: Post, peer: Peer) -> None:
    await post.endpoint(peer)
    await post.run()
    await post.send()
    post.clock.advance(30 * DAY_S - 1)
    assert await post.posting.clear() == 0
    post.clock.advance(1)
    assert await post.posting.clear() == 1
    assert not await post.rows("SELECT id FROM webhook_messages")
