"""Prompts as versioned data, and text from outside marked as such before a model sees it."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from futurone_server.models.port import Routing

_PIPELINES = "futurone_server.pipelines"
_TEXT_CHARS_MAX = 6_000


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One prompt: what a model is told, for which class of work, and what its answer has to look like."""

    id: str
    version: int
    routing: Routing
    instructions: str
    answer_tokens_max: int
    schema: Mapping[str, Any] | None


@cache
def load_prompt(name: str) -> Prompt:
    """A prompt by its file's name, without the extension. Raises FileNotFoundError, and KeyError for broken data."""
    file = resources.files(_PIPELINES).joinpath("prompts", f"{name}.toml")
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return Prompt(
        id=data["id"],
        version=data["version"],
        routing=Routing(data["routing"]),
        instructions=data["instructions"].strip(),
        answer_tokens_max=data["answer_tokens_max"],
        schema=data.get("schema"),
    )


def outside(tag: str, text: str, **marks: object) -> str:
    """Text from outside between two marks that it cannot write itself: everything like a tag in it is defused."""
    bare = text[:_TEXT_CHARS_MAX].replace("<", "‹").replace(">", "›")
    told = "".join(f' {name}="{_mark(str(value))}"' for name, value in marks.items())
    return f"<{tag}{told}>\n{bare}\n</{tag}>"


def paragraphs(parts: Iterable[str]) -> str:
    """The parts of a prompt, those that are empty left out."""
    return "\n\n".join(part for part in parts if part)


def _mark(value: str) -> str:
    return "".join(char for char in value if char.isprintable() and char not in '<>"')[:200]
