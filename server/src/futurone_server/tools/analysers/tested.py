"""Tested: whether a change to code came with a change to tests."""

from futurone_server.tools.analysers.finding import Analysis, placed
from futurone_server.tools.changes import Changes, Scope
from futurone_server.tools.changes.paths import is_test

_LINES_MIN = 5
_QUIET = {"", "prose", "JSON", "YAML", "TOML", "INI", "XML", "environment file"}


def untested(changes: Changes) -> Analysis:
    """A finding where code changed and no test did. Nothing for whole projects, of which nobody knows what changed."""
    if changes.scope is Scope.WHOLE:
        return Analysis(family="tests")
    code = [file for file in changes.files if file.left_out is None and file.language not in _QUIET]
    sources = [file for file in code if not is_test(file.path)]
    count = sum(len(file.lines) for file in sources)
    if count < _LINES_MIN or len(sources) != len(code):
        return Analysis(family="tests")
    found = placed(sources[0], "tests:TE101", min(sources[0].lines), detail=f"Lines: {count}. Files: {len(sources)}.")
    return Analysis(family="tests", found=(found,) if found else ())
