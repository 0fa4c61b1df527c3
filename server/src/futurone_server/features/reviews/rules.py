"""The law of reviews: what a decision must hold, when it comes too late, and when it is the same one again."""

from datetime import datetime, timedelta

from futurone_server.features.reviews.types import Decision, Review, ReviewStatus, Ruling
from futurone_server.kit.errors import Conflict, Gone, invalid_field, missing_field

DUE_S = 72 * 60 * 60
"""A review is due when the content that it is about is erased at the latest (the contract's section 3)."""

TEXT_CHARS_MAX = 6_000
"""A note or a comment."""

EDITED_CHARS_MAX = 500_000
"""A deliverable that a person has edited."""

COMMENTS_MAX = 500
"""Of one review."""

SHOWN_BYTES_MAX = 256 << 10
"""A longer artifact is not shown along with its review, but read by itself."""


def due_at(ended: datetime) -> datetime:
    """When the review of a run that ended then is due."""
    return ended + timedelta(seconds=DUE_S)


def check_ruling(ruling: Ruling, *, has_deliverable: bool) -> None:
    """Refuse a decision that says too little or too much. Raises Invalid, naming the field."""
    if ruling.decision is Decision.REVISE and not (ruling.note or "").strip():
        raise missing_field("note", "is required to revise: it is what the next run is told")
    if ruling.edited is None:
        if ruling.decision is Decision.ACCEPT and not has_deliverable:
            raise invalid_field(
                "decision", "there is no deliverable to accept: send edited_content, or decide revise or reject"
            )
        return
    if ruling.decision is not Decision.ACCEPT:
        raise invalid_field("edited_content", f"goes with the decision accept, not with {ruling.decision}")
    if not ruling.edited.strip():
        raise invalid_field("edited_content", "must not be blank")


def check_open(review: Review) -> None:
    """Refuse what only an open review takes. Raises Gone and Conflict."""
    if review.status is ReviewStatus.EXPIRED or review.run.is_erased:
        raise Gone("Nobody decided in time: the content that this review is about has been erased.")
    if review.status is not ReviewStatus.PENDING:
        raise decided(review)


def decided(review: Review) -> Conflict:
    """The refusal of another decision than the one that was made."""
    return Conflict(
        f"The review has been decided already: {review.status}.",
        "REVIEW_DECIDED",
        details={"status": review.status.value, "decided_by": review.decided_by},
    )
