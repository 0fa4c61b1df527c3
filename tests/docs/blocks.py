"""The fenced blocks of the repository's Markdown files, with where they stand and which key they are run with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = {"bash", "python", "json", "sh", "text"}
"""``bash`` and ``python`` are run, ``json`` is parsed, ``sh`` is what a test cannot run and only reads, ``text`` is
output."""

KEYS = {"live", "test", "none"}
_FENCE = re.compile(r"\s{0,3}```(.*)")
_KEY = re.compile(r"<!-- tested with: (\w+) key -->")


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block. ``line`` is that of its first line of text, from 1."""

    page: str
    line: int
    language: str
    text: str

    @property
    def where(self) -> str:
        """The place as editors understand it."""
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """Every Markdown file that shows how to use the product; the handbook is linked into the examples, read once."""
    found = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")]
    found += (ROOT / "server/src/futurone_server/handbook").glob("*.md")
    return sorted(path.relative_to(ROOT).as_posix() for path in found if path.is_file())


def read(page: str) -> str:
    """A page's text."""
    return (ROOT / page).read_text("utf-8")


def key_of(text: str) -> str:
    """Which key a page's blocks are run with: ``live`` unless the page says otherwise."""
    found = _KEY.search(text)
    return found[1] if found else "live"


def blocks(page: str, text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    language, first = "", 0
    held: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if held is None:
            if fence:
                language, first, held = fence[1].strip(), number + 1, []
        elif fence and not fence[1].strip():
            yield Block(page=page, line=first, language=language, text="\n".join(held) + "\n")
            held = None
        else:
            held.append(line)


def of_language(page: str, language: str) -> list[Block]:
    """The blocks of a page in one language."""
    return [block for block in blocks(page, read(page)) if block.language == language]


def pages_with(language: str) -> list[str]:
    """The pages that have blocks in a language."""
    return [page for page in pages() if of_language(page, language)]
