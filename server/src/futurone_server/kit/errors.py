"""The refusals: every way in which a use case says no.

Refusal
├── Invalid          the request is malformed, or a field does not fit
├── Unauthenticated  no credential, or one that does not hold
├── Forbidden        a good credential without the right
├── NotFound         absent, or another workspace's: the two are indistinguishable
├── Conflict         the thing is in a state that does not allow this
├── Gone             it was there and has been erased
├── TooLarge         over a stated bound
├── RateLimited      too often, too much, or out of budget
└── Unavailable      this server cannot do it now; nothing was done

Each carries a stable UPPER_SNAKE reason and a message that names the thing and the remedy. HTTP status codes are given
to them in one table, in ``api/errors.py``.
"""

from collections.abc import Mapping


class Refusal(Exception):
    """A use case says no. Not a defect: expected, and told to the caller."""

    default_reason = "INTERNAL"

    def __init__(self, message: str, reason: str | None = None, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason
        self.details: dict[str, object] = dict(details or {})


class Invalid(Refusal):
    """The request is malformed, or a field does not fit."""

    default_reason = "FIELD_INVALID"


class Unauthenticated(Refusal):
    """No credential, or one that does not hold."""

    default_reason = "AUTH_KEY_INVALID"


class Forbidden(Refusal):
    """A good credential without the right."""

    default_reason = "CAPABILITY_MISSING"


class NotFound(Refusal):
    """Absent, or another workspace's."""

    default_reason = "NOT_FOUND"


class Conflict(Refusal):
    """The thing is in a state that does not allow this."""

    default_reason = "CONFLICT"


class Gone(Refusal):
    """It was there and has been erased."""

    default_reason = "CONTENT_ERASED"


class TooLarge(Refusal):
    """Over a stated bound."""

    default_reason = "BODY_TOO_LARGE"


class RateLimited(Refusal):
    """Too often, too much, or out of budget."""

    default_reason = "RATE_LIMITED"

    def __init__(
        self,
        message: str,
        reason: str | None = None,
        *,
        retry_after_s: int = 1,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, reason, details=details)
        self.retry_after_s = retry_after_s


class Unavailable(Refusal):
    """This server cannot do it now; nothing was done."""

    default_reason = "UNAVAILABLE"


def invalid_field(field: str, message: str) -> Invalid:
    """A refusal that names one field and says what would be right."""
    return Invalid(f"{field}: {message}", details={"field": field})


def missing_field(field: str, message: str) -> Invalid:
    """A refusal that names a field which must be there."""
    return Invalid(f"{field}: {message}", "FIELD_MISSING", details={"field": field})
