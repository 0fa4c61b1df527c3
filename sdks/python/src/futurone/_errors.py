"""The exceptions of the SDK: one class per type of error the API knows, and two for a server that cannot be reached."""

from collections.abc import Mapping
from typing import Any


class FuturOneError(Exception):
    """Whatever went wrong between this program and the server."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConnectionFailed(FuturOneError):
    """The server could not be reached, or the connection broke before an answer was complete. ``base_url`` is where."""

    def __init__(self, message: str, *, base_url: str | None = None) -> None:
        super().__init__(message)
        self.base_url = base_url


class TimedOut(FuturOneError):
    """Neither an answer nor the awaited state came in time."""


class APIError(FuturOneError):
    """The server answered with an error.

    ``status`` is the HTTP status; ``type``, ``code`` and ``reason_code`` are the API's words for what is wrong, from
    coarse to exact; ``details`` is what it adds, ``request_id`` what to quote, ``retry_after`` the seconds it asks to
    wait, if any.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        type: str | None = None,  # noqa: A002 - the contract's name
        code: str | None = None,
        reason_code: str | None = None,
        details: Mapping[str, Any] | list[Any] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type
        self.code = code
        self.reason_code = reason_code
        self.details = details
        self.request_id = request_id
        self.retry_after = retry_after

    def __str__(self) -> str:
        """The message and, where known, the id of the request."""
        return f"{self.message} (request {self.request_id})" if self.request_id else self.message


class InvalidRequestError(APIError):
    """The request is malformed, or a member is missing, unknown or wrong; the message names it (400)."""


class AuthenticationError(APIError):
    """The key is missing, unknown, revoked or expired (401)."""


class PermissionDeniedError(APIError):
    """The key is valid and lacks a capability, a project or an agent; the message names it (403)."""


class NotFoundError(APIError):
    """There is no such thing for this key (404)."""


class ConflictError(APIError):
    """The state of the thing does not allow it, or an idempotency key was used for something else (409)."""


class GoneError(APIError):
    """The content was erased, or the link has expired (410)."""


class TooLargeError(APIError):
    """The body or a file is larger than the server takes (413)."""


class RateLimitError(APIError):
    """Too much for now; ``retry_after`` says how many seconds to wait, where the server said so (429)."""


class ServerError(APIError):
    """The server failed (5xx), or answered with what is no answer of this API."""


BY_TYPE: Mapping[str, type[APIError]] = {
    "invalid_request": InvalidRequestError,
    "authentication_error": AuthenticationError,
    "permission_error": PermissionDeniedError,
    "not_found": NotFoundError,
    "conflict": ConflictError,
    "gone": GoneError,
    "too_large": TooLargeError,
    "rate_limited": RateLimitError,
    "server_error": ServerError,
}

BY_STATUS: Mapping[int, type[APIError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: InvalidRequestError,
    406: InvalidRequestError,
    409: ConflictError,
    410: GoneError,
    413: TooLargeError,
    415: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitError,
}


def class_of(status: int, error_type: str | None) -> type[APIError]:
    """The class for an error: by its type, else (an answer of something in between) by its status."""
    by_status = ServerError if status >= 500 else BY_STATUS.get(status, APIError)
    return by_status if error_type is None else BY_TYPE.get(error_type, by_status)
