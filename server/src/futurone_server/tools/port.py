"""The port: what a tool is, whoever uses it. A model is offered only those that its step may use."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

Schema = Mapping[str, object]
"""A JSON Schema (draft 2020-12) as plain values."""


class ToolFailedError(Exception):
    """A tool could not do what it was asked to; ``reason_code`` is stable, the message fixed text of ours.

    What comes from outside (a page, a provider's answer) is never in the message: it may be untrusted or secret.
    """

    def __init__(self, reason_code: str, message: str, *, is_transient: bool = False) -> None:
        super().__init__(message)
        self.reason_code = reason_code
        self.message = message
        self.is_transient = is_transient


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool: what it takes, what it gives, how long it may take, and whether it changes anything outside.

    ``use`` gets arguments that fit ``args`` and returns plain values that fit ``result``. It raises ToolFailedError.
    ``has_effects`` means: something outside the run changes. ``reaches_out`` means: what it is asked goes to somebody
    else, so that arguments could carry away what they are made of. A model uses either only as a person approved it.
    """

    name: str
    description: str
    args: Schema
    result: Schema
    timeout_s: float
    use: Callable[[Mapping[str, object]], Awaitable[object]]
    has_effects: bool = False
    reaches_out: bool = False
