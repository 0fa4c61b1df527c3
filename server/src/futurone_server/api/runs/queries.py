"""The query of the list of runs, with ``metadata[name]=value`` beside the declared filters."""

import re
from typing import Annotated, Literal

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from futurone_server.api.guard import names_of
from futurone_server.api.lists import ListQuery
from futurone_server.api.moments import Instant
from futurone_server.features.runs import Filter, Status
from futurone_server.kit import limits
from futurone_server.web.query import Parameters

_Text = Annotated[str, Field(max_length=limits.LABEL_CHARS_MAX)]
_METADATA = re.compile(r"metadata\[([^\[\]]{1,64})\]")


class RunsQuery(ListQuery):
    """The filters of the list of runs."""

    status: Annotated[list[Status], Field(default_factory=list, description="Repeat it for several.")]
    agent: Annotated[_Text | None, Field(description="A domain, or an agent's id.")] = None
    project_id: _Text | None = None
    origin: Annotated[_Text | None, Field(description="`api` or `rerun`.")] = None
    created_after: Annotated[Instant | None, Field(description="RFC 3339.")] = None
    created_before: Annotated[Instant | None, Field(description="RFC 3339.")] = None
    min_confidence: Annotated[float | None, Field(ge=0, le=1)] = None
    mode: Annotated[
        Literal["live", "test", "all"] | None, Field(description="Default: the mode of the caller's key.")
    ] = None
    q: Annotated[_Text | None, Field(description="Part of an id, of a label or of the metadata. Tasks are sealed.")] = (
        None
    )


PARAMETERS = Parameters(names=names_of(RunsQuery), pattern=_METADATA)
"""What the query of the list may hold."""


def read_filter(request: Request, *, default_mode: str) -> tuple[ListQuery, Filter]:
    """Paging and filter of a request. Raises RequestValidationError, naming the parameter."""
    plain: dict[str, object] = {}
    metadata: dict[str, object] = {}
    for name, value in request.query_params.multi_items():
        found = _METADATA.fullmatch(name)
        if found:
            metadata[found[1]] = value
        elif name == "status":
            plain["status"] = [*_as_list(plain.get("status")), value]
        else:
            plain[name] = value
    try:
        query = RunsQuery.model_validate(plain)
    except ValidationError as error:
        problems = [{**one, "loc": ("query", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(problems) from None
    wanted = Filter(
        statuses=tuple(one.value for one in query.status),
        agent=query.agent,
        project_id=query.project_id,
        origin=query.origin,
        mode=query.mode or default_mode,
        created_after=query.created_after,
        created_before=query.created_before,
        min_confidence=query.min_confidence,
        metadata=metadata,
        q=query.q,
    )
    return query, wanted


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
