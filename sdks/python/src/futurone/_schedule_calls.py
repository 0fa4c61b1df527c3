"""Every request about schedules, and how its answer is read."""

from collections.abc import Mapping
from typing import Any

from futurone._models import Page, nothing, resource
from futurone._requests import Call, Request, encode_json, get_page, post, segment
from futurone._run_models import Run
from futurone._schedule_models import Schedule, ScheduleFire

_ALL = "/v1/schedules"
_read = resource(Schedule)


def _url(schedule_id: str, verb: str = "") -> str:
    return f"{_ALL}/{segment(schedule_id)}{verb}"


def _said(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that were named; what they hold may be None, except in the order of a run."""
    said = {name: value for name, value in members.items() if value is not None}
    if "run" in said:
        said["run"] = {name: value for name, value in said["run"].items() if value is not None}
    return said


def create(members: Mapping[str, Any], *, idempotency_key: str | None) -> Call[Schedule]:
    """A new schedule."""
    return Call(request=post(_ALL, _said(members), idempotency_key=idempotency_key), read=_read)


def schedule_page(page_size: int | None, cursor: str | None) -> Call[Page[Schedule]]:
    """One page of schedules."""
    request = get_page(_ALL, {"page_size": page_size}, cursor=cursor)
    return Call(request=request, read=resource(Page[Schedule]))


def get(schedule_id: str) -> Call[Schedule]:
    """One schedule."""
    return Call(request=Request(method="GET", url=_url(schedule_id)), read=_read)


def change(schedule_id: str, changes: Mapping[str, Any]) -> Call[Schedule]:
    """Change what is named of a schedule."""
    request = Request(
        method="PATCH",
        url=_url(schedule_id),
        content=encode_json(_said(changes)),
        headers={"content-type": "application/json"},
    )
    return Call(request=request, read=_read)


def act(schedule_id: str, verb: str) -> Call[Schedule]:
    """Pause or resume: the answer is the schedule as it is then."""
    return Call(request=post(_url(schedule_id, f"/{verb}")), read=_read)


def run(schedule_id: str, *, idempotency_key: str | None) -> Call[Run]:
    """A run of what it runs, now."""
    return Call(request=post(_url(schedule_id, "/run"), idempotency_key=idempotency_key), read=resource(Run))


def delete(schedule_id: str) -> Call[None]:
    """Delete a schedule."""
    return Call(request=Request(method="DELETE", url=_url(schedule_id)), read=nothing)


def fire_page(schedule_id: str, page_size: int | None, cursor: str | None) -> Call[Page[ScheduleFire]]:
    """One page of a schedule's ledger."""
    request = get_page(_url(schedule_id, "/fires"), {"page_size": page_size}, cursor=cursor)
    return Call(request=request, read=resource(Page[ScheduleFire]))
