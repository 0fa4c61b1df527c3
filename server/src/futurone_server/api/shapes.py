"""The shapes that all answers share: what the reference shows of errors, pages and envelopes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", examples=["2026-06-09T14:22:31Z"])]
"""RFC 3339 in UTC, to the second."""


def an_id(prefix: str) -> dict[str, str]:
    """The schema of an id: opaque, a readable prefix and 26 characters."""
    return {"type": "string", "pattern": f"^{prefix}[0-9a-hjkmnp-tv-z]{{26}}$"}


class Shape(BaseModel):
    """Something the server answers. For the reference only: answers are made by the views, and not checked again."""

    model_config = ConfigDict(defer_build=True)


class ErrorDetail(Shape):
    """What went wrong."""

    type: Annotated[str, Field(description="The class of error: one per row of the table of errors.")]
    code: Annotated[str, Field(description="The same class in capitals.")]
    message: Annotated[str, Field(description="For people: names the thing and the remedy.")]
    details: Annotated[
        dict[str, object],
        Field(
            description="For programs: `field` names the member of the request as it was written, `fields` each of "
            "them where several are wrong, `capability` what the key lacks."
        ),
    ]


class Error(Shape):
    """The one body of every error."""

    error: ErrorDetail
    reason_code: Annotated[str, Field(description="Why, as a stable word.", examples=["FIELD_MISSING"])]
    request_id: Annotated[str, Field(json_schema_extra=an_id("req_"), description="As in `X-Request-Id`.")]


class Pagination(Shape):
    """Where a page stands in its list."""

    total: Annotated[int, Field(description="Rows in the whole list.")]
    limit: Annotated[int, Field(description="Rows asked for.")]
    offset: Annotated[int, Field(description="Rows passed over; 0 when a cursor was given.")]
    page: Annotated[int, Field(description="Which page of `limit` rows this is, from 1; 1 when a cursor was given.")]
    hasMore: Annotated[bool, Field(description="Whether rows follow.")]  # noqa: N815 - a word of the wire
    next_cursor: Annotated[str | None, Field(description="Send as `cursor` for the next page; null at the end.")]
