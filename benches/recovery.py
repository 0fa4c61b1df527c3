"""Runs in flight when the server is killed with -9: how long until they are done, and whether a step ran twice."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benches.bed import Bed
from benches.figures import Figure, Goal
from benches.server import throw_away

_TASK = "[test:steps 6 sleep 0.5]"
_BEFORE_KILL_S = 1.6  # three of the six steps are done by then


def recovery(bed: Bed) -> Sequence[Figure]:
    """The server alone is killed, then, with other runs, its PostgreSQL as well."""
    return [*_killed(bed, "the server", with_postgres=False), *_killed(bed, "both", with_postgres=True)]


def _killed(bed: Bed, what: str, *, with_postgres: bool) -> Iterator[Figure]:
    count = bed.sizes.in_flight
    with throw_away() as server:
        server.start()
        ids = bed.load.do("order", **server.address, task=_TASK, count=count)["ids"]
        time.sleep(_BEFORE_KILL_S)
        server.kill(with_postgres=with_postgres)
        ready_s = server.start()
        settled = bed.load.do("settle", **server.address, ids=ids)
        paths = [f"/v1/runs/{run_id}/{part}" for run_id in ids for part in ("plan", "events?limit=1000")]
        read = bed.load.do("read", **server.address, paths=paths)["found"]
        server.stop()
    finished = sum(run["status"] == "completed" for run in settled["runs"])
    logs = [page["data"] for page in read[1::2]]
    twice = sum(len(repeated(plan, log)) for plan, log in zip(read[0::2], logs, strict=True))
    before = sum(len(_done_before(log)) for log in logs)
    yield Figure(
        name=f"kill -9 of {what}: finished, of {count} in flight",
        value=finished,
        unit="runs",
        goal=Goal(value=count, is_most=False),
    )
    yield Figure(name="… from ready to the end of the last", value=settled["seconds"], unit="s", goal=Goal(value=10))
    yield Figure(name="… from the command to ready", value=ready_s, unit="s", goal=Goal(value=2))
    yield Figure(name=f"… steps done twice, of {before} done before", value=twice, unit="steps", goal=Goal(value=0))


def repeated(plan: Mapping[str, Any], log: Sequence[Mapping[str, Any]]) -> set[str]:
    """The steps of a run that were carried out again although they were done.

    A step that runs again under its old name says nothing new in the log; but it takes another time, which its row
    keeps: so the log and the row must agree. Raises AssertionError when the log has a gap.
    """
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1)), "a log has a gap"
    told = [event["payload"]["value"] for event in log if event["type"] == "step.done"]
    done = Counter(value["step"] for value in told)
    took_ms = {value["step"]: value["took_ms"] for value in told}
    in_rows = {step["id"]: step["timings"]["took_ms"] for step in plan["steps"]}
    again = {event["payload"]["value"].get("step") for event in _after_resumption(log)} & _done_before(log)
    return again | {step for step in done if done[step] > 1 or took_ms[step] != in_rows[step]}


def _after_resumption(log: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    at = next((number for number, event in enumerate(log) if event["type"] == "run.resumed"), len(log))
    return log[at:]


def _done_before(log: Sequence[Mapping[str, Any]]) -> set[str]:
    earlier = log[: len(log) - len(_after_resumption(log))]
    return {event["payload"]["value"]["step"] for event in earlier if event["type"] == "step.done"}
