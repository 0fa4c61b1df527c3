"""Good code: modules of the Python standard library and installed packages, and what a review finds in them."""

import importlib.util
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benches.review.planted import review
from futurone_server.pipelines.review.finding import Finding
from futurone_server.tools.changes import Given, read_changes

DEV_MODULES = (
    "argparse", "ast", "base64", "calendar", "collections/__init__", "configparser", "contextlib", "copy", "csv",
    "dataclasses", "datetime", "difflib", "enum", "fractions", "functools", "gzip", "heapq", "http/client",
    "http/cookies", "inspect", "ipaddress", "json/decoder", "json/encoder", "logging/__init__", "mimetypes", "pathlib",
    "pickle", "queue", "random", "selectors", "shlex", "shutil", "socketserver", "ssl", "statistics", "subprocess",
    "tarfile", "tempfile", "textwrap", "threading", "tokenize", "traceback", "typing", "urllib/parse",
    "urllib/request", "uuid", "weakref", "zipfile", "asyncio/base_events", "asyncio/tasks", "asyncio/streams",
)  # fmt: skip
"""Looked at while the rules were written."""

HELD_PACKAGES = ("starlette", "fastapi", "structlog", "uvicorn", "anyio", "typer", "markdown_it", "alembic", "dbos")
"""Not looked at. A package that is not installed is left out, and named."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a review says of good code."""

    name: str
    files: int
    lines: int
    findings: tuple[Finding, ...]
    absent: tuple[str, ...] = ()

    def per_thousand(self, *severities: str) -> float:
        """Findings of some severities in a thousand lines."""
        return 1_000 * sum(one.severity.word in severities for one in self.findings) / max(self.lines, 1)

    def most(self) -> list[tuple[str, int]]:
        """The rules that say the most, without remarks."""
        told = Counter(one.rules[0] for one in self.findings if one.severity.word != "info")
        return told.most_common(8)


def library(modules: Sequence[str] = DEV_MODULES) -> Reading:
    """Modules of the standard library."""
    root = Path(sysconfig.get_path("stdlib"))
    paths = [(f"{module}.py", root / f"{module}.py") for module in modules]
    absent = tuple(name for name, path in paths if not path.is_file())
    return _read("standard library", [(name, path) for name, path in paths if path.is_file()], absent)


def packages(names: Sequence[str] = HELD_PACKAGES) -> Reading:
    """Installed packages without their tests."""
    found: list[tuple[str, Path]] = []
    absent = []
    for name in names:
        folder = _folder(name)
        if folder is None:
            absent.append(name)
        else:
            found += [(f"{name}/{path.relative_to(folder)}", path) for path in _sources(folder)]
    return _read("packages", found, tuple(absent))


def _folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


def _sources(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if "test" not in str(path.relative_to(folder)))


def _read(name: str, files: Sequence[tuple[str, Path]], absent: tuple[str, ...]) -> Reading:
    changes = read_changes([Given(name=path, data=place.read_bytes()) for path, place in files])
    found = tuple(review(changes))
    return Reading(name=name, files=len(files), lines=changes.line_count, findings=found, absent=absent)
