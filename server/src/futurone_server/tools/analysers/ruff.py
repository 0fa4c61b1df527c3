"""Static analysis by ruff: in a private folder, on files with names of ours, without any configuration of theirs."""

import re
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from futurone_server.kit import json
from futurone_server.kit.errors import Invalid
from futurone_server.tools.analysers.finding import Found, analysed, placed
from futurone_server.tools.analysers.rules import rule_book
from futurone_server.tools.changes import TOO_COMPLEX, ChangedFile
from futurone_server.tools.sandbox import Allowance, Job, Room, limited

_SYNTAX = "invalid-syntax"
_NAMES = ("F821", "F822")
_NAMES_AT_RUN_TIME = re.compile(r"\bglobals\(\)(\.update|\[|$)|^from \S+ import \*", re.MULTILINE)
_KEPT_NAMES = {"__init__.py", "conftest.py", "setup.py"}
_TARGET = "py314"
"""The newest syntax that ruff reads: nothing is called wrong for being new."""


class RuffFailedError(Exception):
    """ruff is not there, or did not come to an end within its bounds."""


def program() -> Path | None:
    """Where ruff is installed beside this program; None where it is not."""
    for scheme in (sysconfig.get_path("scripts"), str(Path(sysconfig.get_path("purelib")).parents[2] / "bin")):
        path = Path(scheme) / "ruff"
        if path.is_file():
            return path
    return None


def command(path: Path) -> list[str]:
    """The whole command: its own rules, nobody's configuration, no comment that silences it."""
    rules = [rule.id for rule in rule_book().of("ruff") if rule.id != _SYNTAX]
    return [
        str(path), "check", "--isolated", "--no-cache", "--ignore-noqa", "--no-respect-gitignore", "--exit-zero",
        "--quiet", "--preview", "--config", "lint.explicit-preview-rules=true", "--target-version", _TARGET,
        "--output-format", "json", "--select", ",".join(rules), ".",
    ]  # fmt: skip


def lay_out(files: Sequence[ChangedFile], room: Path) -> dict[str, ChangedFile]:
    """Write the files down under names of ours, whatever theirs are; returns which is which."""
    named: dict[str, ChangedFile] = {}
    for number, file in enumerate(files):
        path = PurePosixPath(file.path)
        ending = path.suffix if path.suffix in (".py", ".pyi") else ".py"
        stem = path.name if path.name in _KEPT_NAMES else f"file{ending}"
        folder = room / f"{number:05d}"
        folder.mkdir(mode=0o700)
        (folder / stem).write_text(file.code or file.text, encoding="utf-8")
        named[f"{number:05d}/{stem}"] = file
    return named


def job(files: Sequence[ChangedFile], room: Room, allowance: Allowance) -> tuple[Job, dict[str, ChangedFile]]:
    """What is to be run. Raises RuffFailedError where ruff is not installed."""
    path = program()
    if path is None:
        raise RuffFailedError("ruff is not installed")
    named = lay_out(files, room.path)
    # Its threads count as processes of the user, so they are bounded by asking.
    environment = {"RAYON_NUM_THREADS": "2", "PATH": "", "HOME": str(room.path)}
    return Job(limited(command(path), allowance), allowance=allowance, folder=room.path, environment=environment), named


def read(answer: bytes, named: Mapping[str, ChangedFile], room: Path) -> Iterator[Found]:
    """What ruff said, about changed lines. Raises RuffFailedError where it said nothing that can be read."""
    try:
        told = json.read(answer)
    except Invalid:
        raise RuffFailedError("ruff said nothing that can be read") from None
    if not isinstance(told, list):
        raise RuffFailedError("ruff said nothing that can be read")
    root = f"{room.resolve()}/"
    # Looked up once for each file: a search of the whole text for each finding would take hours of a large one.
    dynamic = {name for name, file in named.items() if _NAMES_AT_RUN_TIME.search(file.text)}
    for one in told:
        name = str(one["filename"]).removeprefix(root)
        if name in named:
            yield from _found(one, named[name], has_dynamic_names=name in dynamic)


def _found(one: Mapping[str, Any], file: ChangedFile, *, has_dynamic_names: bool) -> Iterator[Found]:
    code = one["code"] or _SYNTAX
    if _is_beside_the_point(code, one["message"], file) or (code in _NAMES and has_dynamic_names):
        return
    line, end = one["location"]["row"], one["end_location"]["row"]
    found = placed(file, f"ruff:{code}", line, end=end, detail=one["message"])
    if found is not None:
        yield found


def _is_beside_the_point(code: str, message: str, file: ChangedFile) -> bool:
    """Whether an import asks whether there is such a module, or is what a package offers."""
    return code == "F401" and (file.path.endswith("__init__.py") or "consider using" in message)


def worth_reading(files: Sequence[ChangedFile]) -> list[ChangedFile]:
    """Files that parse, and whole ones that do not: ruff says where, or knows a newer Python."""
    known = {file.path for file in analysed(files)}
    return [file for file in files if file.path in known or (file.is_whole and _is_worth_a_try(file))]


def _is_worth_a_try(file: ChangedFile) -> bool:
    return file.is_python and bool(file.text) and file.fault != TOO_COMPLEX
