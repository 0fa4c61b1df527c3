"""What goes wrong with a model, told apart: a stable code, whether others may be tried, and when to come back.

A provider's own words never leave this file: they may quote the prompt.
"""

from dataclasses import dataclass

from pydantic_ai import exceptions as told

from futurone_server.models.port import ModelError


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A failed call. ``is_of_model``: the breaker should know, because the next request would fail as well."""

    reason: str
    is_of_model: bool
    is_transient: bool
    after_s: float | None = None


_KINDS: tuple[tuple[type[BaseException], str, bool, bool], ...] = (
    (told.ModelRateLimitError, "RATE_LIMITED", True, True),
    (told.ModelQuotaExceededError, "QUOTA_EXCEEDED", True, False),
    (told.ModelOverloadedError, "OVERLOADED", True, True),
    (told.ModelUnavailableError, "UNAVAILABLE", True, True),
    (told.ModelRequestTimeout, "TIMEOUT", True, True),
    (told.ModelTimeoutError, "TIMEOUT", True, True),
    (told.ModelConnectionError, "CONNECTION_LOST", True, True),
    (told.ModelAuthenticationError, "KEY_REFUSED", True, False),
    (told.ModelNotFoundError, "MODEL_NOT_FOUND", True, False),
    (told.ModelContextWindowExceededError, "CONTEXT_EXCEEDED", False, False),
    (told.ModelRequestRejectedError, "REQUEST_REJECTED", False, False),
    (told.ModelServerError, "SERVER_ERROR", True, True),
    (told.ModelAPIError, "PROVIDER_ERROR", True, True),
    (told.UserError, "NOT_SUPPORTED", True, False),
    (told.ContentFilterError, "CONTENT_FILTERED", False, False),
    (told.UnexpectedModelBehavior, "ANSWER_UNREADABLE", True, True),
)


def failure_of(error: BaseException) -> Failed | None:
    """What a call's exception means; None for what is no failure of a model."""
    for kind, reason, is_of_model, is_transient in _KINDS:
        if isinstance(error, kind):
            after_s = error.retry_after if isinstance(error, told.ModelAPIError) else None
            return Failed(reason=reason, is_of_model=is_of_model, is_transient=is_transient, after_s=after_s)
    return None


_FINAL = {
    "KEY_REFUSED": (
        "MODEL_KEY_REFUSED",
        "the provider refused the key; “futurone models test” says which variable holds it.",
    ),
    "MODEL_NOT_FOUND": (
        "MODEL_NOT_FOUND",
        "the provider does not know it; “futurone models test” says what to look at.",
    ),
    "QUOTA_EXCEEDED": ("MODEL_QUOTA_EXCEEDED", "the provider's account has no quota or credit left."),
    "CONTEXT_EXCEEDED": ("MODEL_CONTEXT_EXCEEDED", "what was asked is longer than any model of this class can take."),
    "CONTENT_FILTERED": ("MODEL_CONTENT_FILTERED", "the provider's content filter refused to answer."),
    "NOT_SUPPORTED": (
        "MODEL_NOT_SUPPORTED",
        "it cannot do what was asked of it; look at the option output in FUTURONE_MODELS.",
    ),
}
"""The word and the message for what does not pass by itself."""


def all_failed(failures: list[tuple[str, Failed]]) -> ModelError:
    """One error for a chain in which every model failed: of what may pass soonest, else of the last."""
    passing = [failed for _, failed in failures if failed.is_transient]
    if passing:
        waits = [failed.after_s for failed in passing if failed.after_s is not None]
        names = ", ".join(f"{name} ({failed.reason})" for name, failed in failures)
        after_s = min(waits) if len(waits) == len(passing) else None
        return ModelError(
            "MODEL_UNAVAILABLE", f"No model of this class answered: {names}.", is_transient=True, after_s=after_s
        )
    name, last = failures[-1]
    reason, message = _FINAL.get(last.reason, ("MODEL_REQUEST_REJECTED", "the provider rejected the request."))
    return ModelError(reason, f"{name}: {message}")
