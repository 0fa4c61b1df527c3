"""Many clients: six-step runs a second, their latency, and the processor time that one costs."""

from collections.abc import Sequence

from benches.bed import Bed
from benches.figures import Figure, Goal, median, percentile

_TASK = "[test:steps 6]"


def throughput(bed: Bed) -> Sequence[Figure]:
    """A closed loop: each client orders a run, follows it to its end, and orders the next."""
    clients, seconds = bed.sizes.clients, bed.sizes.part_s
    bed.drive("crowd", task=_TASK, clients=clients, seconds=1)
    samples, bare = bed.commits(1)
    a_commit_ms = bare.postgres_ms / len(samples)
    answer, used = bed.drive("crowd", task=_TASK, clients=clients, seconds=seconds)
    runs, a_second = answer["runs"], answer["runs_in_time"] / seconds
    postgres_ms = used.postgres_ms / runs
    commits_a_second = 1000 * len(samples) / sum(samples)
    return [
        Figure(
            name=f"six-step runs, {clients} clients",
            value=a_second,
            unit="/s",
            ratio=commits_a_second / a_second,
            floor="commits in the time of one",
            goal=Goal(value=25, is_most=False),
        ),
        Figure(name="create → end of six steps, p50", value=median(answer["ended"]), unit="ms"),
        Figure(name="create → end of six steps, p99", value=percentile(answer["ended"], 0.99), unit="ms"),
        Figure(name="processor time of the server, a run", value=used.server_ms / runs, unit="ms"),
        Figure(
            name="processor time of PostgreSQL, a run",
            value=postgres_ms,
            unit="ms",
            ratio=postgres_ms / a_commit_ms,
            floor="commit",
        ),
        Figure(name="processor time of the load generator, a run", value=answer["own_cpu_ms"] / runs, unit="ms"),
    ]
