"""The guard before every route: first the key, its rate, its right, then query and headers; only then the form."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import Route

from futurone_server.api.access import Counting, counting, is_declared, is_repeatable, needed, taken
from futurone_server.features.keys import Capability, RateClass
from futurone_server.web.context import admitted, authenticate
from futurone_server.web.door import App, Receive, Scope, Send
from futurone_server.web.headers import check_headers
from futurone_server.web.query import Parameters
from futurone_server.web.rate_limit import count, give_back, look
from futurone_server.web.strict import StrictRoute


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What a route asks of everybody who calls it. ``counting`` is None where nobody knows how: no such route starts.

    ``replays``: a request with an Idempotency-Key that was sent before is answered with what it made then.
    """

    takes_key: bool
    capability: Capability | None
    parameters: Parameters
    counting: Counting | None = Counting.STANDARD
    replays: bool = False

    async def admit(self, scope: Scope) -> None:
        """Raises Unauthenticated, RateLimited, Forbidden or Invalid, in this order; nothing has been parsed yet."""
        if self.takes_key:
            caller = await authenticate(scope)
            if self._rate is None:
                await look(scope, _SHOWN[self.counting or Counting.FREE])
            else:
                await count(scope, self._rate, spares_repetitions=self.replays)
            if self.capability is not None:
                caller.require(self.capability)
        self.parameters.check(scope)
        check_headers(scope)

    async def settle(self, scope: Scope, answer: Response) -> None:
        """Give back what a repetition was counted for. Raises RateLimited where none was, and none would be let in."""
        is_repetition = "idempotent-replayed" in answer.headers
        if "unless_repeated" in scope and not is_repetition:
            raise scope["unless_repeated"]
        if self.takes_key and self._rate is not None and is_repetition:
            await give_back(scope, self._rate)

    @property
    def _rate(self) -> RateClass | None:
        """The class in which every request is counted before it is read, if there is one."""
        return None if self.counting is None else _COUNTED.get(self.counting)


_COUNTED = {Counting.STANDARD: RateClass.STANDARD, Counting.EXECUTION: RateClass.EXECUTION}
_SHOWN = {Counting.FREE: RateClass.STANDARD, Counting.BY_ROUTE: RateClass.EXECUTION}
"""Which class a response speaks of when its request was not counted at the door."""

OPEN = Guard(takes_key=False, capability=None, parameters=Parameters())
"""Lets everybody in who asks for nothing in particular."""


class GuardedRoute(StrictRoute):
    """A route of the framework behind its guard, which is made from what the endpoint declares."""

    guard: Guard

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, entered by those who were let in."""
        handler = super().get_route_handler()
        guard = self.guard = _guard(self)

        async def handle(request: Request) -> Response:
            await guard.admit(request.scope)
            answer = await handler(request)
            await guard.settle(request.scope, answer)
            return answer

        return handle


class PlainRoute(Route):
    """A plain ASGI application that answers GET, behind its guard."""

    def __init__(self, path: str, app: App, guard: Guard) -> None:
        super().__init__(path, _Guarded(app, guard), methods=["GET"])
        self.guard = guard


class _Guarded:
    def __init__(self, app: App, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._guard.admit(scope)
        await self._app(scope, receive, send)


def _guard(route: APIRoute) -> Guard:
    takes_key = any(one.call is admitted for one in route.dependant.dependencies)
    capability = needed(route.endpoint) if is_declared(route.endpoint) else None
    parameters = taken(route.endpoint) or Parameters(names=dict(_names(route.dependant)))
    return Guard(
        takes_key=takes_key,
        capability=capability,
        parameters=parameters,
        counting=counting(route.endpoint, route.methods or set()),
        replays=is_repeatable(route.endpoint),
    )


def _names(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for one in dependant.query_params:
        kind = one.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from names_of(kind).items()
        else:
            yield one.alias, get_origin(kind) is list


def names_of(query: type[BaseModel]) -> dict[str, bool]:
    """The names of a query's parameters, and whether each may be repeated."""
    return {name: get_origin(one.annotation) is list for name, one in query.model_fields.items()}
