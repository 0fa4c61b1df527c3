"""Open streams: counted by key, capped, cut."""

import asyncio

import pytest

from futurone_server.kit import limits
from futurone_server.kit.errors import RateLimited
from futurone_server.web import streams as module
from futurone_server.web.streams import Streams

pytestmark = pytest.mark.anyio


async def hold(streams: Streams, key_id: str, cuts: list[str]) -> None:
    with streams.opened(key_id):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cuts.append(key_id)


async def opened(streams: Streams, *key_ids: str) -> tuple[list["asyncio.Task[None]"], list[str]]:
    cuts: list[str] = []
    tasks = [asyncio.create_task(hold(streams, key_id, cuts)) for key_id in key_ids]
    await asyncio.sleep(0)
    return tasks, cuts


async def test_the_streams_of_one_key_are_cut_and_no_others() -> None:
    streams = Streams()
    tasks, cuts = await opened(streams, "a", "b", "a")
    streams.cut("a")
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert cuts == ["a", "a"]
    streams.cut("nobody's")
    streams.cut_all()
    await asyncio.gather(*tasks)
    assert cuts == ["a", "a", "b"]
    assert streams.is_draining


async def test_a_key_has_so_many_streams_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STREAMS_PER_KEY_MAX", 2)
    streams = Streams()
    tasks, _ = await opened(streams, "a", "a")
    with pytest.raises(RateLimited), streams.opened("a"):
        pass
    with streams.opened("b"):
        pass
    tasks[0].cancel()
    await tasks[0]
    with streams.opened("a"):
        pass
    streams.cut_all()
    await asyncio.gather(*tasks)


async def test_a_refused_stream_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STREAMS_PER_KEY_MAX", 0)
    streams = Streams()
    for _ in range(3):
        with pytest.raises(RateLimited), streams.opened("a"):
            pass
    monkeypatch.setattr(limits, "STREAMS_PER_KEY_MAX", 1)
    with streams.opened("a"):
        pass


async def test_the_streams_of_a_key_that_no_longer_holds_are_cut_even_if_nobody_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_CHECK_EVERY_S", 0.001)
    streams = Streams()
    tasks, cuts = await opened(streams, "good", "bad")

    async def still_holds(key_id: str) -> bool:
        return key_id == "good"

    checking = asyncio.create_task(streams.keep_checking(still_holds))
    await tasks[1]
    assert cuts == ["bad"]
    checking.cancel()
    streams.cut_all()
    await asyncio.gather(checking, *tasks, return_exceptions=True)


def test_open_streams_are_looked_at_often_enough_to_be_cut_within_five_seconds() -> None:
    assert module._CHECK_EVERY_S <= 4
    assert limits.STREAMS_PER_KEY_MAX == 2_000
