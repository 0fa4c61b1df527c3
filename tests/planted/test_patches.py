"""The planted bugs are kept fit: each still applies to this tree, and names tests that are there.

Whether the tests find them is looked into by ``make planted``, which plants them one after the other.
"""

import ast
from pathlib import Path

import pytest
from scripts.planted import ROOT, Bug, apply, read_bugs

BUGS = read_bugs()


def test_there_are_bugs_to_plant() -> None:
    assert len(BUGS) >= 8


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_a_planted_bug_still_applies_and_names_tests_that_are_there(bug: Bug) -> None:
    assert apply(bug, ROOT, "--check") == ""
    assert bug.text.endswith(".")
    assert bug.tests
    for test in bug.tests:
        path, _, name = test.partition("::")
        assert name in _functions(ROOT / path), test


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
