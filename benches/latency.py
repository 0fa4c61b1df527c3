"""One client: how long from an order to its answer, its first event and its end, and what a step adds."""

from collections.abc import Mapping, Sequence

from benches.bed import Bed
from benches.figures import Figure, Goal, median, percentile

_SIX = "[test:steps 6]"
_FEW = 2
_MANY = 22
_COMMIT = "commit"


def commit(bed: Bed) -> Sequence[Figure]:
    """The floor: rows of 100 characters, each committed before the next, on the server's own PostgreSQL."""
    samples, used = bed.commits(bed.sizes.part_s / 3)
    return [
        Figure(name="bare commit, p50", value=median(samples), unit="ms"),
        Figure(name="bare commit, p99", value=percentile(samples, 0.99), unit="ms"),
        Figure(name="bare commits, one connection", value=1000 * len(samples) / sum(samples), unit="/s"),
        Figure(name="processor time of PostgreSQL, a commit", value=used.postgres_ms / len(samples), unit="ms"),
    ]


def latency(bed: Bed) -> Sequence[Figure]:
    """Runs of six steps, one after the other; bare commits in between are the floor."""
    runs, floor = _climb(bed, [_SIX])
    run = runs[_SIX]
    from_answer = [first - created for first, created in zip(run["first"], run["created"], strict=True)]
    parts = (
        ("create → answer", run["created"], None),
        ("create → first event of the worker", run["first"], None),
        ("… counted from create's answer", from_answer, Goal(value=12)),
        ("create → end of six steps", run["ended"], Goal(value=45)),
    )
    found = [Figure(name="runs measured", value=len(run["ended"]), unit="")]
    for name, samples, goal in parts:
        middle = median(samples)
        found.append(
            Figure(name=f"{name}, p50", value=middle, unit="ms", ratio=middle / floor, floor=_COMMIT, goal=goal)
        )
        found.append(Figure(name=f"{name}, p99", value=percentile(samples, 0.99), unit="ms"))
    return found


def steps(bed: Bed) -> Sequence[Figure]:
    """What one more step adds: the slope between runs of 2 and of 22 steps, against commits of the same rounds."""
    few, many = f"[test:steps {_FEW}]", f"[test:steps {_MANY}]"
    runs, floor = _climb(bed, [few, many])
    low, high = (median(runs[task]["ended"]) for task in (few, many))
    added = (high - low) / (_MANY - _FEW)
    return [
        Figure(name="added time per step, p50", value=added, unit="ms", ratio=added / floor, floor=_COMMIT),
        Figure(name="bare commit in the same rounds, p50", value=floor, unit="ms"),
    ]


def _climb(bed: Bed, tasks: Sequence[str]) -> tuple[Mapping[str, Mapping[str, Sequence[float]]], float]:
    """Samples by task and by part, and the median of the commits in between."""
    rounds, seconds = bed.sizes.rounds // len(tasks), 2 * bed.sizes.part_s
    answer, _ = bed.drive("ladder", dsn=bed.server.dsn(), tasks=list(tasks), rounds=rounds, seconds=seconds)
    return answer["runs"], median(answer["commits"])
