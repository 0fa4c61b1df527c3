"""Turns: a run with much to do never keeps another one waiting for all of it."""

import asyncio

import pytest

from futurone_server.pipelines.review.turns import Turns

pytestmark = pytest.mark.anyio


class Bench:
    """Work that begins when it is called and ends when it is told to."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.begun: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def order(self, *names: str) -> None:
        """Order work; the first letter of its name is its run."""
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._work(name))
        await self._settle()

    async def end(self, name: str) -> None:
        """Let work end."""
        self._ends[name].set()
        await self._settle()

    async def cancel(self, name: str) -> None:
        """Cancel work, begun or not."""
        self.tasks[name].cancel()
        await self._settle()

    async def _work(self, name: str) -> None:
        async with self.turns.turn(name[0]):
            self.begun.append(name)
            await self._ends[name].wait()

    async def _settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


async def test_one_run_never_has_all_places_and_another_begins_at_once() -> None:
    bench = Bench(Turns(at_once=3, for_one=2))
    await bench.order("a1", "a2", "a3", "a4")
    assert bench.begun == ["a1", "a2"]
    await bench.order("b1")
    assert bench.begun == ["a1", "a2", "b1"]


async def test_runs_that_wait_are_served_in_turn_however_much_each_has_to_do() -> None:
    bench = Bench(Turns(at_once=1, for_one=1))
    await bench.order("a1", "a2", "a3", "b1", "b2", "c1")
    for name in ("a1", "a2", "b1", "c1", "a3", "b2"):
        assert bench.begun[-1] == name
        await bench.end(name)


async def test_what_is_cancelled_gives_its_place_away_and_what_waited_is_forgotten() -> None:
    bench = Bench(Turns(at_once=1, for_one=1))
    await bench.order("a1", "a2", "b1", "c1")
    await bench.cancel("b1")
    await bench.cancel("a1")
    assert bench.begun == ["a1", "a2"]
    await bench.end("a2")
    assert bench.begun == ["a1", "a2", "c1"]
