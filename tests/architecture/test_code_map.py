"""The code map in ARCHITECTURE.md is written from the code, and a stale one is noticed."""

import subprocess
import sys
from pathlib import Path

import pytest

from architecture.sources import ROOT

PAGE = "Before.\n<!-- code map: written by `make map` -->\n\n<!-- end of the code map -->\nAfter.\n"


def _run(*arguments: str, root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/code_map.py"), "--root", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository with one package of one module, and a page without a map."""
    package = tmp_path / "sdks/python/src/futurone"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""The SDK."""\n')
    (package / "client.py").write_text('"""The client.\n\nMore about it."""\n')
    (tmp_path / "ARCHITECTURE.md").write_text(PAGE)
    return tmp_path


def test_the_map_is_current() -> None:
    said = _run("--check", root=ROOT)
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_map_holds_the_first_line_of_every_module(small: Path) -> None:
    assert _run(root=small).returncode == 0
    page = (small / "ARCHITECTURE.md").read_text()
    assert "- `sdks/python/src/futurone/` The SDK.\n  - `client.py` The client.\n" in page
    assert page.startswith("Before.\n")
    assert page.endswith("After.\n")
    assert _run("--check", root=small).returncode == 0


@pytest.mark.parametrize("change", ["another sentence", "a new module", "a lost module"])
def test_a_stale_map_is_reported_and_left_alone(small: Path, change: str) -> None:
    _run(root=small)
    page = (small / "ARCHITECTURE.md").read_text()
    package = small / "sdks/python/src/futurone"
    if change == "a lost module":
        (package / "client.py").unlink()
    else:
        (package / ("client.py" if change == "another sentence" else "pages.py")).write_text('"""The pages."""\n')
    said = _run("--check", root=small)
    assert said.returncode == 1
    assert "pages" in said.stdout or "client.py" in said.stdout
    assert (small / "ARCHITECTURE.md").read_text() == page


def test_a_page_without_its_marks_is_refused(small: Path) -> None:
    (small / "ARCHITECTURE.md").write_text("Nothing to fill.\n")
    said = _run(root=small)
    assert said.returncode != 0
    assert "ARCHITECTURE.md needs" in said.stderr
