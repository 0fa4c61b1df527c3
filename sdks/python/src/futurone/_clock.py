"""Where time and chance come from: handed to a client so that nothing else in the SDK reads them."""

import asyncio
import random
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Durations, pauses and chance, as a client needs them."""

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        ...

    def random(self) -> float:
        """A number from 0 up to, not including, 1."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass in this thread."""
        ...

    async def asleep(self, seconds: float) -> None:
        """Let time pass in this task."""
        ...


class SystemClock:
    """The machine's time and chance."""

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def random(self) -> float:
        """A number from 0 up to, not including, 1."""
        return random.random()  # noqa: S311 - spreads retries; decides nothing secret

    def sleep(self, seconds: float) -> None:
        """Let time pass in this thread."""
        time.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """Let time pass in this task."""
        await asyncio.sleep(seconds)


def utc_now() -> datetime:
    """The machine's time, aware and in UTC: for the age of signatures."""
    return datetime.now(UTC)  # noqa: TID251 - the one home of the SDK's clock


def back_off(clock: Clock, base_s: float, *, times: int, limit_s: float) -> float:
    """Seconds to pause after the ``times``-th failure: the base, doubled each time up to a limit, half of it chance."""
    longest_s: float = min(limit_s, base_s * 2 ** min(times - 1, 30))
    return longest_s * (0.5 + 0.5 * clock.random())
