"""The pages for contributors name only files, links and commands that exist."""

from functools import cache

import pytest

from architecture.rules.documents import lost_commands, lost_links, lost_paths
from architecture.sources import ROOT, expect_none

PAGES = (
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/glossary.md",
    "docs/decisions/README.md",
    "docs/decisions/dependencies.md",
)
SKIPPED = {".git", ".venv", "node_modules", "__pycache__"}


def _text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


@cache
def _files() -> frozenset[str]:
    top = [path for path in ROOT.iterdir() if path.name not in SKIPPED and not path.name.endswith("_cache")]
    inside = [path for folder in top if folder.is_dir() for path in folder.rglob("*") if path.is_file()]
    return frozenset(path.relative_to(ROOT).as_posix() for path in [*top, *inside] if path.is_file())


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_only_what_is_there(page: str) -> None:
    expect_none(lost_paths(page, _text(page), _files()))
    expect_none(lost_links(page, _text(page), _files()))
    expect_none(lost_commands(page, _text(page), _text("Makefile")))


@pytest.mark.parametrize("name", ["`kit/lost.py`", "`lost/`", "`docs/lost.md`", "`server/src/lost.py`"])
def test_a_path_that_is_not_there_is_reported(name: str) -> None:
    assert list(lost_paths("README.md", f"see {name}", _files()))


def test_paths_that_are_there_and_words_that_are_no_paths_are_fine() -> None:
    text = "`kit/clock.py` `features/` `pyproject.toml` `timeout_s` `GET /v1/runs` `features/<noun>/` `api/<noun>/x.py`"
    assert list(lost_paths("README.md", text, _files())) == []


def test_a_link_to_nothing_is_reported() -> None:
    assert list(lost_links("docs/glossary.md", "[x](lost.md)", _files()))
    assert list(lost_links("docs/glossary.md", "[x](../README.lost)", _files()))
    fine = "[x](decisions/README.md) [y](../LICENSE) [z](https://example.org/x) [w](decisions/)"
    assert list(lost_links("docs/glossary.md", fine, _files())) == []


def test_a_command_that_is_no_target_is_reported() -> None:
    assert list(lost_commands("README.md", "`make lost`", "setup: ## Set up"))
    assert list(lost_commands("README.md", "`make setup ARGS=1`", "setup: ## Set up")) == []
