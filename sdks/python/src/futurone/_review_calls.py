"""Every request about reviews and calibration, and how its answer is read."""

from collections.abc import Mapping
from typing import Any

from futurone._models import Page, resource
from futurone._requests import Call, Request, get_page, post, query_of, segment
from futurone._review_models import CalibrationReport, Disposition, Review, ReviewComment

_ALL = "/v1/reviews"
_read = resource(Review)


def _url(review_id: str, verb: str = "") -> str:
    return f"{_ALL}/{segment(review_id)}{verb}"


def review_page(filters: Mapping[str, Any], cursor: str | None) -> Call[Page[Review]]:
    """One page of reviews."""
    return Call(request=get_page(_ALL, filters, cursor=cursor), read=resource(Page[Review]))


def get(review_id: str) -> Call[Review]:
    """One review, with all that a decision is made from."""
    return Call(request=Request(method="GET", url=_url(review_id)), read=_read)


def assign(review_id: str, assignee: str | None) -> Call[Review]:
    """Say who is to decide."""
    return Call(request=post(_url(review_id, "/assign"), {"assignee": assignee}), read=_read)


def comment(review_id: str, text: str, *, idempotency_key: str | None) -> Call[ReviewComment]:
    """Say something to the other reviewers."""
    request = post(_url(review_id, "/comments"), {"text": text}, idempotency_key=idempotency_key)
    return Call(request=request, read=resource(ReviewComment))


def decide(
    review_id: str, decision: str, content_hash: str | None, *, note: str | None, edited_content: str | None = None
) -> Call[Review]:
    """Decide over what was shown. Raises ValueError where nothing was."""
    if content_hash is None:
        raise ValueError("A decision is about what a review shows: get it first, while its content exists.")
    said = {"decision": decision, "content_hash": content_hash, "note": note, "edited_content": edited_content}
    body = {name: value for name, value in said.items() if value is not None}
    return Call(request=post(_url(review_id, "/decision"), body), read=_read)


def dispose(run_id: str, disposition: str, note: str | None) -> Call[Disposition]:
    """Say of a completed run whether what it delivered was right."""
    body = {"disposition": disposition, **({} if note is None else {"note": note})}
    return Call(request=post(f"/v1/runs/{segment(run_id)}/disposition", body), read=resource(Disposition))


def calibration(agent: str | None) -> Call[list[CalibrationReport]]:
    """How well confidences hold."""
    request = Request(method="GET", url="/v1/verification/calibration", query=query_of({"agent": agent}))
    return Call(request=request, read=lambda reply: list(resource(Page[CalibrationReport])(reply).data))
