"""The confined worker: one family of analysers over one change, of which it runs nothing."""

import logging
import os
import sys
from collections.abc import Callable, Sequence

from futurone_server.kit import json
from futurone_server.tools.analysers import complexity, dead_code, secrets, security, text
from futurone_server.tools.analysers.finding import Analysis, Found, analysed
from futurone_server.tools.analysers.house import LEAKS, LOGIC
from futurone_server.tools.changes.change import Changes
from futurone_server.tools.changes.transfer import load_changes
from futurone_server.tools.sandbox.confinement import confine

Detect = Callable[[Changes], Analysis]


def _loaded(family: str) -> Detect:
    """A family's work, with its library loaded while files can still be opened."""
    if family == "security":
        bandit = security.load()
        return lambda changes: security.detect_all(changes.files, bandit)
    if family == "secrets":
        detector = secrets.load()
        return lambda changes: secrets.detect_all(changes.files, detector)
    if family == "dead_code":
        make = dead_code.load()
        return lambda changes: dead_code.detect_all(changes, make)
    if family == "complexity":
        count = complexity.load()
        return lambda changes: complexity.detect_all(changes.files, count)
    return {"text": text.detect_all, "logic": _logic}[family]


def _logic(changes: Changes) -> Analysis:
    found: list[Found] = []
    missing: list[str] = []
    for file in analysed(changes.files):
        try:
            found += security.house_found(file, (*LOGIC, *LEAKS))
        except RecursionError:
            missing.append(f"{file.path}: too deeply nested for the rules of logic")
    paths = tuple(file.path for file in analysed(changes.files))
    return Analysis(family="logic", found=tuple(found), files=paths, missing=tuple(missing))


def main(arguments: Sequence[str]) -> None:
    """Analyse within bytes of memory, seconds of processor and of clock."""
    family, *bounds = arguments
    memory_bytes, cpu_s, wall_s = map(int, bounds)
    logging.disable()
    detect = _loaded(family)
    data = sys.stdin.buffer.read()
    confine(memory_bytes=memory_bytes, cpu_s=cpu_s, wall_s=wall_s)
    answer = json.dump(detect(load_changes(data)).to_json())
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)  # Tidying up after a hostile file is another chance to crash.


if __name__ == "__main__":
    main(sys.argv[1:])
