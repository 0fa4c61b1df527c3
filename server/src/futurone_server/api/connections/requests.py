"""What callers may send about connections."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from futurone_server.api.labels import Label
from futurone_server.features.connections import Change, Kind
from futurone_server.features.connections.rules import NAME_CHARS_MAX
from futurone_server.kit.errors import invalid_field

_NAME = Field(max_length=NAME_CHARS_MAX, description="For people. Not content: kept as it is written.")
_URL = Field(
    max_length=2_000,
    description="An Apprise URL, such as `slack://…` or `mailtos://user:password@example.com`. Sealed, and never shown"
    " again. It must lead to a public host with TLS, unless the operator allows its host and port in"
    " FUTURONE_EGRESS_ALLOW.",
)


class CreateConnection(BaseModel):
    """A connection to people: a chat, or mail."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "apprise", "name": "Research channel", "url": "ntfys://research-of-acme"}]
        },
    )

    kind: Annotated[Kind, Field(description="What stands at the other end. `apprise`: people, in a chat or by mail.")]
    name: Annotated[Label, _NAME]
    url: Annotated[StrictStr, _URL]


class ChangeConnection(BaseModel):
    """What is to be different about a connection; members that are left out stay as they are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Everybody"}]})

    name: Annotated[Label | None, _NAME] = None
    url: Annotated[StrictStr | None, _URL] = None

    def change(self) -> Change:
        """The change in the words of the house. Raises Invalid."""
        for name in ("name", "url"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise invalid_field(name, "must not be null; leave it out to keep it as it is")
        return Change(name=self.name, url=self.url)
