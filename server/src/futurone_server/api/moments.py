"""Times as callers send them: made aware, in UTC, and within what can be stored and shown again."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

_YEARS = (1, 9998)  # a day from the ends of the calendar, times in other zones can no longer be written


def _is_written(value: object) -> object:
    """The framework would take numbers too, as seconds or as milliseconds by their size."""
    if not isinstance(value, str) or not re.match(r"[0-9]{4}-", value):
        raise ValueError("must be a time such as 2026-06-09T14:22:31Z")
    return value


def _in_utc(value: datetime) -> datetime:
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    try:
        moment = aware.astimezone(UTC)
    except OverflowError:
        moment = datetime.max.replace(tzinfo=UTC)
    if not _YEARS[0] < moment.year <= _YEARS[1]:
        raise ValueError(f"must lie before the year {_YEARS[1] + 1}")
    return moment


Instant = Annotated[datetime, BeforeValidator(_is_written), AfterValidator(_in_utc)]
"""RFC 3339; without a zone it is UTC."""
