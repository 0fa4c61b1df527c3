"""Appending: dense numbers, things that happen once, writers that are shut out, a commit that many share."""

import asyncio
import random

import psycopg
import pytest

from eventlog.scene import LAST, Scene, another_log, note, numbers, said
from futurone_server.eventlog import Draft, EventType, Fenced, RunLog, Write
from futurone_server.kit.errors import Conflict
from futurone_server.store.database import SYSTEM, of_workspace, plain_url

pytestmark = pytest.mark.anyio


async def test_numbers_are_dense_whoever_appends_and_however_many_do(scene: Scene, database: str) -> None:
    chance = random.Random(7)
    async with another_log(database) as other:
        logs = [await scene.new_run(chance.choice([scene.log, other])) for _ in range(12)]

        async def work(log: RunLog) -> None:
            for number in range(25):
                drafts = [said(number) for _ in range(chance.randint(1, 4))]
                if chance.random() < 0.5:
                    log.post(*drafts)
                else:
                    await log.append(*drafts)
            await log.append(said(99))

        async def interfere(log: RunLog) -> None:
            for number in range(15):
                async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
                    await chance.choice([scene.log, other]).add(tx, scene.workspace_id, log.run_id, said(-number))

        await asyncio.gather(*map(work, logs), *map(interfere, logs))
    for log in logs:
        events = await scene.check_dense(log.run_id)
        own = [number for number in numbers(events) if isinstance(number, int) and number > 0]
        assert own == sorted(own)
        assert numbers(events).count(99) == 1


async def test_what_has_a_name_happens_once(scene: Scene) -> None:
    log = await scene.new_run()
    await log.append(said(1, name="one"), said(2, name="two"))
    await log.append(said(3, name="one"), said(4, name="three"))
    log.post(said(5, name="two"))
    again = await scene.take(log.run_id)
    assert again.has("one")
    assert not again.has("four")
    await again.append(said(6, name="one"), said(7, name="four"))
    assert numbers(await scene.check_dense(log.run_id)) == [1, 2, 4, 7]


async def test_the_rows_of_what_has_happened_already_are_written_all_the_same(scene: Scene) -> None:
    log = await scene.new_run()
    await log.append(said(1, name="one"))
    await log.append(said(1, name="one"), writes=[note(scene, "n")])
    assert await scene.value("SELECT count(*) FROM due") == 1
    assert numbers(await scene.events(log.run_id)) == [1]


async def test_what_is_posted_keeps_its_order_and_is_durable_when_the_next_append_returns(scene: Scene) -> None:
    log = await scene.new_run()
    for number in range(300):
        log.post(said(number))
    await log.append(said(300))
    assert numbers(await scene.check_dense(log.run_id)) == list(range(301))


async def test_waiting_for_what_was_posted_waits_for_all_of_it(scene: Scene) -> None:
    log = await scene.new_run()
    await log.settled()
    for number in range(50):
        log.post(said(number))
    await log.settled()
    assert numbers(await scene.events(log.run_id)) == list(range(50))


async def test_a_row_and_its_event_are_one_commit(scene: Scene) -> None:
    log = await scene.new_run()
    await log.append(said(1), writes=[note(scene, "a"), note(scene, "b")])
    assert await scene.value("SELECT count(*) FROM due") == 2
    with pytest.raises(Exception, match="duplicate key"):
        await log.append(said(2), writes=[note(scene, "c"), note(scene, "a")])
    assert await scene.value("SELECT count(*) FROM due") == 2
    assert numbers(await scene.check_dense(log.run_id)) == [1]


async def shut_out(scene: Scene, log: RunLog, how: str) -> None:
    if how == "taken":
        await scene.take(log.run_id)
        return
    async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
        drafts = () if how == "fenced" else (LAST,)
        await scene.log.add(tx, scene.workspace_id, log.run_id, *drafts, fence=how == "fenced", close=how == "closed")


@pytest.mark.parametrize("how", ["taken", "fenced", "closed"])
async def test_a_writer_that_is_shut_out_writes_nothing(how: str, scene: Scene) -> None:
    old, bystander = await scene.new_run(), await scene.new_run()
    await old.append(said(1))
    await shut_out(scene, old, how)
    before = await scene.events(old.run_id)
    old.post(said(2), writes=[note(scene, "posted")])
    results = await asyncio.gather(
        old.append(said(3), writes=[note(scene, "appended")]),
        bystander.append(said(4), writes=[note(scene, "other")]),
        old.append(writes=[note(scene, "rows alone")]),
        return_exceptions=True,
    )
    assert [type(one) for one in results] == [Fenced, type(None), Fenced]
    assert await scene.check_dense(old.run_id) == before
    assert await scene.value("SELECT string_agg(ref, ',') FROM due") == "other"
    assert numbers(await scene.check_dense(bystander.run_id)) == [4]


async def test_the_successor_goes_on_where_the_log_stands(scene: Scene) -> None:
    old = await scene.new_run()
    await old.append(said(1))
    new = await scene.take(old.run_id)
    assert new.epoch > old.epoch
    await new.append(said(2))
    with pytest.raises(Fenced):
        await old.append(said(3))
    await new.append(said(4))
    assert numbers(await scene.check_dense(old.run_id)) == [1, 2, 4]


