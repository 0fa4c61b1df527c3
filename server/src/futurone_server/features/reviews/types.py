"""What a review is: who is to decide over which run until when, what was decided, and what is shown for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from futurone_server.features.runs import Artifact, Run


class ReviewStatus(StrEnum):
    """The states of a review. All but the first are its end."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REVISED = "revised"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Decision(StrEnum):
    """What a person can say of a deliverable that is held."""

    ACCEPT = "accept"
    REVISE = "revise"
    REJECT = "reject"


class Judgement(StrEnum):
    """What a person can say of a deliverable that was completed."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


ENDED_AS: Mapping[Decision, ReviewStatus] = {
    Decision.ACCEPT: ReviewStatus.ACCEPTED,
    Decision.REVISE: ReviewStatus.REVISED,
    Decision.REJECT: ReviewStatus.REJECTED,
}


@dataclass(frozen=True, kw_only=True)
class Review:
    """A review as its row tells it. ``run`` is the run that is held; ``artifact_id`` what a person wrote instead."""

    id: str
    run: Run
    status: ReviewStatus
    assignee: str | None
    due_at: datetime
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    decision_digest: bytes | None
    child_run_id: str | None
    artifact_id: str | None
    comments: int


@dataclass(frozen=True, kw_only=True)
class Comment:
    """What somebody said about a review. ``text`` is content: None once it is erased."""

    id: str
    author: str
    created_at: datetime
    text: str | None


@dataclass(frozen=True, kw_only=True)
class Deliverable:
    """An artifact with its text, or without where it is too long to be shown along."""

    artifact: Artifact
    text: str | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a reviewer is shown. All members but ``review`` and the comments' authors are content: None once erased.

    ``account`` is the verifier's, with its reasons. A decision is bound to ``content_hash``.
    """

    review: Review
    comments: tuple[Comment, ...]
    deliverables: tuple[Deliverable, ...] | None = None
    account: Mapping[str, object] | None = None
    note: str | None = None
    content_hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """A decision as a reviewer sends it. ``note`` and ``edited`` are content."""

    decision: Decision
    content_hash: str
    note: str | None = None
    edited: str | None = None


@dataclass(frozen=True, kw_only=True)
class Disposition:
    """What was said of a completed run's deliverable, by whom and when."""

    run_id: str
    judgement: Judgement
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which reviews are looked for; None means any. The last three are what the caller's key reaches."""

    statuses: tuple[ReviewStatus, ...] = ()
    assignee: str | None = None
    agent: str | None = None
    mode: str | None = "live"
    projects: frozenset[str] | None = None
    agents: frozenset[str] | None = None
    within_mode: str | None = None
