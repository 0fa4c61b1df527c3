"""Streams of one run: events a second to one reader and to many, live and replayed; memory of streams at rest."""

import time
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
    ]


def memory(bed: Bed) -> Sequence[Figure]:
    """Idle streams on a run that waits for a person; each has had a heartbeat. Then everything, as it is now."""
    at_start = sum(bed.pss_at_start_kb) / 1000
    run_id = bed.drive("order", task="[test:input]", count=1)[0]["ids"][0]
    bed.drive("settle", ids=[run_id])
    bed.drive("crowd", task="[test:steps 6]", clients=4, seconds=bed.sizes.part_s / 5)
    found = [
        Figure(name="server and PostgreSQL after the start (PSS)", value=at_start, unit="MB", goal=Goal(value=320))
    ]
    time.sleep(1)
    before_kb, now = bed.server.anonymous_kb(), sum(bed.server.pss_kb()) / 1000
    found.append(Figure(name="server and PostgreSQL after load (PSS)", value=now, unit="MB", goal=Goal(value=320)))
    for count in bed.sizes.held:
        found += _held(bed, run_id, count, before_kb)
    bed.load.do("release")
    return found


def _held(bed: Bed, run_id: str, count: int, before_kb: int) -> list[Figure]:
    held, _ = bed.drive("hold", run_id=run_id, streams=count)
    assert (held["held"], held["silent"]) == (count, 0), held
    used = bed.server.usage()
    time.sleep(bed.sizes.hold_s)
    used = bed.server.usage() - used
    each_kb = (bed.server.anonymous_kb() - before_kb) / count
    busy = 100 * (used.server_ms + used.postgres_ms) / 1000 / bed.sizes.hold_s
    return [
        Figure(name=f"memory of an idle stream, {count} open", value=each_kb, unit="kB", goal=Goal(value=45)),
        Figure(name=f"… processor time of server and PostgreSQL, {count} open", value=busy, unit="%"),
    ]
