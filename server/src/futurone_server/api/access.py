"""Every route says which capability it needs; the application does not start with one that does not."""

from collections.abc import Callable
from typing import Any, TypeVar

from futurone_server.features.keys import Capability

F = TypeVar("F", bound=Callable[..., Any])
_MARK = "needed_capability"


def needs(capability: Capability | None) -> Callable[[F], F]:
    """Declare what a route needs; None for one that is open to everybody or to any valid key.

    The service behind the route asks the caller for it; this declaration is what the reference shows and what the
    matrix of keys and routes is tested from.
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
