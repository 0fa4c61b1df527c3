"""Following a run's events over any number of connections: the cursor, the end, and when to give up."""

import json
from collections.abc import Iterator, Mapping

from futurone._clock import Clock, back_off
from futurone._errors import APIError, ConnectionFailed, FuturOneError, ServerError, TimedOut
from futurone._models import Event
from futurone._requests import Reply, Request, error_of, segment
from futurone._retries import LONGEST_RETRY_AFTER_S, is_passing
from futurone._sse import InvalidStream, SSEParser

LAST_EVENT = "run_done"
MAX_FAILURES = 10  # in a row, without anything new: about a minute and a half
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
GOOD_CONNECTION_S = 10.0  # one that has lasted this long is no failure, though nothing happened on it


class EventFeed:
    """The state of following one run, without any input or output.

    A driver asks for ``request()``, reports how the answer begins with ``begin``, hands over its bytes with
    ``receive``, and says with ``lose`` that the connection is gone; the feed says what to yield, how long to pause, and
    when it is done.
    """

    def __init__(
        self, run_id: str, *, after: int | None, timeout_s: float | None, silence_timeout_s: float, clock: Clock
    ) -> None:
        self._is_done = False
        self._run_id = run_id
        self._url = f"/v1/runs/{segment(run_id)}/events"
        self._cursor = after or 0
        self._clock = clock
        self._silence_timeout_s = silence_timeout_s
        self._deadline_s = None if timeout_s is None else clock.monotonic() + timeout_s
        self._failures = 0
        self._first_pause_s = FIRST_PAUSE_S
        self._parser = SSEParser()
        self._began_s = 0.0

    def is_done(self) -> bool:
        """Whether the last event has been seen."""
        return self._is_done

    def request(self) -> Request:
        """What to send for the next connection: it resumes after the last event seen."""
        headers = {"accept": "text/event-stream", "accept-encoding": "identity", "cache-control": "no-store"}
        if self._cursor:
            headers["last-event-id"] = str(self._cursor)
        return Request(method="GET", url=self._url, headers=headers)

    @property
    def read_timeout_s(self) -> float:
        """Seconds without a byte after which the connection is dead."""
        return min(self._silence_timeout_s, max(0.01, self._left_s()))

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether the answer is a stream. If not, and the feed is not done by it, its body goes to ``refuse``."""
        self._parser = SSEParser()
        self._began_s = self._clock.monotonic()
        self._is_done = status == 204  # everything has been seen before
        return status == 200 and headers.get("content-type", "").startswith("text/event-stream")

    def receive(self, chunk: bytes) -> Iterator[Event]:
        """The new events in these bytes, each once and in order. Raises ServerError for nonsense, and TimedOut."""
        try:
            for frame in self._parser.feed(chunk):
                event = _read_event(frame.event, frame.data, last_id=frame.last_id)
                if event is None or event.id <= self._cursor:
                    continue
                self._cursor = event.id
                self._failures = 0
                self._is_done = event.type == LAST_EVENT
                yield event
                if self._is_done:
                    return
        except InvalidStream as error:
            raise ServerError(f"The event stream is unreadable: {error}", reason_code="INVALID_RESPONSE") from error
        if self._parser.retry_ms is not None:
            self._first_pause_s = min(self._parser.retry_ms / 1000, LONGEST_PAUSE_S)
        if self._clock.monotonic() - self._began_s >= GOOD_CONNECTION_S:
            self._failures = 0
        self._check_time()

    def refuse(self, reply: Reply) -> APIError:
        """What to pass to ``lose`` for an answer that is no stream. Raises when asking again cannot help."""
        error = error_of(reply) if reply.status >= 300 else reply.nonsense("it is no event stream")
        too_long = error.retry_after is not None and error.retry_after > LONGEST_RETRY_AFTER_S
        if not is_passing(error) or too_long:
            raise error
        return error

    def lose(self, error: FuturOneError | None) -> float:
        """Seconds to pause before the next connection. Raises after too many failures in a row, and TimedOut."""
        self._check_time()
        self._failures += 1
        if self._failures > MAX_FAILURES:
            raise error or ConnectionFailed(
                f"The stream of run {self._run_id} ended {self._failures} times in a row without its last event"
            )
        pause_s = back_off(self._clock, self._first_pause_s, times=self._failures, limit_s=LONGEST_PAUSE_S)
        asked_s = error.retry_after if isinstance(error, APIError) else None
        return min(max(pause_s, asked_s or 0.0), self._left_s())

    def _left_s(self) -> float:
        return float("inf") if self._deadline_s is None else self._deadline_s - self._clock.monotonic()

    def _check_time(self) -> None:
        if self._left_s() <= 0:
            raise TimedOut(f"Run {self._run_id} was not done in time")


def _read_event(name: str, data: str, *, last_id: str) -> Event | None:
    """The event in a frame; None for one without an id, which is news of the moment and not part of the log."""
    if not last_id:
        return None
    if not (last_id.isascii() and last_id.isdigit() and len(last_id) <= 18):
        raise InvalidStream(f"the event id {last_id[:40]!r} is not a number")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidStream(f"the data of event {last_id} is not JSON") from error
    if not isinstance(value, dict):
        raise InvalidStream(f"the data of event {last_id} is not an object")
    return Event(id=int(last_id), type=name, data=value)
