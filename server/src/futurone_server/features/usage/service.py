"""The use cases of usage: what was used, by whom and for what."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from futurone_server.features.keys import Capability, Mode, Principal
from futurone_server.features.usage import rules, store
from futurone_server.features.usage.types import Bucket, Sums, Usage, UsageEvent, UsageQuery
from futurone_server.store.database import Database, of_workspace

_Place = tuple[datetime | None, str | None]


class UsageService:
    """Reads the meter. A key sees the projects and agents that it is for, a test key test runs alone."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def read(self, caller: Principal, query: UsageQuery) -> Usage:
        """What was used in a stretch of time. Raises Invalid where the range or the answer would be too long."""
        caller.require(Capability.USAGE_READ)
        rules.check_query(query)
        if caller.mode is Mode.TEST:
            query = replace(query, mode=Mode.TEST.value)
        reach = (query, caller.workspace_id, caller.projects, caller.agents)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            calls = await store.calls(tx, *reach) if query.event_type is not UsageEvent.RUN else ()
            ended = await store.runs(tx, *reach) if query.event_type is not UsageEvent.MODEL_CALL else ()
        empty = Bucket(start=None, group=None, steps=0 if rules.has_steps(query.group_by) else None)
        found: dict[_Place, Bucket] = {}
        for row in calls:
            _put(found, row, _with_calls(_at(found, row, empty), row))
        for row in ended:
            _put(found, row, _with_runs(_at(found, row, empty), row))
        if len(found) > rules.ROWS_MAX:
            raise rules.too_many()
        buckets = tuple(sorted(found.values(), key=lambda one: (one.start, one.group is None, one.group or "")))
        return Usage(query=query, buckets=buckets, total=_total(buckets, empty))


def _at(found: dict[_Place, Bucket], row: Any, empty: Bucket) -> Bucket:
    return found.get((row.bucket, row.group)) or replace(empty, start=row.bucket, group=row.group)


def _put(found: dict[_Place, Bucket], row: Any, bucket: Bucket) -> None:
    found[row.bucket, row.group] = bucket


def _with_calls(bucket: Bucket, row: Any) -> Bucket:
    sums = Sums(
        input_tokens=int(row.input_tokens),
        output_tokens=int(row.output_tokens),
        known_usd=row.cost_usd or Decimal(0),
        is_priced=row.is_priced,
    )
    if row.has_failed:
        return replace(bucket, not_billed=bucket.not_billed + sums)
    return replace(bucket, billed=bucket.billed + sums)


def _with_runs(bucket: Bucket, row: Any) -> Bucket:
    steps = None if bucket.steps is None else bucket.steps + int(row.steps)
    if row.has_failed:
        return replace(bucket, runs_not_counted=bucket.runs_not_counted + row.runs, steps=steps)
    return replace(bucket, runs_counted=bucket.runs_counted + row.runs, steps=steps)


def _total(buckets: Iterable[Bucket], empty: Bucket) -> Bucket:
    total = empty
    for one in buckets:
        total = replace(
            total,
            billed=total.billed + one.billed,
            not_billed=total.not_billed + one.not_billed,
            runs_counted=total.runs_counted + one.runs_counted,
            runs_not_counted=total.runs_not_counted + one.runs_not_counted,
            steps=None if total.steps is None or one.steps is None else total.steps + one.steps,
        )
    return total
