"""The routes of reviews, dispositions and calibration."""

from fastapi import APIRouter, Request, Response

from futurone_server.api.access import Counting, counted, needs, repeatable
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import present_page, read_window, whole
from futurone_server.api.reviews.requests import (
    AssignReview,
    CalibrationQuery,
    CommentReview,
    DecideReview,
    DisposeRun,
    ListReviews,
)
from futurone_server.api.reviews.views import (
    present_comment,
    present_disposition,
    present_report,
    present_review,
    present_shown,
)
from futurone_server.api.services import Services
from futurone_server.features.keys import Capability
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller, RequestId
from futurone_server.web.idempotency import answered, as_sent, once

router = APIRouter(prefix="/v1", tags=["Reviews"], route_class=GuardedRoute)


@router.get("/reviews", summary="List reviews")
@needs(Capability.REVIEWS_DECIDE)
async def list_reviews(query: ListReviews, caller: Caller, desk: Services) -> JsonObject:
    """The runs that are, or were, held for a person, newest first. Without their content."""
    wanted = query.filter(caller.mode.value)
    page = await desk.reviews.list(caller, wanted, read_window(query, desk.cursors, "reviews"))
    return present_page(page, desk.cursors, "reviews", present_review)


@router.get("/reviews/{review_id}", summary="Retrieve a review")
@needs(Capability.REVIEWS_DECIDE)
async def get_review(review_id: str, caller: Caller, desk: Services) -> JsonObject:
    """What is held, why, what is flagged, and what would resolve each doubt.

    While the content exists it is here; afterwards its members are null, and who decided what when stays.
    """
    return {"data": present_shown(await desk.reviews.get(caller, review_id))}


@router.post("/reviews/{review_id}/assign", summary="Assign a review")
@needs(Capability.REVIEWS_DECIDE)
@repeatable
async def assign_review(
    review_id: str, request: Request, response: Response, body: AssignReview, caller: Caller, desk: Services
) -> JsonObject:
    """Say who is to decide: a key that may, or a person. Repeating it changes nothing; 410 once nobody can decide."""
    wish = once(request, "reviews.assign", {"review_id": review_id, **as_sent(body)})
    assigned = await desk.reviews.assign(caller, review_id, body.assignee, wish)
    return answered({"data": present_shown(assigned.shown)}, response, replayed=assigned.replayed)


@router.post("/reviews/{review_id}/comments", status_code=201, summary="Comment on a review")
@needs(Capability.REVIEWS_DECIDE)
@repeatable
async def comment_review(
    review_id: str, request: Request, response: Response, body: CommentReview, caller: Caller, desk: Services
) -> JsonObject:
    """Say something to the other reviewers. The words are sealed with the run's content and go with it."""
    wish = once(request, "reviews.comment", {"review_id": review_id, **as_sent(body)})
    said = await desk.reviews.comment(caller, review_id, body.text, wish)
    return answered({"data": present_comment(said.comment)}, response, replayed=said.replayed)


@router.post("/reviews/{review_id}/decision", summary="Decide a review")
@needs(Capability.REVIEWS_DECIDE)
@counted(Counting.FREE)
async def decide_review(
    review_id: str, body: DecideReview, caller: Caller, desk: Services, request_id: RequestId
) -> JsonObject:
    """`accept` releases the deliverable to whoever may read the run; with `edited_content` that text instead.

    `revise` starts a run of the same order that is told the note (the key needs `runs:create` and `runs:read` too);
    `reject` records. The run's own state never changes. The first decision wins; the same one again is fine, another
    is a 409; so is one about something else than what is shown now (`DECISION_STALE`).
    """
    shown = await desk.decisions.decide(caller, review_id, body.ruling(), request_id=request_id)
    return {"data": present_shown(shown)}


@router.post("/runs/{run_id}/disposition", summary="Accept or reject what a run delivered")
@needs(Capability.REVIEWS_DECIDE)
async def dispose_run(run_id: str, body: DisposeRun, caller: Caller, desk: Services) -> JsonObject:
    """Say of a completed run whether its deliverable was right. Once: it teaches the verifier, and changes nothing.

    The same again is fine, the opposite a 409.
    """
    said = await desk.decisions.dispose(caller, run_id, body.disposition, body.note)
    return {"data": present_disposition(said)}


@router.get("/verification/calibration", summary="Read how well confidences hold")
@needs(Capability.RUNS_READ)
async def read_calibration(query: CalibrationQuery, caller: Caller, desk: Services) -> JsonObject:
    """By agent, rubric and version: what people decided against what the verifier had said, and what a threshold
    would have done. Learnt from reviews and dispositions of this workspace.
    """
    return whole([present_report(one) for one in await desk.calibration.reports(caller, query.agent)])
