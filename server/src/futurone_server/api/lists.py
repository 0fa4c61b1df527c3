"""How lists are asked for and shown: limit, offset, page, cursor in; ``data`` and ``pagination`` out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from futurone_server.kit import limits
from futurone_server.kit.errors import Invalid, invalid_field
from futurone_server.kit.json import JsonObject
from futurone_server.kit.page import Cursors, Page, Window, window

T = TypeVar("T")
_LIMIT_NAMES = ("limit", "page_size", "pageSize", "per_page")


class ListQuery(BaseModel):
    """The paging parameters of every list. Unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int | None, Field(description=f"How many rows, 1 to {limits.PAGE_MAX}. Default 20.")] = None
    page_size: Annotated[int | None, Field(description="The same as `limit`.")] = None
    pageSize: Annotated[int | None, Field(description="The same as `limit`.")] = None  # noqa: N815 - a word of the wire
    per_page: Annotated[int | None, Field(description="The same as `limit`.")] = None
    offset: Annotated[int | None, Field(description="How many rows to pass over.")] = None
    page: Annotated[int | None, Field(description="Which page of `limit` rows, from 1.")] = None
    cursor: Annotated[str | None, Field(description="`next_cursor` of an earlier page.", max_length=1000)] = None


Paging = Annotated[ListQuery, Query()]


def read_window(query: ListQuery, cursors: Cursors, kind: str) -> Window:
    """The part of a list that is asked for. Raises Invalid."""
    sizes = {name: getattr(query, name) for name in _LIMIT_NAMES if getattr(query, name) is not None}
    if len(set(sizes.values())) > 1:
        raise invalid_field("limit", f"{' and '.join(sizes)} mean the same and say different things")
    found = window(next(iter(sizes.values()), None), query.offset, query.page)
    if query.cursor is None:
        return found
    if query.offset is not None or query.page is not None:
        raise Invalid("cursor: cannot be combined with offset or page", "INVALID_CURSOR", details={"field": "cursor"})
    return Window(limit=found.limit, after=cursors.read(kind, query.cursor))


def present_page(
    page: Page[T], cursors: Cursors, kind: str, present: Callable[[T], Mapping[str, object]]
) -> dict[str, object]:
    """A page as it goes over the wire."""
    asked = page.window
    cursor = None if page.next_after is None else cursors.write(kind, page.next_after)
    pagination = {
        "total": page.total,
        "limit": asked.limit,
        "offset": asked.offset,
        "page": asked.offset // asked.limit + 1,
        "hasMore": page.has_more,
        "next_cursor": cursor,
    }
    return {"data": [present(item) for item in page.items], "pagination": pagination}


def whole(shown: Sequence[JsonObject]) -> JsonObject:
    """A list that is never long, as one page."""
    pagination = {
        "total": len(shown),
        "limit": max(1, len(shown)),
        "offset": 0,
        "page": 1,
        "hasMore": False,
        "next_cursor": None,
    }
    return {"data": list(shown), "pagination": pagination}
