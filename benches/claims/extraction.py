"""Passages of two to four sentences from the text of this repository, for ``texts/repository.txt``."""

import re
from collections.abc import Iterator
from pathlib import Path

from futurone_server.tools.documents import Block, BlockKind, Document, parse, sniff
from futurone_server.tools.retrieval import pieces

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "LICENSE",
    "docs/**/*.md",
    "server/src/futurone_server/handbook/*.md",
    "tests/pipelines/research/sources/*.md",
)
PER_DOCUMENT_MAX = 8

_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_MARKS = re.compile(r"[`*]|(?<!\w)_|_(?!\w)")


def extracted() -> Iterator[tuple[str, str]]:
    """(id, text) of every passage that is taken."""
    for pattern in SOURCES:
        for file in sorted(ROOT.glob(pattern)):
            data = file.read_bytes()
            document = parse(file.name, sniff(file.name, data), data)
            name = f"{file.parent.name}.{file.stem}".lower()
            spread = list(_passages(document))
            step = max(1, len(spread) // PER_DOCUMENT_MAX)
            for number, text in enumerate(spread[::step][:PER_DOCUMENT_MAX], 1):
                yield f"{name}-{number:02}", text


def write(file: Path) -> int:
    """Write the passages; returns how many."""
    found = list(extracted())
    file.write_text("".join(f"== {name}\n{text}\n" for name, text in found), encoding="utf-8")
    return len(found)


def _passages(document: Document) -> Iterator[str]:
    for section in document.sections:
        for block in section.blocks:
            if block.kind is BlockKind.PROSE:
                yield from _of_block(document.text, block)


def _of_block(text: str, block: Block) -> Iterator[str]:
    held: list[str] = []
    for start, end in (*pieces(text, block), (block.end, block.end)):
        sentence = " ".join(_MARKS.sub("", _LINK.sub(r"\1", text[start:end])).split())
        if _is_plain(sentence):
            held.append(sentence)
        if len(held) == 3 or not _is_plain(sentence):
            if len(held) >= 2:
                yield " ".join(held)
            held = []


def _is_plain(sentence: str) -> bool:
    count = len(sentence.split())
    return 6 <= count <= 38 and sentence[0].isupper() and sentence.endswith(".") and not set("|{}<>$=") & set(sentence)
