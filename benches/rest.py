"""What the server and its PostgreSQL use at rest: memory, also that of idle streams, and processor time."""

import time
from collections.abc import Sequence

from benches.bed import Bed, LoadError
from benches.figures import Figure, Goal


def memory(bed: Bed) -> Sequence[Figure]:
    """Everything after the start and after load; then streams on a run that waits for a person, past a heartbeat."""
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


def _held(bed: Bed, run_id: str, count: int, before_kb: float) -> list[Figure]:
    held, _ = bed.drive("hold", run_id=run_id, streams=count)
    if (held["held"], held["silent"]) != (count, 0):
        raise LoadError(f"of {count} idle streams, {held['held']} are open and {held['silent']} brought nothing")
    used = bed.server.usage()
    time.sleep(bed.sizes.hold_s)
    used = bed.server.usage() - used
    each_kb = (bed.server.anonymous_kb() - before_kb) / count
    busy = 100 * (used.server_ms + used.postgres_ms) / 1000 / bed.sizes.hold_s
    return [
        Figure(name=f"memory of an idle stream, {count} open", value=each_kb, unit="kB", goal=Goal(value=45)),
        Figure(name=f"… processor time of server and PostgreSQL, {count} open", value=busy, unit="%"),
    ]


def idle(bed: Bed) -> Sequence[Figure]:
    """Processor time in percent of one core, after what the earlier benches left behind has been cleared away."""
    bed.rest()
    seconds = bed.sizes.idle_s
    before = bed.server.usage()
    time.sleep(seconds)
    used = bed.server.usage() - before
    server, postgres = used.server_ms / seconds / 10, used.postgres_ms / seconds / 10
    return [
        Figure(name="idle server and PostgreSQL", value=server + postgres, unit="%", goal=Goal(value=4)),
        Figure(name="… of which the server", value=server, unit="%"),
        Figure(name="… of which PostgreSQL", value=postgres, unit="%"),
    ]
