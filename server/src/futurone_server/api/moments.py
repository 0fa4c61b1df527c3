"""Times as callers send them: made aware, in UTC, and within what can be stored and shown again."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

_YEARS = (1, 9998)  # a day from the ends of the calendar, times in other zones can no longer be written


def _in_utc(value: datetime) -> datetime:
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    try:
        moment = aware.astimezone(UTC)
    except OverflowError:
        moment = datetime.max.replace(tzinfo=UTC)
    if not _YEARS[0] < moment.year <= _YEARS[1]:
        raise ValueError(f"must lie before the year {_YEARS[1] + 1}")
    return moment


Instant = Annotated[datetime, AfterValidator(_in_utc)]
"""RFC 3339; without a zone it is UTC."""
