"""Sealing: content is nowhere in the rows, goes with its key, and opens in its own place alone."""

import asyncio

import pytest
from sqlalchemy import select, text

from eventlog.scene import LAST, Scene, another_log
from futurone_server.eventlog import Content, Draft, EventType, Seals, tables
from futurone_server.kit.crypto import CannotOpen
from futurone_server.kit.errors import Gone, NotFound
from futurone_server.store.database import SYSTEM, of_workspace
from futurone_server.store.schema import catalogue
from house import ROOT_KEY

pytestmark = pytest.mark.anyio
MARKER = "Zm9v-marker-of-content"


def secret(name: str | None = None) -> Draft:
    return Draft(type=EventType.NARRATION, facts={"n": 1}, content={"text": MARKER}, name=name)


async def everything(scene: Scene) -> str:
    """Every row of every table, as text; bytes as hex."""
    async with scene.db.transaction(SYSTEM) as tx:
        rows = [(await tx.execute(text(f"SELECT t::text FROM {name} t"))).scalars() for name in catalogue.tables]
    return "\n".join(row for found in rows for row in found)


async def erase(scene: Scene, run_id: str) -> None:
    async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
        await scene.log.contents.erase(tx, run_id)


async def test_content_is_nowhere_in_the_rows(scene: Scene) -> None:
    log = await scene.new_run()
    await log.append(secret(), writes=[scene.log.contents.putting(log.seal, "step/s1", {"result": MARKER})])
    async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
        await scene.log.add(tx, scene.workspace_id, log.run_id, secret("by hand"))
        await scene.log.contents.put(tx, log.seal, "brief", {"task": MARKER})
    rows = await everything(scene)
    assert log.run_id in rows, "the search looks in the right place"
    assert MARKER not in rows
    assert MARKER.encode().hex() not in rows
    assert [event.content for event in await scene.events(log.run_id)][1:] == [{"text": MARKER}] * 2


async def test_after_erasure_the_same_events_stand_there_without_their_content(scene: Scene) -> None:
    log = await scene.new_run()
    await log.append(secret(), Draft(type=EventType.STEP_STARTED, facts={"step": "s1"}))
    await log.append(LAST, close=True, writes=[scene.log.contents.putting(log.seal, "brief", MARKER)])
    before = await scene.events(log.run_id)
    await erase(scene, log.run_id)
    after = await scene.events(log.run_id)
    assert [(one.seq, one.type, one.at, one.facts) for one in after] == [
        (one.seq, one.type, one.at, one.facts) for one in before
    ]
    assert [one.content for one in after] == [None] * 4
    assert [one.redacted for one in before] == [False] * 4
    assert [one.redacted for one in after] == [False, True, False, True]
    async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
        assert (await scene.log.head(tx, log.run_id)).erased
        with pytest.raises(Gone):
            await scene.log.contents.seal_of(tx, scene.workspace_id, log.run_id)
        with pytest.raises(Gone):
            await scene.log.contents.get(tx, log.seal, "brief")


async def test_after_erasure_neither_key_nor_ciphertext_is_left(scene: Scene) -> None:
    log = await scene.new_run()
    await log.append(secret(), writes=[scene.log.contents.putting(log.seal, "brief", MARKER)])
    await erase(scene, log.run_id)
    for column in ("log_heads.sealed_key", "events.content", "run_contents.sealed"):
        table, _, name = column.partition(".")
        assert await scene.value(f"SELECT count({name}) FROM {table} WHERE run_id = :run", run=log.run_id) == 0


async def test_another_process_forgets_the_key_with_the_erasure(scene: Scene, database: str) -> None:
    async with another_log(database) as other:
        log = await scene.new_run()
        await log.append(secret())
        assert (await other.page(scene.workspace_id, log.run_id, 1, 10))[0].content == {"text": MARKER}
        await erase(scene, log.run_id)
        assert (await other.page(scene.workspace_id, log.run_id, 1, 10))[0].content is None
        async with asyncio.timeout(30):
            while log.run_id in other.seals._cached:
                await asyncio.sleep(0.01)


async def test_content_that_never_was_is_not_found(scene: Scene) -> None:
    log = await scene.new_run()
    async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
        with pytest.raises(NotFound):
            await scene.log.contents.get(tx, log.seal, "nothing")


async def test_content_moved_to_another_place_does_not_open(scene: Scene) -> None:
    one, other = await scene.new_run(), await scene.new_run()
    sealed = one.seal.seal("contents|brief", b"x")
    assert one.seal.open("contents|brief", sealed) == b"x"
    for seal, place in ((one.seal, "contents|plan"), (other.seal, "contents|brief"), (one.seal, "events|brief")):
        with pytest.raises(CannotOpen):
            seal.open(place, sealed)


async def test_a_runs_key_opens_under_its_own_name_and_its_own_root_key_alone(scene: Scene) -> None:
    seals = Seals(ROOT_KEY)
    wrapped = seals.new_run("ws_1", "run_1", seals.kept()).wrapped
    assert Seals(ROOT_KEY).of_run("ws_1", "run_1", wrapped).run_id == "run_1"
    for root_key, workspace_id, run_id in (
        (ROOT_KEY, "ws_1", "run_2"),
        (ROOT_KEY, "ws_2", "run_1"),
        (bytes(32), "ws_1", "run_1"),
    ):
        with pytest.raises(Gone):
            Seals(root_key).of_run(workspace_id, run_id, wrapped)


async def test_every_run_has_a_key_of_its_own(scene: Scene) -> None:
    for _ in range(3):
        await scene.new_run()
    async with scene.db.transaction(SYSTEM) as tx:
        keys = (await tx.execute(select(tables.heads.c.sealed_key))).scalars().all()
    assert len(set(keys)) == 3


def test_content_does_not_print() -> None:
    assert MARKER not in f"{Content(MARKER)} {Content(MARKER)!r} {[Content(MARKER)]}"


def test_keys_for_different_purposes_differ_and_stay_the_same() -> None:
    seals = Seals(ROOT_KEY)
    keys = {seals.purpose_key(purpose) for purpose in ("cursors", "api-keys", "idempotency", "answers")}
    assert len(keys) == 4
    assert Seals(ROOT_KEY).purpose_key("cursors") == seals.purpose_key("cursors")
    assert Seals(bytes(32)).purpose_key("cursors") not in keys
