"""Streams of one run: events a second to one reader and to many, live and replayed."""

from collections.abc import Sequence
from typing import Any

from benches.bed import Bed
from benches.figures import Figure, Goal
from benches.processes import Usage


def streams(bed: Bed) -> Sequence[Figure]:
    """A run of many events, followed while it works and once more after its end."""
    floor = bed.commit_ms()
    return [one for count in (1, bed.sizes.streams) for one in _followed(bed, count, floor)]


def _followed(bed: Bed, count: int, floor_ms: float) -> list[Figure]:
    run_id = bed.drive("order", task=f"[test:stream {bed.sizes.events}]", count=1)[0]["ids"][0]
    live = bed.drive("follow", run_id=run_id, streams=count, seconds=2 * bed.sizes.part_s)
    bed.drive("settle", ids=[run_id])
    replay = bed.drive("follow", run_id=run_id, streams=count, seconds=2 * bed.sizes.part_s)
    return [*_figures("live", count, floor_ms, *live), *_figures("replayed", count, floor_ms, *replay)]


def _figures(how: str, count: int, floor_ms: float, answer: dict[str, Any], used: Usage) -> list[Figure]:
    whole = "" if answer["finished"] == count else f" ({answer['finished']} finished in time)"
    noun = "stream" if count == 1 else "streams"
    a_second = answer["events"] / answer["seconds"]
    cost_us = 1000 * (used.server_ms + used.postgres_ms) / answer["events"]
    return [
        Figure(
            name=f"events {how} to {count} {noun}{whole}",
            value=a_second,
            unit="/s",
            ratio=a_second * floor_ms / 1000,
            floor="commits of one connection",
        ),
        Figure(name=f"… processor time, an event {how}", value=cost_us, unit="µs"),
        Figure(
            name="… streams that the server cut, resumed by the client",
            value=answer["cuts"],
            unit="",
            goal=Goal(value=0),
        ),
    ]
