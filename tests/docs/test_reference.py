"""The reference pages say what the code does: made parts are fresh, and no variable or reason is left out."""

import ast
import re
from collections.abc import Iterator

import pytest

from docs.blocks import ROOT, read
from docs.reference import PAGES, reasons, renewed
from futurone_server.config import VARIABLES

_REASON = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
_VARIABLE = re.compile(r"\bFUTURONE_[A-Z_]+\b")
_RUNS = ("pipelines", "features/runs")
_RAISED = {"StepFailedError", "TransientError", "LimitExceededError", "Failure", "Escalation", "super"}
_WRITE = "Write them anew: cd tests && PYTHONPATH=. ../.venv/bin/python -m docs.reference"


@pytest.mark.parametrize("page", PAGES)
def test_what_is_made_from_the_code_is_fresh(page: str) -> None:
    text = read(f"docs/reference/{page}")
    assert renewed(text) == text, f"docs/reference/{page} is stale. {_WRITE}"


def test_a_stale_table_is_noticed() -> None:
    text = "<!-- made from the code: reasons -->\nold\n<!-- end -->\n"
    assert renewed(text) != text
    assert renewed(renewed(text)) == renewed(text)


def endings(text: str) -> Iterator[str]:
    """The reasons that a module ends runs with: words in capitals, handed to one of the few that carry a reason."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _name(node.func) in _RAISED:
            given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "reason")]
            for one in given:
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and _REASON.fullmatch(one.value):
                    yield one.value


def _name(function: ast.expr) -> str:
    """The name of what is called; ``super().__init__`` counts as ``super``."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call):
        return _name(function.value.func)
    return function.id if isinstance(function, ast.Name) else ""


def test_every_reason_that_ends_a_run_is_explained() -> None:
    base = ROOT / "server/src/futurone_server"
    sources = [path for part in _RUNS for path in (base / part).rglob("*.py")]
    ended = {word for path in sources for word in endings(path.read_text("utf-8"))} | {"INTERNAL"}
    models = "\n".join(path.read_text("utf-8") for path in (base / "models").glob("*.py"))
    ended |= set(re.findall(r'"(MODEL_[A-Z_]+)"', models))
    text = read("docs/reference/errors.md").partition("## Reasons of runs")[2]
    assert set(_ROW.findall(text)) == ended


def test_a_new_reason_is_noticed() -> None:
    assert list(
        endings('raise StepFailedError("NEW_REASON", "Why.")\nEscalation(reason="OTHER_ONE")\nf("NOT_ONE")')
    ) == [
        "NEW_REASON",
        "OTHER_ONE",
    ]


def test_every_variable_that_the_code_reads_is_explained() -> None:
    folders = (ROOT / "server/src", ROOT / "sdks/python/src")
    named = {
        name
        for folder in folders
        for path in folder.rglob("*.py")
        for name in _VARIABLE.findall(path.read_text("utf-8"))
    }
    assert set(_VARIABLE.findall(read("docs/reference/environment.md"))) == named


def test_every_variable_that_a_page_names_exists() -> None:
    known = {name for name, _ in VARIABLES.values()} | {"FUTURONE_API_KEY", "FUTURONE_BASE_URL"}
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "server/src").rglob("handbook/*.md")]
    strange = {name for path in pages for name in _VARIABLE.findall(path.read_text("utf-8"))} - known
    assert strange == set()


def test_the_handbook_names_only_reasons_that_there_are() -> None:
    known = set(_ROW.findall(read("docs/reference/errors.md"))) | set(_ROW.findall("\n".join(reasons())))
    known |= {"VALIDATION_ERROR", "RATE_LIMITED", "INTERNAL_ERROR", "NOT_FOUND"} | {
        name for name, _ in VARIABLES.values()
    }
    known |= {"FUTURONE_API_KEY", "FUTURONE_BASE_URL"}
    for path in sorted((ROOT / "server/src/futurone_server/handbook").glob("*.md")):
        named = set(re.findall(r"`([A-Z][A-Z_]+_[A-Z_]+)`", path.read_text("utf-8")))
        assert named <= known, path.name
