"""The port: what is asked of a language model, who listens while it answers, what comes back, what can go wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from futurone_server.tools.port import Schema, Tool


class Routing(StrEnum):
    """The classes of work a model is chosen for. A failed model is replaced inside its class only."""

    DEEP = "deep"
    CODE = "code"
    DRAFT = "draft"
    WIDE = "wide"
    FAST = "fast"


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a model costs, in US dollars per million tokens, and where that is known from."""

    input_usd: Decimal
    output_usd: Decimal
    source: str


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What one call used. ``is_estimated`` where the provider said nothing, or nothing that can be true."""

    input_tokens: int
    output_tokens: int
    is_estimated: bool = False


@dataclass(frozen=True, kw_only=True)
class Call:
    """One finished call of one model, failed or not. Content-free: it goes into the log's facts as it is."""

    model: str
    routing: Routing
    outcome: str
    """``ok``, or the reason code of the failure."""
    usage: Usage
    price: Price | None
    latency_ms: int

    @property
    def cost_usd(self) -> Decimal | None:
        """What the call cost; None when the price is not known, which is not the same as nothing."""
        if self.price is None:
            return None
        used = self.usage.input_tokens * self.price.input_usd + self.usage.output_tokens * self.price.output_usd
        return used / 1_000_000


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a call may use at most, before it is made."""

    model: str
    tokens: int
    cost_usd: Decimal | None
    call: Call | None = None
    """The call as it would be settled if all of that were used; its input is what is about to be sent."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One thing asked of a model: a text, or with ``schema`` an object that fits it.

    ``instructions`` come from a versioned prompt of ours; ``prompt`` may hold text from outside, marked as such.
    ``check`` looks at an answer that fits the schema and says what is wrong with it, or None; the model is told and
    tries again, ``repairs_max`` times. ``tools`` are all it may call. ``avoid`` names families of models that should
    not answer if there are others, because they made what is judged here. ``only`` names the
    models that may be asked at all; None are all.
    """

    routing: Routing
    instructions: str
    prompt: str
    schema: Schema | None = None
    check: Callable[[object], str | None] = field(default=lambda value: None)
    tools: Sequence[Tool] = ()
    answer_tokens_max: int = 4096
    repairs_max: int = 2
    requests_max: int = 12
    avoid: frozenset[str] = frozenset()
    only: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model answered: a ``str``, or with a schema a ``dict`` that fits it."""

    value: object
    model: str
    family: str
    is_cut: bool = False
    """Whether the answer ended because it was as long as it may be."""


class Listener(Protocol):
    """Who listens while a model answers, and pays for it."""

    async def reserve(self, estimate: Estimate) -> None:
        """Before each call. Raises whatever should stop it: no budget is left."""

    async def settle(self, call: Call) -> None:
        """After each call, failed ones included."""

    def delta(self, text: str) -> None:
        """A piece of the answer's text."""

    def reset(self) -> None:
        """What was streamed so far is void: another model, or another attempt, begins from the start."""

    def substituted(self, model: str, other: str, reason: str) -> None:
        """``other`` answers in place of ``model``; ``reason`` is a code."""

    async def use(self, tool: Tool, args: Mapping[str, object]) -> object:
        """Use a tool for the model: with its limits, its approval, its lines in the log."""


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A configured model, as operators and callers see it."""

    name: str
    provider: str
    family: str
    routings: tuple[Routing, ...]
    window: int | None
    price: Price | None


class Models(Protocol):
    """The configured models."""

    def has(self, routing: Routing) -> bool:
        """Whether there is a model for a class of work."""

    def offered(self) -> Sequence[Offered]:
        """The configured models in the order in which they are tried."""

    async def ask(self, ask: Ask, listener: Listener) -> Answer:
        """Ask the class's models in turn. Raises ModelError; and what ``listener.reserve`` or ``use`` raised."""

    async def close(self) -> None:
        """Close every connection to providers."""


class ModelError(Exception):
    """No model of the class gave an answer that can be used. ``reason_code`` is stable, the message fixed text of ours.

    ``is_transient`` means: it may go well in ``after_s`` seconds or later.
    """

    def __init__(
        self, reason_code: str, message: str, *, is_transient: bool = False, after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.reason_code = reason_code
        self.message = message
        self.is_transient = is_transient
        self.after_s = after_s
