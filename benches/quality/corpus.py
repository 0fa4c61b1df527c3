"""What is asked about: documentation that is installed on this machine, or a folder of text, with its questions."""

import gzip
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from futurone_server.tools.documents import Document, UnreadableDocument, parse, sniff
from futurone_server.tools.retrieval import Index

QUESTIONS = Path(__file__).with_name("questions.toml")
_FOLDER_FILES_MAX = 400
_FOLDER_BYTES_MAX = 40 << 20
_WORD = re.compile(r"[^\W_]+")
_ENDINGS = frozenset({".txt", ".md", ".html", ".htm", ".csv", ".rst", ".pdf", ".docx", ""})


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an answer stands in a document, and what stands there."""

    sha256: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question, and how to tell whether it is answered. ``kind`` is answerable, outside or traps.

    An answer is right where ``pattern`` is found in a quote, or where a quote overlaps ``place``.
    """

    kind: str
    text: str
    source: str = ""
    pattern: str = ""
    place: Place | None = None

    def is_answered_by(self, text: str) -> bool:
        """Whether a text holds the answer: the pattern, or where there is none a sentence out of the place."""
        if self.place is not None:
            return plain(text) in plain(self.place.text)
        return bool(self.pattern) and re.search(self.pattern, text) is not None


@dataclass(frozen=True, kw_only=True)
class Original:
    """A document with the bytes it was read from."""

    document: Document
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Part:
    """Documents and the questions about them. ``skipped`` counts questions whose document is not here."""

    name: str
    originals: Sequence[Original]
    asked: Sequence[Asked]
    absent: Sequence[str] = ()
    skipped: int = 0

    @property
    def documents(self) -> list[Document]:
        """The documents."""
        return [one.document for one in self.originals]

    @cached_property
    def index(self) -> Index:
        """All documents, indexed once."""
        return Index(self.documents)

    def of(self, *kinds: str) -> list[Asked]:
        """The questions of some kinds."""
        return [one for one in self.asked if one.kind in kinds]

    def home(self, asked: Asked) -> Original | None:
        """The document that an answerable question is about."""
        if asked.place is not None:
            return next((one for one in self.originals if one.document.sha256 == asked.place.sha256), None)
        return next((one for one in self.originals if _is_named(one.document.name, asked.source)), None)


def installed(path: Path = QUESTIONS) -> list[Part]:
    """The parts of the standing set, as far as their documents are on this machine."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return [_part(name, content) for name, content in told.items()]


def installed_questions(kind: str, path: Path = QUESTIONS) -> list[Asked]:
    """The questions of one kind out of all parts of the standing set."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return [one for content in told.values() for one in questions_of(content["questions"]) if one.kind == kind]


def folder_documents(folder: Path) -> list[Original]:
    """The readable documents of a folder, by name; at most 400 files and 40 MB."""
    found: list[Original] = []
    size = 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix.lower() not in _ENDINGS or len(found) >= _FOLDER_FILES_MAX:
            continue
        size += path.stat().st_size
        if size > _FOLDER_BYTES_MAX:
            break
        try:
            found.append(_read(str(path.relative_to(folder)), path.read_bytes()))
        except UnreadableDocument:
            continue
    return found


def questions_of(told: Mapping[str, Any]) -> list[Asked]:
    """The questions of a part as the file has them."""
    answerable = [
        Asked(kind="answerable", text=text, source=source, pattern=pattern)
        for source, text, pattern in told.get("answerable", ())
    ]
    others = [Asked(kind=kind, text=text) for kind in ("outside", "traps") for text in told.get(kind, ())]
    return [*answerable, *others]


def bound(name: str, originals: Sequence[Original], asked: Sequence[Asked], absent: Sequence[str] = ()) -> Part:
    """A part with the questions that can be asked of these documents; the others are counted."""
    part = Part(name=name, originals=originals, asked=asked, absent=absent)
    here = [one for one in asked if one.kind != "answerable" or part.home(one) is not None]
    return Part(name=name, originals=originals, asked=here, absent=absent, skipped=len(asked) - len(here))


def _part(name: str, content: Mapping[str, Any]) -> Part:
    wanted = content["corpus"]
    found = {**dict(_manuals(wanted["manuals"])), **dict(_files(wanted["files"]))}
    absent = [one for one, original in found.items() if original is None]
    originals = [original for original in found.values() if original is not None]
    return bound(name, originals, questions_of(content["questions"]), absent)


def _manuals(pages: Sequence[str]) -> Iterator[tuple[str, Original | None]]:
    for page in pages:
        text = manual(page)
        yield page, _read(f"{page}.txt", text) if text else None


def _files(names: Sequence[str]) -> Iterator[tuple[str, Original | None]]:
    for name in names:
        path = Path(name).expanduser()
        if not path.exists():
            yield name, None
            continue
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        yield name, _read(f"{path.parent.name}-{path.name.removesuffix('.gz')}", data)


def _read(name: str, data: bytes) -> Original:
    return Original(document=parse(name, sniff(name, data), data), data=data)


def plain(text: str) -> str:
    """The words alone, bounded by spaces: marks, emphasis and white space make no difference."""
    words = " ".join(_WORD.findall(text.lower()))
    return f" {words} "


def manual(page: str) -> bytes:
    """A manual page as plain text; empty if it, or ``man`` itself, is not installed."""
    command = ["man", "--no-hyphenation", "--no-justification", page]
    environment = {"MANWIDTH": "80", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    try:
        shown = subprocess.run(command, capture_output=True, check=False, env=environment)
        plain = subprocess.run(["col", "-bx"], input=shown.stdout, capture_output=True, check=False, env=environment)
    except FileNotFoundError:
        return b""
    return plain.stdout if shown.returncode == 0 else b""


def _is_named(name: str, source: str) -> bool:
    return name in {source, f"{source}.txt"} or name.endswith((f"-{source}", f"/{source}"))
