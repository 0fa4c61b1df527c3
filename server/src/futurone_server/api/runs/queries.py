"""The query of the list of runs, with ``metadata[name]=value`` beside the declared filters."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from futurone_server.api.lists import ListQuery
from futurone_server.features.runs import Filter, Status
from futurone_server.kit import limits

_METADATA = re.compile(r"metadata\[([^\[\]]{1,64})\]")


class RunsQuery(ListQuery):
    """The filters of the list of runs."""

    status: Annotated[list[Status], Field(default_factory=list)]
    agent: Annotated[str | None, Field(max_length=limits.LABEL_CHARS_MAX)] = None
    project_id: Annotated[str | None, Field(max_length=limits.LABEL_CHARS_MAX)] = None
    origin: Annotated[str | None, Field(max_length=limits.LABEL_CHARS_MAX)] = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    min_confidence: Annotated[float | None, Field(ge=0, le=1)] = None
    mode: Literal["live", "test", "all"] | None = None
    q: Annotated[str | None, Field(max_length=limits.LABEL_CHARS_MAX)] = None


class ListRuns:
    """The declared parameters of the list, for the reference; ``read_filter`` reads the query itself."""

    def __init__(  # noqa: PLR0913 - one argument per query parameter
        self,
        status: Annotated[list[str] | None, Query(description="Repeatable.")] = None,
        agent: str | None = None,
        project_id: str | None = None,
        origin: Annotated[str | None, Query(description="api, rerun …")] = None,
        created_after: Annotated[str | None, Query(description="RFC 3339.")] = None,
        created_before: Annotated[str | None, Query(description="RFC 3339.")] = None,
        min_confidence: str | None = None,
        mode: Annotated[str | None, Query(description="live, test or all.")] = None,
        q: Annotated[str | None, Query(description="Searches ids, metadata and labels; tasks are sealed.")] = None,
        limit: str | None = None,
        offset: str | None = None,
        page: str | None = None,
        cursor: str | None = None,
    ) -> None:
        """Takes everything as text: the reader judges it."""


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
        created_after=_aware(query.created_after),
        created_before=_aware(query.created_before),
        min_confidence=query.min_confidence,
        metadata=metadata,
        q=query.q,
    )
    return query, wanted


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
