"""Coverage of changed lines: the project's own tests, run where they are locked up, and only there."""

import sys
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

from futurone_server.tools.analysers.finding import Analysis, Found, analysed, placed
from futurone_server.tools.changes import ChangedFile, Changes, Scope
from futurone_server.tools.changes.paths import is_test
from futurone_server.tools.sandbox import Allowance, Job, Room, Rung, limited, probe, strict_command, why_off

Run = Callable[[Job], bytes | None]
_ENDS = {
    "failed": "the project's tests fail here, where nothing is installed for them",
    "none": "no tests were found",
    "broken": "the project's tests could not be run here, where nothing is installed for them",
}


def measure(changes: Changes, run: Run, allowance: Allowance) -> Analysis:
    """Which changed lines no test runs; where that cannot be found out, why. ``run`` gives None for a broken job."""
    targets = [file for file in analysed(changes.files) if file.is_whole and not is_test(file.path)]
    if not targets:
        return Analysis(family="tests")
    reason = _why_not(changes)
    if reason is None:
        ended, *told = _run(changes, targets, run, allowance)
        if ended == "passed" and len(told) == 2 * len(targets):
            pairs = zip(targets, told[::2], told[1::2], strict=True)
            found = tuple(one for file, can, did in pairs for one in _found(file, can, did))
            return Analysis(family="tests", found=found, files=tuple(file.path for file in targets))
        reason = _ENDS.get(ended, _ENDS["broken"])
    return Analysis(family="tests", missing=(f"changed-line coverage: not checked ({reason})",))


def _why_not(changes: Changes) -> str | None:
    known = [*(file.path for file in changes.files), *changes.others]
    if changes.scope is Scope.WHOLE:
        return "nobody knows which lines of a whole project changed"
    if not any(is_test(path) for path in known):
        return "no tests were given"
    return f"no sandbox: {why_off()}" if probe() is Rung.OFF else None


def _run(changes: Changes, targets: Sequence[ChangedFile], run: Run, allowance: Allowance) -> list[str]:
    """What the program in the sandbox told, line by line; at least how it ended."""
    try:
        with Room() as room:
            _lay_out(changes, targets, room.path)
            command = strict_command([sys.executable, "-I", "/given/.covering.py"], given=room.path)
            answer = run(Job(limited(command, allowance), allowance=allowance))
    except OSError:
        return ["broken"]
    return ["broken"] if answer is None else answer.decode("utf-8", "replace").split("\n")


def _lay_out(changes: Changes, targets: Sequence[ChangedFile], room: Path) -> None:
    """Write the project down under its own names, which were found safe when it was read. Raises OSError."""
    texts = {**changes.others, **{file.path: file.text for file in changes.files if file.left_out is None}}
    for path, text in texts.items():
        place = room / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    covering = resources.files(__package__).joinpath("covering.py").read_text(encoding="utf-8")
    (room / ".covering.py").write_text(covering, encoding="utf-8")
    (room / ".targets").write_text("\n".join(file.path for file in targets), encoding="utf-8")


def _found(file: ChangedFile, can_be: str, were: str) -> list[Found]:
    can = _numbers(can_be) & file.lines
    left = sorted(can - _numbers(were))
    if not left:
        return []
    detail = f"{len(left)} of {len(can)} changed lines that can be run."
    one = placed(file, "tests:TE102", left[0], detail=detail)
    return [one] if one else []


def _numbers(line: str) -> set[int]:
    """Numbers of lines as untrusted code told them."""
    return {int(word) for word in line.split() if word.isdecimal() and len(word) < 8}
