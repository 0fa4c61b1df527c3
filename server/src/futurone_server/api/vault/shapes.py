"""Files, as the reference shows them."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.vault import IndexState


class File(Shape):
    """A file of the vault."""

    id: Annotated[str, Field(json_schema_extra=an_id("file_"))]
    name: str
    type: Annotated[str, Field(description="The media type, found from the bytes and the name.")]
    size: Annotated[int, Field(description="In bytes.")]
    folder_id: str | None
    sha256: Annotated[str, Field(description="Of the bytes, in hex.")]
    index_state: Annotated[IndexState, Field(description="Whether its text can be searched.")]
    created_at: Moment
    updated_at: Moment


class SingleFile(File):
    """A file by itself."""

    download_url: Annotated[str, Field(description="A link to the bytes that needs no key, for 15 minutes.")]
    shared_with: list[object]


class Link(Shape):
    """A link to a file's bytes."""

    url: str
    expires_at: Moment
