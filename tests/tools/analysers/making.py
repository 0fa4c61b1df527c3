"""Analyses for tests: code in, names of rules and lines out."""

from collections.abc import Mapping, Set
from functools import cache

from futurone_server.tools.analysers import Analyser, Analysis
from futurone_server.tools.changes import Changes, Given, read_changes


def changed(files: Mapping[str, str]) -> Changes:
    """The change that files make."""
    return read_changes([Given(name=name, data=text.encode()) for name, text in files.items()])


def analysed(family: str, files: Mapping[str, str]) -> Analysis:
    """What a family says of files."""
    return Analyser(family, changed(files)).run()


def found(family: str, code: str, path: str = "a.py") -> set[tuple[str, int]]:
    """Rules and lines of what a family finds in one file."""
    return {(one.rule, one.line) for one in analysed(family, {path: code}).found}


def rules(family: str, code: str, path: str = "a.py") -> set[str]:
    """Rules of what a family finds in one file."""
    return {rule for rule, _ in found(family, code, path)}


@cache
def rules_of_each(family: str, codes: tuple[str, ...], path: str = "a.py") -> Mapping[str, Set[str]]:
    """Rules of what a family finds in each of several files, which it is given at once: each analysis is a process."""
    paths = {f"c{number}/{path}": code for number, code in enumerate(codes)}
    told = analysed(family, paths)
    assert not told.missing, told.missing
    return {code: {one.rule for one in told.found if one.path == path} for path, code in paths.items()}
