"""The one table from refusals to HTTP, and the one error body."""

from collections.abc import Mapping

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from futurone_server.api.problems import as_refusal
from futurone_server.kit import errors, json

TABLE: Mapping[type[errors.Refusal], tuple[int, str, str]] = {
    errors.Invalid: (400, "invalid_request", "VALIDATION_ERROR"),
    errors.Unauthenticated: (401, "authentication_error", "UNAUTHORIZED"),
    errors.Forbidden: (403, "permission_error", "FORBIDDEN"),
    errors.NotFound: (404, "not_found", "NOT_FOUND"),
    errors.Conflict: (409, "conflict", "CONFLICT"),
    errors.Gone: (410, "gone", "GONE"),
    errors.TooLarge: (413, "too_large", "VALIDATION_ERROR"),
    errors.RateLimited: (429, "rate_limited", "RATE_LIMITED"),
    errors.Unavailable: (503, "server_error", "INTERNAL_ERROR"),
}
"""Refusal → HTTP status, ``type`` and ``code`` (the contract's section 1.1)."""

_SERVER = (500, "server_error", "INTERNAL_ERROR")
_INTERNAL = "Something failed on our side; it has been logged under this request's id. It is safe to try again."
_log = structlog.get_logger("futurone.api")
Answer = tuple[int, bytes, list[tuple[bytes, bytes]]]


def answer(error: Exception, request_id: str) -> Answer:
    """Status, body and extra headers for any error. What is not a refusal says nothing about itself."""
    if not isinstance(error, errors.Refusal):
        return _SERVER[0], _body(_SERVER, _INTERNAL, "INTERNAL", {}, request_id), []
    row = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    headers: list[tuple[bytes, bytes]] = []
    if isinstance(error, errors.RateLimited):
        headers.append((b"retry-after", str(error.retry_after_s).encode()))
    if isinstance(error, errors.Unavailable):
        headers.append((b"retry-after", b"1"))
    if isinstance(error, errors.Unauthenticated):
        headers.append((b"www-authenticate", b'Bearer realm="futurone"'))
    return row[0], _body(row, error.message, error.reason, error.details, request_id), headers


def _body(
    row: tuple[int, str, str], message: str, reason: str, details: Mapping[str, object], request_id: str
) -> bytes:
    error = {"type": row[1], "code": row[2], "message": message, "details": dict(details)}
    return json.dump({"error": error, "reason_code": reason, "request_id": request_id})


def _methods(request: Request) -> tuple[str, str]:
    """The method of a request, and all that its path has."""
    here = [route for route in request.app.state.table if route.path_regex.match(request.scope["path"])]
    found = {method for route in here for method in route.methods}
    if "GET" in found:
        found.add("HEAD")
    return "HEAD" if request.scope["is_head"] else request.method, ", ".join(sorted(found))


def install(app: FastAPI) -> None:
    """Answer every error of the application with the one body."""

    def respond(request: Request, error: Exception) -> Response:
        status, body, headers = answer(error, str(request.scope.get("request_id", "")))
        response = Response(body, status, media_type="application/json")
        for name, value in headers:
            response.headers[name.decode()] = value.decode()
        return response

    async def refused(request: Request, error: Exception) -> Response:
        return respond(request, error)

    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return respond(request, as_refusal(error))

    def not_allowed(request: Request) -> Response:
        method, allowed = _methods(request)
        message = f"{method} is not possible on this path; it has {allowed}."
        response = respond(request, errors.Invalid(message, "METHOD_NOT_ALLOWED"))
        response.status_code = 405
        response.headers["allow"] = allowed
        return response

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return not_allowed(request)
        if error.status_code == 404:
            return respond(request, errors.NotFound("There is nothing at this path."))
        return respond(request, errors.Invalid("The request could not be read.", "MALFORMED_JSON"))

    async def defect(request: Request, error: Exception) -> Response:
        return respond(request, error)

    app.add_exception_handler(errors.Refusal, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, defect)
