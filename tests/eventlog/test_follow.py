"""Following: every event once and in order, whoever commits it, wherever one begins, whatever hint is lost."""

import asyncio
import random

import pytest

from eventlog.scene import LAST, Scene, another_log, deafen, numbers, said
from futurone_server.eventlog import Event, EventLog, RunLog
from futurone_server.kit.errors import Gone
from futurone_server.store.database import of_workspace

pytestmark = pytest.mark.anyio
PATIENCE_S = 60


async def told(log: EventLog, scene: Scene, run_id: str, after: int = 0, *, idle_s: float = 30) -> list[Event]:
    """Everything that a follower is told until the end."""
    found: list[Event] = []
    async with asyncio.timeout(PATIENCE_S):
        async for batch in log.follow(scene.workspace_id, run_id, after, idle_s=idle_s):
            found += batch
    return found


async def write(scene: Scene, log: RunLog, chance: random.Random, *, count: int = 40) -> None:
    """Write a run to its end, in fits and starts, from the worker's side and from use cases."""
    for number in range(count):
        kind = chance.random()
        if kind < 0.4:
            log.post(*(said(number) for _ in range(chance.randint(1, 5))))
        elif kind < 0.8:
            await log.append(said(number))
        else:
            await log.settled()
            async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
                await scene.log.add(tx, scene.workspace_id, log.run_id, said(number))
        await asyncio.sleep(chance.choice([0, 0, 0, 0.001, 0.01]))
    await log.append(LAST, close=True)


async def test_a_reader_that_comes_later_does_not_take_the_wake_up_from_the_others(scene: Scene, database: str) -> None:
    async with another_log(database) as other:
        deafen(scene.log)
        log = await scene.new_run(other)
        early = scene.log.follow(scene.workspace_id, log.run_id, 0, idle_s=30)
        assert len(await anext(early)) == 1
        waiting = asyncio.create_task(anext(early))
        await asyncio.sleep(0)
        await log.append(said(1))
        late = scene.log.follow(scene.workspace_id, log.run_id, 0, idle_s=30)
        assert len(await anext(late)) == 2
        done, _ = await asyncio.wait([waiting], timeout=5)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.gather(early.aclose(), late.aclose())
        assert done


@pytest.mark.parametrize("hints", ["heard", "lost"])
async def test_followers_anywhere_are_told_every_event_once_and_in_order(
    hints: str, scene: Scene, database: str
) -> None:
    chance = random.Random(11)
    async with another_log(database) as other:
        if hints == "lost":
            deafen(scene.log)
            deafen(other)
        logs = [await scene.new_run(chance.choice([scene.log, other])) for _ in range(20)]
        after = [0, 0, 1]
        following = {
            asyncio.create_task(told(ear, scene, log.run_id, cursor)): (log.run_id, cursor)
            for log in logs
            for ear in (scene.log, other)
            for cursor in after
        }

        async def come_late(log: RunLog) -> None:
            await asyncio.sleep(chance.uniform(0, 0.3))
            head = (await scene.events(log.run_id))[-1].seq
            cursor = chance.randint(0, head - 1)
            following[asyncio.create_task(told(chance.choice([scene.log, other]), scene, log.run_id, cursor))] = (
                log.run_id,
                cursor,
            )

        writing = [write(scene, log, random.Random(number)) for number, log in enumerate(logs)]
        await asyncio.gather(*writing, *map(come_late, logs), *map(come_late, logs))
        whole = {log.run_id: await scene.check_dense(log.run_id) for log in logs}
        await asyncio.gather(*following)
        for task, (run_id, cursor) in following.items():
            heard = task.result()
            assert [event.seq for event in heard] == [event.seq for event in whole[run_id][cursor:]]
            assert numbers(heard) == numbers(whole[run_id][cursor:])
            assert [event.content for event in heard] == [event.content for event in whole[run_id][cursor:]]


async def test_a_finished_log_is_told_from_every_cursor(scene: Scene) -> None:
    log = await scene.new_run()
    await write(scene, log, random.Random(3), count=12)
    whole = await scene.check_dense(log.run_id)
    for cursor in range(len(whole)):
        assert await told(scene.log, scene, log.run_id, cursor) == whole[cursor:]
        assert await scene.events(log.run_id, cursor) == whole[cursor:]


async def test_a_long_log_is_told_in_batches_that_fit_in_memory(scene: Scene) -> None:
    log = await scene.new_run()
    await log.append(*(said(number) for number in range(1500)))
    await log.append(LAST, close=True)
    sizes = [len(batch) async for batch in scene.log.follow(scene.workspace_id, log.run_id, 0, idle_s=30)]
    assert sum(sizes) == 1502
    assert max(sizes) <= 256


async def test_a_follower_of_a_quiet_run_is_woken_now_and_then(scene: Scene) -> None:
    log = await scene.new_run()
    following = scene.log.follow(scene.workspace_id, log.run_id, 0, idle_s=0.02)
    assert len(await anext(following)) == 1
    assert await anext(following) == []
    assert await anext(following) == []
    await log.append(said(1))
    async with asyncio.timeout(PATIENCE_S):
        while not (batch := await anext(following)):
            pass
    assert numbers(batch) == [1]
    await following.aclose()


async def test_a_follower_of_a_deleted_run_is_cut(scene: Scene, database: str) -> None:
    async with another_log(database) as other:
        log = await scene.new_run()
        following = [ear.follow(scene.workspace_id, log.run_id, 0, idle_s=30) for ear in (scene.log, other)]
        for one in following:
            assert len(await anext(one)) == 1
        waiting = [asyncio.create_task(anext(one)) for one in following]
        await asyncio.sleep(0)
        async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
            await scene.log.remove(tx, log.run_id)
        async with asyncio.timeout(PATIENCE_S):
            results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in results] == [Gone, Gone]


async def test_a_follower_of_a_deleted_run_is_cut_also_when_the_hint_is_lost(scene: Scene, database: str) -> None:
    async with another_log(database) as other:
        deafen(other)
        log = await scene.new_run()
        following = asyncio.create_task(told(other, scene, log.run_id, idle_s=0.5))
        async with asyncio.timeout(PATIENCE_S):
            while not other.news._feeds:
                await asyncio.sleep(0)
        async with scene.db.transaction(of_workspace(scene.workspace_id)) as tx:
            await scene.log.remove(tx, log.run_id)
        done, _ = await asyncio.wait([following], timeout=4)
        following.cancel()
        assert done
        assert isinstance(following.exception(), Gone)


async def test_readers_that_come_together_are_told_everything_by_the_same_few_looks(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    page = scene.log.page

    async def counted(workspace_id: str, run_id: str, after: int, limit: int) -> list[Event]:
        nonlocal looks
        looks += 1
        return await page(workspace_id, run_id, after, limit)

    log = await scene.new_run()
    await log.append(*(said(number) for number in range(600)))
    await log.append(LAST, close=True)
    monkeypatch.setattr(scene.log, "page", counted)
    ears = [asyncio.create_task(told(scene.log, scene, log.run_id)) for _ in range(30)]
    gone = asyncio.create_task(told(scene.log, scene, log.run_id))
    await asyncio.sleep(0)
    gone.cancel()
    heard = await asyncio.gather(*ears)
    assert all([event.seq for event in one] == list(range(1, 603)) for one in heard)
    assert looks <= 6
