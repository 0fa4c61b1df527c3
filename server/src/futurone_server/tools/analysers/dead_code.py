"""Dead code: what is never reached, and what nothing uses, by vulture over the whole of what is known."""

import io
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from futurone_server.tools.analysers.finding import Analysis, Found, analysed, only_hunks, placed
from futurone_server.tools.changes import ChangedFile, Changes, Scope

_CERTAIN = 100
_DEFINITIONS = {"function", "class", "method"}
_CALLED_BY_NAME = ("__", "test_", "visit_", "do_", "on_", "pytest_")

Maker = Callable[[], Any]


def load() -> Maker:
    """What makes a finder of dead code, with its library loaded."""
    from vulture import Vulture  # noqa: PLC0415 - loaded in the worker alone

    def make() -> Any:
        return Vulture(verbose=False)

    return make


def detect_all(changes: Changes, make: Maker) -> Analysis:
    """What is dead in the Python files. That nothing uses a definition is said only where the project is known."""
    read = analysed(changes.files)
    # What is given as a whole may be a library, whose users nobody knows.
    knows_project = bool(changes.others) and changes.scope is not Scope.WHOLE
    finder = make()
    silence = io.StringIO()
    with redirect_stderr(silence), redirect_stdout(silence):
        for file in read:
            if file.is_whole:
                finder.scan(_unsilenced(file.code), file.path)
        for path, text in changes.others.items():
            if path.endswith((".py", ".pyi")):
                finder.scan(_unsilenced(text), path)
    by_path = {file.path: file for file in read}
    found = [one for item in finder.get_unused_code() for one in _found(item, by_path, knows_project=knows_project)]
    missing = only_hunks(read)
    whole = tuple(file.path for file in read if file.is_whole)
    return Analysis(family="dead_code", found=tuple(found), files=whole, missing=missing)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _unsilenced(code: str) -> str:
    """The code with the comment that silences vulture made another one, of the same length."""
    return code.replace("noqa", "xoqa").replace("NOQA", "XOQA")


def _found(item: Any, files: dict[str, ChangedFile], *, knows_project: bool) -> Iterator[Found]:
    file = files.get(str(item.filename))
    if file is None:
        return
    rule = None
    if item.typ == "unreachable_code":
        rule = "DC102" if "condition" in item.message else "DC101"
    elif item.typ == "variable" and item.confidence == _CERTAIN:
        rule = "DC104"
    elif item.typ in _DEFINITIONS and (knows_project or _is_private(item.name)):
        rule = None if item.name.startswith(_CALLED_BY_NAME) else "DC103"
    if rule is not None:
        # What is cut off may be old; then the new line above it is what cut it off.
        lines = (item.first_lineno, item.first_lineno - 1) if rule == "DC101" else (item.first_lineno,)
        placed_at = (placed(file, f"vulture:{rule}", line, detail=item.message) for line in lines)
        yield from [one for one in placed_at if one is not None][:1]
