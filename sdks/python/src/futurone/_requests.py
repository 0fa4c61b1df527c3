"""One request and its answer as plain values, before and after anything touches a socket."""

import io
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar
from urllib.parse import quote

from futurone._errors import APIError, ServerError, class_of

T = TypeVar("T")
Source = str | PathLike[str] | bytes | BinaryIO
Query = tuple[tuple[str, str], ...]


class KeyUse(Enum):
    """Whether a request carries the key: it must, it may (where there is one), or it must not (signed links)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file on its way to the server: opened anew for every attempt, so that a retry sends all of it."""

    source: str | PathLike[str] | bytes | BinaryIO
    name: str
    fields: Mapping[str, str]

    def open(self) -> AbstractContextManager[BinaryIO]:
        """The bytes to send. A path is opened here and closed after the attempt; raises OSError."""
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        if isinstance(self.source, str | PathLike):
            return Path(self.source).open("rb")
        return nullcontext(self.source)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to send. ``url`` is a path below the base URL, or absolute; the server may hold its answer ``hold_s``."""

    method: str
    url: str
    query: Query = ()
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    upload: Upload | None = None
    hold_s: float = 0.0
    key_use: KeyUse = KeyUse.REQUIRED


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer, read to its end. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises ServerError when it is something else."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise self.nonsense("the body is not JSON") from error

    def nonsense(self, what: str) -> ServerError:
        """The error for an answer that no server of this API gives."""
        return ServerError(
            f"The answer (HTTP {self.status}) is not one of FuturOne's: {what}. Is the base URL right?",
            status=self.status,
            reason_code="INVALID_RESPONSE",
            request_id=self.headers.get("x-request-id"),
        )


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """A request together with the reading of its answer."""

    request: Request
    read: Callable[[Reply], T]


def post(url: str, body: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None) -> Request:
    """A POST that may be repeated without harm: it carries an idempotency key, the caller's or a new one."""
    headers = {"content-type": "application/json", "idempotency-key": check_idempotency_key(idempotency_key)}
    return Request(method="POST", url=url, content=encode_json(body or {}), headers=headers)


def get_page(url: str, filters: Mapping[str, Any], *, cursor: str | None) -> Request:
    """A request for one page: filters under their own names, ``page_size`` as the wire's ``limit``.

    Raises TypeError for the wire's own paging words: iterating fetches every page, ``page_size`` says how large.
    """
    reserved = sorted({"limit", "offset", "page", "cursor"} & filters.keys())
    if reserved:
        raise TypeError(f"{reserved[0]!r} is not a filter: iterate over the list, or use page_size and page(cursor)")
    query = {name: value for name, value in filters.items() if name != "page_size"}
    return Request(
        method="GET", url=url, query=query_of({**query, "limit": filters.get("page_size"), "cursor": cursor})
    )


def check_idempotency_key(key: str | None) -> str:
    """The caller's key or a new one. Raises ValueError unless it is 1 to 255 visible ASCII characters."""
    if key is None:
        return f"auto-{secrets.token_hex(16)}"
    if not 1 <= len(key) <= 255 or not all("!" <= char <= "~" for char in key):
        raise ValueError("An idempotency key is 1 to 255 visible ASCII characters")
    return key


def encode_json(value: Any) -> bytes:
    """JSON in ASCII. Raises ValueError for numbers JSON does not have, TypeError for values it does not know."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"), default=_encode_time).encode("ascii")


def segment(value: str) -> str:
    """An id as one segment of a path. Raises ValueError for one that would change the path instead."""
    if not value or value in {".", ".."}:
        raise ValueError(f"{value!r} is not an id")
    return quote(value, safe="")


def query_of(filters: Mapping[str, Any]) -> Query:
    """Filters as query parameters: None is left out, a list repeats its name, a mapping becomes ``name[key]``."""
    pairs: list[tuple[str, str]] = []
    for name, value in filters.items():
        if isinstance(value, Mapping):
            pairs += [(f"{name}[{key}]", _query_text(each)) for key, each in value.items()]
        elif isinstance(value, list | tuple | set | frozenset):
            pairs += [(name, _query_text(each)) for each in value]
        elif value is not None:
            pairs.append((name, _query_text(value)))
    return tuple(pairs)


def error_of(reply: Reply) -> APIError:
    """The exception for an answer that is not a success, whoever gave it."""
    body = _error_body(reply)
    error = body.get("error")
    known: Mapping[str, Any] = error if isinstance(error, dict) else {"message": error}
    error_type = known.get("type")
    return class_of(reply.status, error_type if isinstance(error_type, str) else None)(
        str(known.get("message") or f"The server answered with HTTP status {reply.status}"),
        status=reply.status,
        type=error_type,
        code=known.get("code"),
        reason_code=body.get("reason_code"),
        details=known.get("details"),
        request_id=body.get("request_id") or reply.headers.get("x-request-id"),
        retry_after=retry_after_s(reply.headers),
    )


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks to wait: a number, or a date measured against the server's own ``Date``."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _error_body(reply: Reply) -> Mapping[str, Any]:
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _query_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _encode_time(value) if isinstance(value, datetime) else str(value)


def _encode_time(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} has no place in JSON")
    if value.tzinfo is None:
        raise ValueError("A time needs its zone: datetime(..., tzinfo=UTC)")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
