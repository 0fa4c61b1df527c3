"""What the server and its PostgreSQL use when nobody wants anything."""

import time
from collections.abc import Sequence

from benches.bed import Bed
from benches.figures import Figure, Goal


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
