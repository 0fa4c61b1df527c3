"""Every route says which capability it needs; the application does not start with one that does not."""

from collections.abc import Callable
from typing import Any, TypeVar

from futurone_server.features.keys import Capability
from futurone_server.web.query import Parameters

F = TypeVar("F", bound=Callable[..., Any])
_MARK = "needed_capability"
_TAKEN = "taken_parameters"


def needs(capability: Capability | None) -> Callable[[F], F]:
    """Declare what a route needs; None for one that is open to everybody or to any valid key.

    The guard asks the caller for it before anything else of the request is looked at, and the service behind the route
    asks again. The reference shows it, and the matrix of keys and routes is tested from it.
    """

    def mark(endpoint: F) -> F:
        setattr(endpoint, _MARK, capability)
        return endpoint

    return mark


def is_declared(endpoint: object) -> bool:
    """Whether a route has said what it needs."""
    return hasattr(endpoint, _MARK)


def needed(endpoint: object) -> Capability | None:
    """What a route said it needs."""
    found: Capability | None = getattr(endpoint, _MARK)
    return found


def takes(parameters: Parameters) -> Callable[[F], F]:
    """Declare what the query of a route may hold, where the route reads it by itself."""

    def mark(endpoint: F) -> F:
        setattr(endpoint, _TAKEN, parameters)
        return endpoint

    return mark


def taken(endpoint: object) -> Parameters | None:
    """What a route said its query may hold; None where its arguments say it."""
    return getattr(endpoint, _TAKEN, None)
