"""What webhooks hold and say: nothing of one workspace reaches another, and no content stands in a row or a log."""

import pytest

from egress.peers import Peer, reply
from features.webhooks.mail import Answers, Post
from futurone_server.features.keys import Mode
from futurone_server.features.webhooks import Change, EndpointStatus, Rotation, Told, Which
from futurone_server.kit.errors import NotFound
from futurone_server.kit.page import Window
from house import add_tenant, principal
from telemetry.logged import heard

pytestmark = pytest.mark.anyio
MARKER = "zebra-crossing-4711"


async def test_no_use_case_reaches_into_another_workspace(post: Post, peer: Peer, answers: Answers) -> None:
    made = await post.endpoint(peer)
    assert made.endpoint is not None
    answers.said = reply(410)
    await post.run()
    await post.send()
    dead, desk = await post.only(), post.server.desk.deliveries
    stranger = principal((await add_tenant(post.server)).workspace_id, mode=Mode.TEST)
    endpoint_id = made.endpoint.id
    for attempt in (
        post.endpoints.get(stranger, endpoint_id),
        post.endpoints.change(stranger, endpoint_id, Change(status=EndpointStatus.ENABLED)),
        post.endpoints.delete(stranger, endpoint_id),
        post.endpoints.rotate(stranger, endpoint_id, Rotation(), None),
        post.endpoints.test(stranger, endpoint_id, None),
        desk.get(stranger, dead.id),
        desk.replay_one(stranger, dead.id, None),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await post.endpoints.list(stranger, Window())).total == 0
    replayed = await desk.replay(stranger, Which(ids=(dead.id,)), None)
    assert (replayed.ids, replayed.skipped) == ((), 1)
    assert await post.only() == dead
    assert (await post.health(made)).status is EndpointStatus.DISABLED


async def test_endpoints_hear_nothing_of_other_workspaces(post: Post, peer: Peer) -> None:
    other = await add_tenant(post.server)
    stranger = principal(other.workspace_id, mode=Mode.TEST)
    await post.endpoints.create(stranger, peer.url + "/other", events=None, description=None, once=None)
    await post.endpoint(peer)
    await post.run()
    await post.send()
    assert [asked.path for asked in peer.asked] == ["/hook"]


async def test_the_signing_secrets_of_two_workspaces_and_of_tests_are_different(post: Post) -> None:
    other = await add_tenant(post.server)
    callers = [post.caller, post.tenant.owner, other.owner]
    secrets = {(await post.endpoints.rotate_signing(caller, Rotation(), None)).secret for caller in callers}
    assert len(secrets) == 3


@pytest.mark.parametrize("task", ["[test:complete]", "[test:escalate]", "[test:fail]", "[test:input]"])
async def test_no_content_stands_in_a_row_or_a_log_line(post: Post, peer: Peer, answers: Answers, task: str) -> None:
    answers.said = reply(500, f"what the receiver said: {MARKER}".encode(), X_Said=MARKER)
    await post.endpoint(peer, *Told, path="/hook?token=" + MARKER)
    with heard() as said:
        await post.run(f"{task} {MARKER}")
        await post.send()
    assert peer.asked
    assert all(MARKER.encode() not in asked.body for asked in peer.asked)
    for table in ("webhook_messages", "webhook_deliveries", "audit_lines"):
        for row in await post.rows(f"SELECT CAST(t AS text) AS whole FROM {table} t"):
            assert MARKER not in row["whole"]
            assert MARKER.encode().hex() not in row["whole"]
    assert "run_id" in said.getvalue() or task == "[test:input]", "there is a log to look at"
    assert MARKER not in said.getvalue()
