"""Pages of lists: limit, offset, page and signed cursors."""

import base64
import binascii
from dataclasses import dataclass
from typing import Generic, TypeVar

from futurone_server.kit import crypto, json, limits
from futurone_server.kit.errors import Invalid, invalid_field

_TAG_BYTES = 12
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Window:
    """What part of a list is asked for. ``after`` is the sort key of the last row seen, from a cursor."""

    limit: int = limits.PAGE_DEFAULT
    offset: int = 0
    after: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list, and where it stands in the whole."""

    items: tuple[T, ...]
    total: int
    window: Window
    next_after: tuple[str, ...] | None

    @property
    def has_more(self) -> bool:
        """Whether rows follow after this page."""
        return self.next_after is not None


def window(limit: int | None, offset: int | None, page: int | None, *, default: int = limits.PAGE_DEFAULT) -> Window:
    """A window from `limit` with `offset` or `page` (from 1). Raises Invalid."""
    size = default if limit is None else limit
    if not 1 <= size <= limits.PAGE_MAX:
        raise invalid_field("limit", f"must be from 1 to {limits.PAGE_MAX}")
    if offset is not None and page is not None:
        raise invalid_field("page", "cannot be combined with offset")
    if page is not None and page < 1:
        raise invalid_field("page", "counts from 1")
    start = (page - 1) * size if page is not None else (offset or 0)
    if not 0 <= start <= 10**9:
        raise invalid_field("offset" if page is None else "page", "must be from 0 to 1000000000 rows")
    return Window(limit=size, offset=start)


class Cursors:
    """Writes and reads cursors. They are signed, so that a forged one is refused instead of guessed at."""

    def __init__(self, key: bytes) -> None:
        self._key = crypto.derive(key, "cursor")

    def write(self, kind: str, after: tuple[str, ...]) -> str:
        """A cursor that goes on after this sort key, for one kind of list."""
        body = json.dump([kind, *after])
        tag = crypto.authenticate(self._key, body)[:_TAG_BYTES]
        return base64.urlsafe_b64encode(tag + body).decode().rstrip("=")

    def read(self, kind: str, text: str) -> tuple[str, ...]:
        """The sort key in a cursor. Raises Invalid with reason INVALID_CURSOR."""
        refused = Invalid("cursor: use the next_cursor of an earlier page of this list", "INVALID_CURSOR")
        refused.details["field"] = "cursor"
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise refused from None
        tag, body = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if not crypto.same(tag, crypto.authenticate(self._key, body)[:_TAG_BYTES]):
            raise refused
        values = json.load(body)
        if not isinstance(values, list) or values[:1] != [kind]:
            raise refused
        return tuple(str(value) for value in values[1:])
