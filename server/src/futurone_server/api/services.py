"""The services as an argument of a route."""

from typing import Annotated, cast

from fastapi import Depends, Request

from futurone_server.api.desk import Desk


async def _desk(request: Request) -> Desk:  # async: what is not runs in a thread, at the price of two hops
    return cast(Desk, request.app.state.desk)


Services = Annotated[Desk, Depends(_desk)]
"""Every service by name, as an argument of a route."""
