"""The promises that ``futurone doctor verify`` checks: a house at work keeps all, and each breach of one is named."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from conftest import Databases
from futurone_server.eventlog import Content
from futurone_server.features.keys import Mode
from futurone_server.features.runs import Action, Budget, Order
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM, plain_url
from futurone_server.store.invariants import invariants, verify
from house import add_tenant, carry_out, open_server, principal

pytestmark = pytest.mark.anyio

TASKS = ("[test:complete]", "[test:escalate]", "[test:fail]", "[test:input]", "[test:steps 3]")

BREACHES = {
    "I3": "DELETE FROM events WHERE run_id = :run AND seq = 2",
    "I4": "DELETE FROM log_heads WHERE run_id = :run",
    "I5": "UPDATE log_heads SET closed = false WHERE run_id = :run",
    "I6": "UPDATE runs SET status = 'escalated' WHERE id = :run",
    "I7": "UPDATE events SET epoch = 9 WHERE run_id = :run AND seq = 3",
    "I8": "UPDATE run_steps SET state = 'pending' WHERE run_id = :run",
    "I9": "UPDATE runs SET webhook_url = 'https://example.com/hook' WHERE id = :run",
    "I10": "UPDATE runs SET status = 'running', worker_id = NULL, since = now() - interval '1 day' WHERE id = :run",
    "I11": "UPDATE audit_lines SET line = line || 'x'::bytea WHERE seq = 3",
    "I12": "UPDATE runs SET erased_at = now() WHERE id = :run",
    "I13": "UPDATE events SET workspace_id = (SELECT id FROM workspaces WHERE id <> events.workspace_id LIMIT 1)"
    " WHERE run_id = :run AND seq = 2",
    "I14": "INSERT INTO events (run_id, workspace_id, seq, type, at, epoch, name, facts, had_content)"
    " SELECT id, workspace_id, 900, 'model_call', now(), 1, 'x',"
    ' \'{"input_tokens": 7, "output_tokens": 1}\', false FROM runs WHERE id = :run',
    "I15": "WITH one AS (INSERT INTO users (id, email, email_key, name, password_hash, created_at)"
    " VALUES ('user_1', 'x', 'x', 'X', '', now()) RETURNING id) INSERT INTO memberships"
    " SELECT r.workspace_id, one.id, 'admin', now() FROM runs r, one WHERE r.id = :run",
}


@pytest.fixture
async def house(databases: Databases, database: str) -> AsyncIterator[Server]:
    """A house in which runs of every kind of end have been carried out."""
    async with open_server(database, databases.role) as server:
        await add_tenant(server, "Another")
        yield server


async def worked(house: Server) -> str:
    """Have runs end in every way; the id of one that has completed."""
    tenant = await add_tenant(house)
    caller = principal(tenant.workspace_id, mode=Mode.TEST)
    made = []
    for task in TASKS:
        order = Order(brief=Content({"task": task}), agent="research", metadata={}, budget=Budget())
        made.append((await house.desk.runs.create(caller, order, request_id="req_1")).run.id)
    await carry_out(house)
    await house.desk.signals.answer(caller, made[3], Action.APPROVE, payload=None, input_id=None)
    await carry_out(house)
    await house.desk.runs.cancel(caller, made[3])
    await house.desk.erasure.acknowledge(caller, made[2])
    return made[0]


async def broken(url: str) -> list[str]:
    """The names of the promises that a store breaks."""
    return [verdict.invariant.name for verdict in verify(plain_url(url)) if verdict.broken_by]


async def test_a_house_at_work_keeps_every_promise(house: Server, database: str) -> None:
    await worked(house)
    assert await broken(database) == []


async def test_a_run_that_waits_for_the_next_start_breaks_no_promise_until_there_is_a_worker(
    house: Server, database: str
) -> None:
    run = await worked(house)
    left = (
        "DELETE FROM workers",
        "UPDATE runs SET status = 'running', worker_id = 'wkr_gone', completed_at = NULL, confidence = NULL,"
        " since = now() - interval '1 day' WHERE id = :run",
    )
    comes = "INSERT INTO workers (id, host, lock, started_at, seen_at) VALUES ('wkr_new', 'here', 1, now(), now())"
    for statements, is_broken in ((left, False), ((comes,), True)):
        async with house.desk.db.transaction(SYSTEM) as tx:
            for one in statements:
                await tx.execute(text(one), {"run": run} if ":run" in one else {})
        assert ("I10" in await broken(database)) is is_broken


@pytest.mark.parametrize("name", BREACHES)
async def test_what_breaks_a_promise_is_found(name: str, house: Server, database: str) -> None:
    run = await worked(house)
    async with house.desk.db.transaction(SYSTEM) as tx:
        breach = text(BREACHES[name])
        await tx.execute(breach, {"run": run} if ":run" in BREACHES[name] else {})
    assert name in await broken(database)


def test_every_promise_but_those_the_schema_keeps_has_a_breach_here() -> None:
    assert {one.name for one in invariants()} - set(BREACHES) == {"I2"}
