"""What callers may ask about the audit trail."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from futurone_server.api.lists import ListQuery
from futurone_server.api.moments import Instant
from futurone_server.features.audit import Filter
from futurone_server.kit import limits
from futurone_server.kit.errors import invalid_field

_Text = Annotated[str, Field(max_length=limits.LABEL_CHARS_MAX)]


class AuditQuery(ListQuery):
    """The filters of the trail; for an export, the number after which it begins."""

    action: Annotated[_Text | None, Field(description="What was done.", examples=["key.revoked"])] = None
    actor: Annotated[_Text | None, Field(description="Whose act: the id of a key, or `system`.")] = None
    resource: Annotated[_Text | None, Field(description="To which thing: its id.")] = None
    created_after: Annotated[Instant | None, Field(description="RFC 3339; this moment included.")] = None
    created_before: Annotated[Instant | None, Field(description="RFC 3339; this moment not included.")] = None
    after: Annotated[
        int | None, Field(description="For an export: begin behind the line of this number.", ge=0, le=2**62)
    ] = None

    def filter(self) -> Filter:
        """Which lines are asked for. Raises Invalid."""
        if self.after is not None:
            raise invalid_field("after", "belongs to an export (Accept: application/jsonl); a list takes cursor")
        return Filter(
            action=self.action,
            actor=self.actor,
            resource=self.resource,
            since=self.created_after,
            before=self.created_before,
        )

    def begin(self) -> int:
        """Behind which line an export begins. Raises Invalid for a filter: the chain has no gaps."""
        for name in sorted(self.model_fields_set - {"after"}):
            raise invalid_field(name, "an export is the whole chain; only `after` can be given")
        return self.after or 0


ListLines = Annotated[AuditQuery, Query()]
