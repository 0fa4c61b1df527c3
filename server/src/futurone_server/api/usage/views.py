"""Usage as it goes over the wire."""

from futurone_server.features.usage import Bucket, Sums, Usage, bucket_end
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject


def present_usage(usage: Usage) -> JsonObject:
    """An answer of the meter."""
    query = usage.query
    return {
        "start": to_second(query.start),
        "end": to_second(query.end),
        "granularity": query.granularity.value,
        "group_by": None if query.group_by is None else query.group_by.value,
        "total": _sums(usage.total),
        "buckets": [_bucket(one, usage) for one in usage.buckets],
    }


def _bucket(bucket: Bucket, usage: Usage) -> JsonObject:
    start = bucket.start
    assert start is not None, "only a total has no beginning"
    end = bucket_end(start, usage.query.granularity)
    return {"start": to_second(start), "end": to_second(end), "group": bucket.group, **_sums(bucket)}


def _sums(bucket: Bucket) -> JsonObject:
    return {
        **_used(bucket.billed),
        "runs": {"counted": bucket.runs_counted, "not_counted": bucket.runs_not_counted},
        "steps": bucket.steps,
        "not_billed": _used(bucket.not_billed),
    }


def _used(sums: Sums) -> JsonObject:
    return {
        "input_tokens": sums.input_tokens,
        "output_tokens": sums.output_tokens,
        "cost_usd": None if sums.cost_usd is None else f"{sums.cost_usd:.6f}",
        "priced": sums.is_priced,
    }