async def test_of_two_writers_of_one_run_in_one_commit_the_successor_alone_is_heard(scene: Scene) -> None:
    old = await scene.new_run()
    new = await scene.take(old.run_id)
    results = await asyncio.gather(
        old.append(said(1), writes=[note(scene, "old")]),
        new.append(said(2), writes=[note(scene, "new")]),
        old.append(said(3)),
        new.append(said(4)),
        return_exceptions=True,
    )
    assert [type(one) for one in results] == [Fenced, type(None), Fenced, type(None)]
    assert numbers(await scene.check_dense(old.run_id)) == [2, 4]
    assert await scene.value("SELECT string_agg(ref, ',') FROM due") == "new"


async def test_every_event_carries_the_epoch_that_wrote_it_and_epochs_never_go_back(scene: Scene) -> None:
    log = await scene.new_run()
    run_id = log.run_id
    for number in range(4):
        await log.append(said(number))
        log = await scene.take(run_id)
    ordered = await scene.value("SELECT bool_and(epoch >= before) FROM (SELECT epoch, lag(epoch, 1, 0) OVER"
                                " (ORDER BY seq) AS before FROM events WHERE run_id = :run) x", run=run_id)  # fmt: skip
    assert ordered is True
    assert await scene.value("SELECT count(DISTINCT epoch) FROM events WHERE run_id = :run", run=run_id) == 5


async def test_a_closed_log_takes_nothing_more(scene: Scene) -> None:
    log = await scene.new_run()
    await log.append(LAST, close=True)
    with pytest.raises(Fenced):
        await log.append(said(1))
    with pytest.raises(Conflict) as refused:
        async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
            await scene.log.add(tx, scene.workspace_id, log.run_id, said(2))
    assert refused.value.reason == "RUN_ALREADY_TERMINAL"
    events = await scene.check_dense(log.run_id)
    assert [event.type for event in events] == [EventType.CREATED, EventType.ENDED]


POISON = [
    Draft(type=EventType.NARRATION, facts={"text": "a\0b"}),
    Draft(type=EventType.NARRATION, facts={"n": 5}, name="bad\0name"),
]


@pytest.mark.parametrize("poison", POISON, ids=["facts", "name"])
async def test_one_append_that_cannot_be_stored_harms_no_other(poison: Draft, scene: Scene) -> None:
    logs = [await scene.new_run() for _ in range(6)]
    sick = logs[3]
    results = await asyncio.gather(
        *(log.append(poison if log is sick else said(1)) for log in logs), return_exceptions=True
    )
    assert [isinstance(one, Exception) for one in results] == [log is sick for log in logs]
    for log in logs:
        await log.append(said(2))
        assert numbers(await scene.check_dense(log.run_id)) == ([2] if log is sick else [1, 2])


async def test_one_row_that_cannot_be_stored_takes_its_event_with_it_and_no_other(scene: Scene) -> None:
    logs = [await scene.new_run() for _ in range(4)]
    broken = Write(statement="UPDATE nothing_here SET x = 1", values={})
    results = await asyncio.gather(
        *(log.append(said(1), writes=[broken] if log is logs[0] else []) for log in logs), return_exceptions=True
    )
    assert isinstance(results[0], Exception)
    assert results[1:] == [None] * 3
    assert [numbers(await scene.check_dense(log.run_id)) for log in logs] == [[], [1], [1], [1]]


async def test_a_lost_connection_loses_and_repeats_nothing(scene: Scene) -> None:
    logs = [await scene.new_run() for _ in range(8)]
    kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'futurone-log'"
    working = True

    async def work(log: RunLog) -> None:
        for number in range(200):
            await log.append(said(number, name=f"n/{number}"), writes=[note(scene, f"{log.run_id}/{number}")])

    async def disturb() -> None:
        async with await psycopg.AsyncConnection.connect(plain_url(scene.db.url), autocommit=True) as owner:
            while working:
                await owner.execute(kill.encode())
                await asyncio.sleep(random.uniform(0.02, 0.2))

    disturbing = asyncio.create_task(disturb())
    try:
        await asyncio.gather(*map(work, logs))
    finally:
        working = False
        await disturbing
    for log in logs:
        assert numbers(await scene.check_dense(log.run_id)) == list(range(200))
    assert await scene.value("SELECT count(*) FROM due") == 8 * 200


async def test_a_use_case_that_rolls_back_leaves_no_number_behind(scene: Scene) -> None:
    log = await scene.new_run()

    async def break_off() -> None:
        async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
            await scene.log.add(tx, scene.workspace_id, log.run_id, said(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await break_off()
    await log.append(said(2))
    assert numbers(await scene.check_dense(log.run_id)) == [2]


async def test_what_comes_after_the_stop_is_refused_and_what_came_before_is_kept(database: str, scene: Scene) -> None:
    async with another_log(database) as other:
        log = await scene.new_run(other)
        for number in range(100):
            log.post(said(number))
    with pytest.raises(Fenced):
        await log.append(said(100))
    assert numbers(await scene.check_dense(log.run_id)) == list(range(100))


async def test_a_posted_event_that_cannot_be_stored_is_learnt_by_the_next_append(scene: Scene) -> None:
    log = await scene.new_run()
    log.post(POISON[0], writes=[note(scene, "lost")])
    (learnt,) = await asyncio.gather(log.append(said(1)), return_exceptions=True)
    assert isinstance(learnt, Exception)


async def test_the_log_of_another_workspace_cannot_be_moved(scene: Scene) -> None:
    log = await scene.new_run()
    with pytest.raises(Conflict):
        async with scene.db.transaction(of_workspace("ws_other")) as tx:
            await scene.log.add(tx, "ws_other", log.run_id, said(1))
    assert numbers(await scene.check_dense(log.run_id)) == []
    async with scene.db.transaction(SYSTEM) as tx:
        assert (await scene.log.head(tx, log.run_id)).seq == 1
