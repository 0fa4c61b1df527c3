"""What a client does, written once as generators: they ask for requests and pauses, and touch neither themselves."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

from futurone._errors import APIError, ConnectionFailed, FuturOneError, TimedOut
from futurone._models import Page
from futurone._requests import Call, Reply, Request, error_of
from futurone._retries import RetryPolicy

T = TypeVar("T")


@dataclass(frozen=True)
class Sleep:
    """A pause that the driver is asked to make."""

    seconds: float


# Asks for a request to be sent (the answer is handed in, a failure thrown in) or for a pause, and returns a result.
Operation = Generator[Request | Sleep, Any, T]


def perform(call: Call[T], policy: RetryPolicy) -> Operation[T]:
    """Send a request, again where that may help, and read its answer."""
    may_be_done = False
    for failures in count(1):
        try:
            reply: Reply = yield call.request
            if reply.status < 300 or (may_be_done and _is_deleted(call.request, reply)):
                return call.read(reply)
            error: FuturOneError = error_of(reply)
        except (ConnectionFailed, TimedOut) as failure:
            error = failure
        pause_s = policy.pause_s(failures, error)
        if pause_s is None:
            raise error
        may_be_done = may_be_done or not (isinstance(error, APIError) and error.status == 429)
        yield Sleep(pause_s)
    raise AssertionError("count() does not end")


def collect(fetch: Callable[[str | None], Call[Page[T]]], policy: RetryPolicy) -> Operation[list[T]]:
    """Every item of a list that is short by its nature."""
    items: list[T] = []
    cursor: str | None = None
    while True:
        page = yield from perform(fetch(cursor), policy)
        items += page.data
        cursor = page.next_cursor
        if cursor is None:
            return items


def _is_deleted(request: Request, reply: Reply) -> bool:
    """A deletion whose answer was lost finds nothing the second time: it is done."""
    return request.method == "DELETE" and reply.status == 404
