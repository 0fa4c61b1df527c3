"""What the server and its PostgreSQL use at rest: memory, also that of idle streams, and processor time."""

import time
from collections.abc import Sequence

from benches.bed import Bed, LoadError
from benches.figures import Figure, Goal
from benches.server import Server, throw_away

_LIMIT = Goal(value=320)
_START_REST_S = 3.0
_FIRST = 10  # the first streams bring along what all share


def memory(bed: Bed) -> Sequence[Figure]:
    """A server of its own after its start, then with streams on a run that waits for a person, past a heartbeat.

    Of its own, because memory that earlier load has left behind would be used again and hide what streams take.
    """
    with throw_away() as server:
        server.start()
        time.sleep(_START_REST_S)
        name = "server and PostgreSQL after the start (PSS)"
        found = [Figure(name=name, value=sum(server.pss_kb()) / 1000, unit="MB", goal=_LIMIT)]
        run_id = bed.load.do("order", **server.address, task="[test:input]", count=1)["ids"][0]
        bed.load.do("settle", **server.address, ids=[run_id])
        try:
            bed.load.do("hold", **server.address, run_id=run_id, streams=_FIRST)
            before_kb = server.anonymous_kb()
            for count in bed.sizes.held:
                found += _held(bed, server, run_id, count=count, before_kb=before_kb)
        finally:
            bed.load.do("release")
        server.stop()
    return found


def _held(bed: Bed, server: Server, run_id: str, *, count: int, before_kb: float) -> list[Figure]:
    held = bed.load.do("hold", **server.address, run_id=run_id, streams=count)
    if (held["held"], held["silent"]) != (count, 0):
        raise LoadError(f"of {count} idle streams, {held['held']} are open and {held['silent']} brought nothing")
    used = server.usage()
    time.sleep(bed.sizes.hold_s)
    used = server.usage() - used
    each_kb = (server.anonymous_kb() - before_kb) / (count - _FIRST)
    busy = (used.server_ms + used.postgres_ms) / bed.sizes.hold_s / 10
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
    name = "server and PostgreSQL after all that (PSS)"
    return [
        Figure(name=name, value=sum(bed.server.pss_kb()) / 1000, unit="MB", goal=_LIMIT),
        Figure(name="idle server and PostgreSQL", value=server + postgres, unit="%", goal=Goal(value=4)),
        Figure(name="… of which the server", value=server, unit="%"),
        Figure(name="… of which PostgreSQL", value=postgres, unit="%"),
    ]
