"""What a writer is asked for: the stored deliverable, and what is to be said of it in the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from futurone_server.kit import json

EXTRA_MISSING, LIBRARIES_MISSING = "EXTRA_MISSING", "LIBRARIES_MISSING"
TOO_LONG, FAILED = "TOO_LONG", "FAILED"
DONE, REFUSED = b"+", b"-"
"""The first byte of a writer's answer: the file follows, or the code of a refusal."""


class RefusedError(Exception):
    """A form cannot be made; carries one of the codes above."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Order:
    """A deliverable to be written: its Markdown, and its page where one was stored."""

    title: str
    markdown: str
    page: str | None
    provenance: Mapping[str, Any]

    def pack(self) -> bytes:
        """As it goes to a writer."""
        return json.dump(vars(self))

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """What ``pack`` made."""
        value = json.load(data)
        assert isinstance(value, dict)
        return cls(**value)
