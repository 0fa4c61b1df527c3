"""Every route says which capability it needs and how it is counted; the application does not start otherwise."""

from collections.abc import Callable, Set
from enum import Enum, auto
from typing import Any, TypeVar

from futurone_server.features.keys import Capability
from futurone_server.web.query import Parameters

F = TypeVar("F", bound=Callable[..., Any])
_MARK = "needed_capability"
_COUNTED = "how_counted"
_REPEATED = "knows_repetitions"
_TAKEN = "taken_parameters"


class Counting(Enum):
    """How a request is counted. BY_ROUTE: the route says so itself, once it knows what is asked."""

    STANDARD = auto()
    EXECUTION = auto()
    FREE = auto()
    BY_ROUTE = auto()


_STARTS = frozenset({Capability.RUNS_CREATE, Capability.AGENTS_RUN, Capability.WORKFLOWS_RUN})
_MIXED = frozenset({Capability.RUNS_SIGNAL, Capability.CHATS_USE})
"""Capabilities whose POSTs start work in one case and not in another: their routes have to say which."""


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


def counted(how: Counting) -> Callable[[F], F]:
    """Declare how a route's requests are counted, where that does not follow from its capability."""

    def mark(endpoint: F) -> F:
        setattr(endpoint, _COUNTED, how)
        return endpoint

    return mark


def counting(endpoint: object, methods: Set[str]) -> Counting | None:
    """How a route's requests are counted: as it said, else by its capability. None where that does not tell."""
    said: Counting | None = getattr(endpoint, _COUNTED, None)
    capability = needed(endpoint) if is_declared(endpoint) else None
    if said is not None or "POST" not in methods:
        return said or Counting.STANDARD
    if capability in _MIXED:
        return None
    return Counting.EXECUTION if capability in _STARTS else Counting.STANDARD


def repeatable(endpoint: F) -> F:
    """Declare that a route hands its Idempotency-Key on: a repetition then is free, and answered over the limit too."""
    setattr(endpoint, _REPEATED, True)
    return endpoint


def is_repeatable(endpoint: object) -> bool:
    """Whether a route has said so."""
    return hasattr(endpoint, _REPEATED)


def takes(parameters: Parameters) -> Callable[[F], F]:
    """Declare what the query of a route may hold, where the route reads it by itself."""

    def mark(endpoint: F) -> F:
        setattr(endpoint, _TAKEN, parameters)
        return endpoint

    return mark


def taken(endpoint: object) -> Parameters | None:
    """What a route said its query may hold; None where its arguments say it."""
    return getattr(endpoint, _TAKEN, None)
