"""Health and version, as the reference shows them."""

from typing import Annotated, Literal

from pydantic import Field

from futurone_server.api.shapes import Shape


class Health(Shape):
    """Whether the process lives, or is ready."""

    status: Literal["ok", "unavailable"]


class Dependencies(Shape):
    """What the server stands on."""

    database: Literal["ok", "unavailable"]


class Version(Shape):
    """The server's version and the API's."""

    version: Annotated[str, Field(examples=["0.9.0"])]
    api: Literal["v1"]
