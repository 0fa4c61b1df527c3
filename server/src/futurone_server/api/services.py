"""The services as an argument of a route."""

from typing import Annotated, cast

from fastapi import Depends, Request

from futurone_server.api.desk import Desk


def _desk(request: Request) -> Desk:
    return cast(Desk, request.app.state.desk)


Services = Annotated[Desk, Depends(_desk)]
"""Every service by name, as an argument of a route."""
