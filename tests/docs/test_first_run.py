"""The first run as a newcomer sees it: what the pages show of it, and that the commands it ends with can be given."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Databases
from docs.blocks import ROOT, blocks, read
from docs.session import environment

_FUTURONE = Path(sys.executable).with_name("futurone")
_LAST = "keys create"
_CHANGING = re.compile(r"\b\d+\.\d+s\b|fo_run_\w+|art_\w+|http://\S+")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("first run")


@pytest.fixture(scope="module")
def told(house: Path, databases: Databases) -> Iterator[list[str]]:
    """What the first start says, up to its last command; the server stays up meanwhile, and then ends in good order."""
    command = [str(_FUTURONE), "up", "--port", "0", "--data-dir", str(house / "data")]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(house, fresh=True, FUTURONE_DATABASE_URL=databases.fresh()),
    ) as server:
        assert server.stdout is not None
        lines = []
        for line in server.stdout:
            lines.append(line.rstrip())
            if _LAST in line:
                break
        try:
            yield lines
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(30) == 0, server.stdout.read()


@pytest.mark.parametrize("page", ["README.md", "docs/tutorials/first-run.md"])
def test_what_a_page_shows_of_the_first_run_is_what_it_says(page: str, told: list[str]) -> None:
    said = [_CHANGING.sub("*", line) for line in told]
    shown = [line for block in blocks(page, read(page)) if block.language == "text" for line in block.text.splitlines()]
    missing = [line for line in shown if not any(_is_shown(line, one) for one in said)]
    assert shown
    assert missing == []


def _is_shown(line: str, said: str) -> bool:
    """Whether a page's line is this one; a dash of dots stands for what was left out."""
    parts = _CHANGING.sub("*", line).split("…")
    return (
        re.fullmatch(".*".join(re.escape(part.rstrip() if part is parts[-1] else part) for part in parts), said)
        is not None
    )


def test_the_first_run_says_nothing_twice_and_nothing_that_only_machines_read(told: list[str]) -> None:
    prose = [line for line in told if len(line.split()) > 7]
    assert [line for line in prose if told.count(line) > 1] == []
    assert [line for line in told if re.search(r"[{}]|[0-9a-f]{32}", line)] == []
    assert len(told) < 150


def test_the_report_is_where_it_says(told: list[str]) -> None:
    (path,) = (line.removeprefix("Its report: ") for line in told if line.startswith("Its report: "))
    assert Path(path).read_text().startswith("# FuturOne in six questions")


def test_the_commands_it_ends_with_can_be_given_as_they_stand(house: Path, told: list[str]) -> None:
    start = told.index("Next, in another terminal:")
    script = "\n".join(["set -eu", *told[start + 1 :]])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=house,
        env=environment(house, fresh=True),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "✓ completed" in done.stdout


def test_the_pages_it_reads_are_those_of_the_repository(told: list[str]) -> None:
    names = sorted(path.name for path in (ROOT / "examples" / "handbook").glob("*.md"))
    assert f"Put into the vault: {', '.join(names)}" in told
