"""What callers may send about reviews."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StrictStr

from futurone_server.api.labels import Label
from futurone_server.api.lists import ListQuery
from futurone_server.features.reviews import Decision, Filter, Judgement, ReviewStatus, Ruling
from futurone_server.features.reviews import rules as review_rules
from futurone_server.kit import limits

_Text = Annotated[str, Field(max_length=limits.LABEL_CHARS_MAX)]
_Note = Annotated[StrictStr, Field(min_length=1, max_length=review_rules.TEXT_CHARS_MAX)]


class ReviewsQuery(ListQuery):
    """The filters of the review queue."""

    status: Annotated[list[ReviewStatus], Field(default_factory=list, description="Repeat it for several.")]
    assignee: Annotated[_Text | None, Field(description="Of one key or person, by id.")] = None
    agent: Annotated[_Text | None, Field(description="Of runs of one agent.", examples=["research"])] = None
    mode: Annotated[Literal["live", "test", "all"] | None, Field(description="Default: as the key that asks.")] = None

    def filter(self, default_mode: str) -> Filter:
        """Which reviews are asked for."""
        mode = self.mode or default_mode
        return Filter(
            statuses=tuple(self.status),
            assignee=self.assignee,
            agent=self.agent,
            mode=None if mode == "all" else mode,
        )


ListReviews = Annotated[ReviewsQuery, Query()]


class AssignReview(BaseModel):
    """Who is to decide."""

    model_config = ConfigDict(extra="forbid")

    assignee: Annotated[Label | None, Field(description="The id of a key or a person; null: nobody in particular.")]


class CommentReview(BaseModel):
    """Something to say about a review."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[_Note, Field(description="Content: sealed with the run's, and gone with it.")]


class DecideReview(BaseModel):
    """A decision over what was shown."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision
    content_hash: Annotated[Label, Field(description="As the review showed it: the decision is about that.")]
    note: Annotated[_Note | None, Field(description="Why. Required to revise: the next run is told it.")] = None
    edited_content: Annotated[
        StrictStr | None,
        Field(
            max_length=review_rules.EDITED_CHARS_MAX,
            description="With `accept`: the text that is released instead, as an artifact of the engine `human`.",
        ),
    ] = None

    def ruling(self) -> Ruling:
        """The decision in the words of the house."""
        return Ruling(
            decision=self.decision, content_hash=self.content_hash, note=self.note, edited=self.edited_content
        )


class DisposeRun(BaseModel):
    """Whether what a completed run delivered was right."""

    model_config = ConfigDict(extra="forbid")

    disposition: Judgement
    note: Annotated[_Note | None, Field(description="Why. Content: sealed with the run's.")] = None


class CalibrationFilter(BaseModel):
    """Whose calibration is asked for."""

    model_config = ConfigDict(extra="forbid")

    agent: Annotated[_Text | None, Field(description="Of one agent.", examples=["research"])] = None


CalibrationQuery = Annotated[CalibrationFilter, Query()]
