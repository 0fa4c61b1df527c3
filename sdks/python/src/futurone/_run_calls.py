"""Every request about runs and how its answer is read; sending is not their business."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from futurone._clock import Clock
from futurone._errors import TimedOut
from futurone._models import Page, nothing, resource
from futurone._operations import Operation, Sleep, perform
from futurone._requests import Call, Reply, Request, get_page, post, query_of, segment
from futurone._retries import RetryPolicy
from futurone._run_models import Artifact, Plan, Receipt, Run, RunEvent, Verification

LONGEST_HOLD_S = 30
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
EVENTS_PER_PAGE = 1000

_read_run = resource(Run)


@dataclass(frozen=True, slots=True)
class Content:
    """The content of an artifact: ``data`` in bytes, ``text`` where it is text, and what kind it is."""

    data: bytes
    media_type: str

    @property
    def text(self) -> str:
        """The content as text in UTF-8; what is none is replaced."""
        return self.data.decode("utf-8", errors="replace")

    def __bytes__(self) -> bytes:
        return self.data


def create(order: Mapping[str, Any], *, idempotency_key: str | None) -> Call[Run]:
    """A new run. Members that are None are left to the server's defaults."""
    body = {name: value for name, value in order.items() if value is not None}
    return Call(request=post("/v1/runs", body, idempotency_key=idempotency_key), read=_read_run)


def get(run_id: str, *, wait_s: float | None = None) -> Call[Run]:
    """The run; with ``wait_s`` the server withholds its answer until the run is terminal or waits."""
    request = Request(method="GET", url=_url(run_id), query=query_of({"wait": wait_s}), hold_s=wait_s or 0.0)
    return Call(request=request, read=_read_run)


def list_page(filters: Mapping[str, Any], cursor: str | None) -> Call[Page[Run]]:
    """One page of runs."""
    return Call(request=get_page("/v1/runs", filters, cursor=cursor), read=resource(Page[Run]))


def act(
    run_id: str, verb: str, *, body: Mapping[str, Any] | None = None, idempotency_key: str | None = None
) -> Call[Run]:
    """Cancel, resume, ack, rerun or signal: the answer is the run as it is then."""
    return Call(request=post(f"{_url(run_id)}/{verb}", body, idempotency_key=idempotency_key), read=_read_run)


def signal(run_id: str, action: str, *, payload: Mapping[str, Any] | None, input_id: str | None) -> Call[Run]:
    """The answer to a run that waits for a person."""
    members = {"action": action, "payload": payload, "input_id": input_id}
    return act(run_id, "signal", body={name: value for name, value in members.items() if value is not None})


def delete(run_id: str) -> Call[None]:
    """Erase a run's content and rows."""
    return Call(request=Request(method="DELETE", url=_url(run_id)), read=nothing)


def artifact_page(run_id: str, cursor: str | None) -> Call[Page[Artifact]]:
    """One page of a run's deliverables."""
    return Call(request=get_page(f"{_url(run_id)}/artifacts", {}, cursor=cursor), read=resource(Page[Artifact]))


def artifact(run_id: str, artifact_id: str, *, output_format: str | None) -> Call[Content]:
    """The content of one deliverable, as ``md``, ``html``, ``pdf``, ``docx`` or ``original``."""
    url = f"{_url(run_id)}/artifacts/{segment(artifact_id)}"
    return Call(request=Request(method="GET", url=url, query=query_of({"format": output_format})), read=_read_content)


def plan(run_id: str) -> Call[Plan]:
    """The plan, with the state of each step."""
    return Call(request=Request(method="GET", url=f"{_url(run_id)}/plan"), read=resource(Plan))


def verification(run_id: str) -> Call[Verification]:
    """The checks of the deliverable and their results."""
    return Call(request=Request(method="GET", url=f"{_url(run_id)}/verification"), read=resource(Verification))


def receipt(run_id: str) -> Call[Receipt]:
    """The signed statement of what was destroyed."""
    return Call(request=Request(method="GET", url=f"{_url(run_id)}/receipt"), read=resource(Receipt))


def event_page(run_id: str, after: int) -> Call[Page[RunEvent]]:
    """The log's entries after a number, as one page."""
    query = query_of({"after": after, "limit": EVENTS_PER_PAGE})
    request = Request(method="GET", url=f"{_url(run_id)}/events", query=query, headers={"accept": "application/json"})
    return Call(request=request, read=resource(Page[RunEvent]))


def wait(run_id: str, policy: RetryPolicy, *, timeout_s: float | None, or_waiting: bool) -> Operation[Run]:
    """Ask until the run is at its end (or waits for input, if that is enough). Raises TimedOut."""
    clock = policy.clock
    deadline_s = clock.monotonic() + timeout_s if timeout_s is not None else float("inf")
    pause_s = FIRST_PAUSE_S
    while True:
        asked_at_s = clock.monotonic()
        hold_s = int(max(0, min(LONGEST_HOLD_S, deadline_s - asked_at_s)))
        run = yield from perform(get(run_id, wait_s=hold_s or None), policy)
        if run.is_terminal or (or_waiting and run.is_waiting):
            return run
        left_s = deadline_s - clock.monotonic()
        if left_s <= 0:
            raise TimedOut(f"Run {run_id} was still {run.status} after {timeout_s:g} s")
        was_held = clock.monotonic() - asked_at_s >= hold_s / 2 > 0
        pause_s = FIRST_PAUSE_S if was_held else min(pause_s * 1.6, LONGEST_PAUSE_S)
        if not was_held:
            yield Sleep(min(_spread(clock, pause_s), left_s))


def _url(run_id: str) -> str:
    return f"/v1/runs/{segment(run_id)}"


def _spread(clock: Clock, pause_s: float) -> float:
    return pause_s * (0.75 + 0.25 * clock.random())


def _read_content(reply: Reply) -> Content:
    media_type = reply.headers.get("content-type", "application/octet-stream")
    return Content(data=reply.body, media_type=media_type.partition(";")[0].strip())
