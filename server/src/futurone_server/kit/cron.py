"""Due times: cron expressions in a time zone, with an answer to what clocks do twice a year.

Five fields (minute, hour, day of month, month, day of week) as in Debian's cron, with lists, ranges, steps, names,
``L`` and ``#``; or one of ``@hourly @daily @midnight @weekly @monthly @yearly @annually``. Where clocks are put back, a
named hour that comes twice fires once, the first time; where they are put forward, what falls into the missing time
fires at its end, once. An expression for every hour of the day names none: it fires in each hour that passes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from futurone_server.kit.errors import Invalid, invalid_field

EXPRESSION_CHARS_MAX = 100
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELDS = (
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, L for the last or LW for the last weekday"),
    ("month", "1 to 12 or JAN to DEC"),
    ("day of the week", "0 to 7 (0 and 7 are Sunday) or SUN to SAT, such as MON#1 for the first or 5L for the last"),
)
_HOUR = 1
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_NO_ZONES = ("localtime", "posixrules", "Factory", "posix/", "right/")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Cron:
    """An expression that has been read: its five fields."""

    fields: tuple[str, ...]

    @property
    def is_hourly(self) -> bool:
        """Whether it names no hours: it goes by the time that passes, not by what the clock on the wall shows."""
        return self.fields[_HOUR] == "*"

    def after(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """The due times after a moment, in UTC, each later than the one before. Ends when none follows in 50 years."""
        expression = " ".join(self.fields)
        local = moment.astimezone(zone)
        last = moment
        for due in CronSim(expression, local if self.is_hourly else local.replace(tzinfo=None)):
            instant = due.astimezone(UTC) if self.is_hourly else _instant(due, zone)
            if instant > last:
                last = instant
                yield instant


def read_cron(text: str, *, field: str = "cron") -> Cron:
    """An expression as people write it. Raises Invalid, which names the part that does not fit and where it stands."""
    if len(text) > EXPRESSION_CHARS_MAX:
        raise invalid_field(field, f"must have at most {EXPRESSION_CHARS_MAX} characters")
    written = text.strip().lower()
    if written.startswith("@"):
        if written not in _NAMED:
            raise invalid_field(field, f"must be five fields or one of {', '.join(_NAMED)}")
        return Cron(tuple(_NAMED[written].split()))
    parts = list(re.finditer(r"\S+", text))
    if len(parts) != len(_FIELDS):
        names = ", ".join(name for name, _ in _FIELDS)
        raise invalid_field(field, f"must have five fields ({names}), and has {len(parts)}")
    for number, part in enumerate(parts):
        _check_part(number, part, field)
    fields = [part.group() for part in parts]
    if _is_every_hour(fields[_HOUR]):
        fields[_HOUR] = "*"
    cron = Cron(tuple(fields))
    _check_fires(cron, field)
    return cron


def read_zone(name: str, *, field: str = "timezone") -> ZoneInfo:
    """A time zone by its IANA name, such as ``Europe/Berlin``. Raises Invalid."""
    refused = invalid_field(field, "must be the name of an IANA time zone, such as UTC or Europe/Berlin")
    if len(name) > EXPRESSION_CHARS_MAX or not _ZONE.fullmatch(name) or name.startswith(_NO_ZONES):
        raise refused
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # a folder of zones is told as a failure to read it
        raise refused from None


def day_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The day of a zone in which a moment lies: where it begins and where the next one does, in UTC."""
    midnight = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return _instant(midnight, zone), _instant(midnight + timedelta(days=1), zone)


def _check_part(number: int, part: re.Match[str], field: str) -> None:
    name, would_fit = _FIELDS[number]
    start = part.start()
    for term in part.group().split(","):
        alone = ["*"] * len(_FIELDS)
        alone[number] = term
        if not term.isascii() or not _is_sound(" ".join(alone)):
            where = f"the {name} (field {number + 1}, character {start + 1})"
            raise Invalid(
                f"{field}: {where} cannot be {term!r}; it takes {would_fit}, lists (1,3), ranges (1-5), steps (*/5)",
                details={"field": field, "part": name, "position": start + 1},
            )
        start += len(term) + 1


def _is_sound(expression: str) -> bool:
    try:
        CronSim(expression, datetime(2026, 1, 1))  # noqa: DTZ001 - a wall clock without a zone; nothing is read off it
    except CronSimError:
        return False
    return True


def _is_every_hour(hours: str) -> bool:
    """Whether a field of hours leaves none out, however it says so."""
    sim = CronSim(f"0 {hours} * * *", datetime(2026, 1, 1))  # noqa: DTZ001 - as above
    return len(sim.hours) == len(range(24))


def _check_fires(cron: Cron, field: str) -> None:
    try:
        first = next(cron.after(datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC")), None)
    except CronSimError:
        first = None
    if first is None:
        raise invalid_field(field, "never fires: no month has such a day")


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """When a clock on the wall shows a time: the first time it does, or when it skips it."""
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    shown = instant.astimezone(zone)
    if shown.replace(tzinfo=None) == local:
        return instant
    # In a gap, PEP 495 reads the time with the offset before it (an instant too late), or after it (one too early).
    early, late = local.replace(tzinfo=zone, fold=1).astimezone(UTC), instant
    while late - early > _SECOND:
        middle = early + timedelta(seconds=(late - early) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == shown.utcoffset():
            late = middle
        else:
            early = middle
    return late
