"""What a failed command says, in one or two lines with what to do, and the code it exits with."""

from collections.abc import Mapping

from futurone._errors import (
    APIError,
    AuthenticationError,
    ConnectionFailed,
    FuturOneError,
    InvalidRequestError,
    RateLimitError,
    TimedOut,
)
from futurone._settings import is_loopback
from futurone.cli._invocation import invocation
from futurone.cli._text import one_line

ERROR = 1
USAGE = 2
TIMED_OUT = 7

_REMEDIES: Mapping[str, str] = {
    "AUTH_MISSING_HEADER": "`futurone up` shows the key at its first start.",
    "HELD_FOR_REVIEW": "A person decides on it first; a key with reviews:decide may read it now.",
    "CONTENT_ERASED": "Content is erased after its delivery window; run it with retention `keep` to keep it.",
}


class UsageFailure(Exception):
    """The command line asks for something that cannot be; its text says what would be right."""


def explain(error: Exception) -> tuple[list[str], int]:
    """Lines for people and an exit code."""
    if isinstance(error, UsageFailure | InvalidRequestError | ValueError):
        return [one_line(error)], USAGE
    if isinstance(error, TimedOut):
        return [one_line(error)], TIMED_OUT
    if isinstance(error, ConnectionFailed):
        return _unreachable(error), ERROR
    if isinstance(error, FuturOneError):
        return [one_line(error), *_remedy(error)], ERROR
    if isinstance(error, OSError):
        return [one_line(f"{error.filename}: {error.strerror}" if error.filename else error)], ERROR
    defect = one_line(f"This is a defect of futurone: {type(error).__name__}: {error}")
    return [defect, "FUTURONE_LOG=debug shows where."], ERROR


def _unreachable(error: ConnectionFailed) -> list[str]:
    if error.base_url and is_loopback(error.base_url):
        start = f"start one with `{invocation('up')}`"
        return [f"No server at {error.base_url}; {start}, or say where it is with FUTURONE_BASE_URL."]
    return [one_line(error), "Check FUTURONE_BASE_URL and the network."]


def _remedy(error: FuturOneError) -> list[str]:
    remedy = _REMEDIES.get(error.reason_code or "") if isinstance(error, APIError) else None
    if remedy is not None:
        return [remedy]
    if isinstance(error, AuthenticationError):
        return ["Check FUTURONE_API_KEY (or --api-key): it may be mistyped, revoked or expired."]
    if isinstance(error, RateLimitError) and error.retry_after is not None:
        return [f"Try again in {error.retry_after:.0f} s."]
    return []
