"""How long from the command to the line that says ready: on a new data directory, an old one, after kill -9."""

from collections.abc import Sequence

from benches.bed import Bed
from benches.figures import Figure, Goal, median
from benches.server import Server, throw_away

_OLD = Goal(value=2)


def starts(bed: Bed) -> Sequence[Figure]:
    """Each way of starting several times, on data directories of their own; the median counts."""
    new, old, killed, crashed, new_ms, old_ms = [], [], [], [], [], []
    for _ in range(bed.sizes.starts):
        with throw_away() as server:
            new.append(server.start())
            new_ms.append(_used_ms(server))
            server.stop()
            old.append(server.start())
            old_ms.append(_used_ms(server))
            server.kill()
            killed.append(server.start())
            server.kill(with_postgres=True)
            crashed.append(server.start())
            server.stop()
    return [
        Figure(name="start on a new data directory", value=median(new), unit="s", goal=Goal(value=4)),
        Figure(name="… processor time until ready", value=median(new_ms), unit="ms"),
        Figure(name="start on an old data directory", value=median(old), unit="s", goal=_OLD),
        Figure(name="… processor time until ready", value=median(old_ms), unit="ms"),
        Figure(name="start after kill -9 of the server", value=median(killed), unit="s", goal=_OLD),
        Figure(name="start after kill -9 of the server and PostgreSQL", value=median(crashed), unit="s", goal=_OLD),
    ]


def _used_ms(server: Server) -> float:
    used = server.usage()
    return used.server_ms + used.postgres_ms
