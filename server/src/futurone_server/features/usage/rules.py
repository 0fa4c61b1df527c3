"""The law of usage: how far an answer may reach, and where its buckets begin and end."""

from datetime import UTC, datetime, timedelta

from futurone_server.features.usage.types import Granularity, GroupBy, UsageQuery
from futurone_server.kit.errors import Invalid, invalid_field

RANGE_MAX = {
    Granularity.HOUR: timedelta(days=31),
    Granularity.DAY: timedelta(days=366),
    Granularity.MONTH: timedelta(days=5 * 366),
}
"""The longest stretch of time that one answer covers."""

RANGE_USUAL = timedelta(days=30)
ROWS_MAX = 10_000
"""The most buckets in one answer."""


def check_query(query: UsageQuery) -> None:
    """Refuse a range that is empty or too long. Raises Invalid, naming the field."""
    if query.end <= query.start:
        raise invalid_field("end", "must be later than start")
    longest = RANGE_MAX[query.granularity]
    if query.end - query.start > longest:
        raise invalid_field(
            "start",
            f"with granularity={query.granularity} at most {longest.days} days before end; ask for less at once",
        )


def too_many() -> Invalid:
    """The refusal of an answer that nobody could read."""
    return invalid_field("group_by", f"would give more than {ROWS_MAX} buckets; ask for a shorter range")


def bucket_end(start: datetime, granularity: Granularity) -> datetime:
    """Where the bucket ends that begins here."""
    if granularity is Granularity.HOUR:
        return start + timedelta(hours=1)
    if granularity is Granularity.DAY:
        return start + timedelta(days=1)
    return (start.replace(day=1) + timedelta(days=32)).replace(day=1)


def has_steps(group_by: GroupBy | None) -> bool:
    """Whether steps can be told apart by this: a step may have asked several models."""
    return group_by is not GroupBy.MODEL


def usual_start(end: datetime) -> datetime:
    """Where a range begins that nobody gave a beginning."""
    return (end - RANGE_USUAL).astimezone(UTC)
