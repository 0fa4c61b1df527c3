"""The time, as something handed in: the one place that reads the machine's clock."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Aware UTC time."""
        ...

    def monotonic(self) -> float:
        """Seconds that only go forward, for durations."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Aware UTC time."""
        return datetime.now(UTC)  # noqa: TID251 - the one home of the machine's clock

    def monotonic(self) -> float:
        """Seconds that only go forward, for durations."""
        return time.monotonic()


class ManualClock:
    """A clock that tests move by hand."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic = 0.0

    def now(self) -> datetime:
        """Aware UTC time."""
        return self._now

    def monotonic(self) -> float:
        """Seconds that only go forward, for durations."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


def to_second(moment: datetime) -> str:
    """RFC 3339 in UTC to the second, as resources show it: ``2026-06-09T14:22:31Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_milli(moment: datetime) -> str:
    """RFC 3339 in UTC to the millisecond, as events show it: ``2026-06-09T14:22:31.042Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
