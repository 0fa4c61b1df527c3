"""Where a command's data and words go: data to standard output, words to standard error, colour only to people."""

import json
import sys
from typing import Any, TextIO

import typer
from pydantic import BaseModel

from futurone._settings import read_environment
from futurone.cli._text import clean


class Output:
    """The two streams. In JSON mode ``record`` prints one object per line and ``line`` prints nothing."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._has_colour = sys.stdout.isatty() and not read_environment().get("NO_COLOR")

    def line(self, text: str = "", *, style: str | None = None) -> None:
        """Something for people to read; cleaned of control characters."""
        if not self.as_json:
            shown = clean(text)
            _write(sys.stdout, typer.style(shown, **_STYLES[style]) if style and self._has_colour else shown)

    def record(self, value: BaseModel | dict[str, Any]) -> None:
        """One object for programs to read, on one line, in ASCII."""
        data = (
            value.model_dump(mode="json", by_alias=True, exclude_unset=True) if isinstance(value, BaseModel) else value
        )
        if self.as_json:
            _write(sys.stdout, json.dumps(data, separators=(",", ":")))

    def words(self, text: str) -> None:
        """Something for people to know that is not the command's result."""
        warn(text)


_STYLES: dict[str, dict[str, Any]] = {
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "odd": {"fg": "yellow"},
    "dim": {"dim": True},
    "strong": {"bold": True},
}


def warn(text: str) -> None:
    """Print words on standard error; cleaned of control characters."""
    _write(sys.stderr, clean(text))


def _write(stream: TextIO, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()
