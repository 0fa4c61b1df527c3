"""When a failed attempt is worth another, and after how long."""

from dataclasses import dataclass

from futurone._clock import Clock, back_off
from futurone._errors import APIError, ConnectionFailed, FuturOneError, TimedOut

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 8.0
LONGEST_RETRY_AFTER_S = 60.0


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How patient a client is with one request."""

    max_retries: int
    clock: Clock

    def pause_s(self, failures: int, error: FuturOneError) -> float | None:
        """Seconds to wait after the ``failures``-th failure in a row, or None to give up.

        A server's ``Retry-After`` is never undercut; one beyond a minute is the caller's to wait for.
        """
        if failures > self.max_retries or not is_passing(error):
            return None
        pause_s = back_off(self.clock, FIRST_PAUSE_S, times=failures, limit_s=LONGEST_PAUSE_S)
        asked_s = error.retry_after if isinstance(error, APIError) else None
        if asked_s is None:
            return pause_s
        return max(asked_s, pause_s) if asked_s <= LONGEST_RETRY_AFTER_S else None


def is_passing(error: FuturOneError) -> bool:
    """Whether the same request may succeed later: 408, 429, 5xx except 501, and a failing connection."""
    if isinstance(error, APIError):
        return error.status in {408, 429} or (error.status >= 500 and error.status != 501)
    return isinstance(error, ConnectionFailed | TimedOut)
