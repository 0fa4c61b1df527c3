"""What the documentation shows can be done as it stands there: commands, programs, JSON."""

import json
import re
import shlex
from pathlib import Path

import pytest

from docs.blocks import KEYS, LANGUAGES, ROOT, Block, blocks, key_of, of_language, pages, pages_with, read
from docs.reference import help_of, verbs
from docs.session import environment, prepare, run_python, run_shell, stop_databases
from house import Process, Registry, Tenant

_TARGET = re.compile(r"^([a-z]+):.*?##", re.MULTILINE)
_PLAIN = {"cd", "git", "export", "python3", "pip"}
_FRESH = {"docs/tutorials/first-run.md"}
"""Here every command is begun as a reader begins it; elsewhere a process that has loaded it already does."""

PROGRAMS = [block for page in pages_with("python") for block in of_language(page, "python")]


@pytest.fixture
def tenant(registry: Registry) -> Tenant:
    """A workspace of one's own for each page."""
    return registry.tenant()


def _variables(page: str, folder: Path, server: Process, tenant: Tenant) -> dict[str, str]:
    key = {"live": tenant.live, "test": tenant.test, "none": ""}[key_of(read(page))]
    more = {"FUTURONE_BASE_URL": server.url, "FUTURONE_API_KEY": key} if key else {}
    return dict(environment(folder, fresh=page in _FRESH, **more))


@pytest.mark.parametrize("page", pages_with("bash"))
def test_the_commands_of_a_page_work_from_top_to_bottom(
    page: str, tmp_path: Path, server: Process, tenant: Tenant
) -> None:
    variables = _variables(page, tmp_path, server, tenant)
    try:
        run_shell(of_language(page, "bash"), prepare(tmp_path), variables)
    finally:
        left = stop_databases(tmp_path)
    assert left == [], "a server ended and left its database running"


@pytest.mark.parametrize("block", PROGRAMS, ids=[block.where for block in PROGRAMS])
def test_a_program_runs_as_it_is_shown(block: Block, tmp_path: Path, server: Process, tenant: Tenant) -> None:
    run_python(block, prepare(tmp_path), _variables(block.page, tmp_path, server, tenant))


@pytest.mark.parametrize("path", sorted(path.name for path in (ROOT / "examples").glob("*.py")))
def test_an_example_program_runs(path: str, tmp_path: Path, server: Process, tenant: Tenant) -> None:
    text = (ROOT / "examples" / path).read_text("utf-8")
    block = Block(page=f"examples/{path}", line=1, language="python", text=text)
    key = tenant.test if "tested with: test key" in text else tenant.live
    variables = environment(tmp_path, FUTURONE_BASE_URL=server.url, FUTURONE_API_KEY=key)
    run_python(block, prepare(tmp_path), variables)


@pytest.mark.parametrize("page", pages_with("json"))
def test_json_that_is_shown_is_json(page: str) -> None:
    for block in of_language(page, "json"):
        try:
            json.loads(block.text)
        except ValueError as error:
            pytest.fail(f"{block.where}: {error}")


@pytest.mark.parametrize("page", pages_with("sh"))
def test_commands_that_only_a_reader_can_give_exist(page: str) -> None:
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text("utf-8")))
    for block in of_language(page, "sh"):
        for line in block.text.splitlines():
            _check(shlex.split(line, comments=True), targets, block)


def _check(words: list[str], targets: set[str], block: Block) -> None:
    if not words or words[0] in _PLAIN:
        return
    if words[0] == "make":
        assert words[1] in targets, f"{block.where}: make {words[1]} is no target"
        return
    assert Path(words[0]).name == "futurone", f"{block.where}: nobody checks {words[0]}"
    verb = " ".join(word for word in words[1:3] if not word.startswith("-"))
    known = verb if verb in verbs() else words[1]
    text = help_of(known)
    for option in (word.partition("=")[0] for word in words if word.startswith("--")):
        assert option in text, f"{block.where}: futurone {known} has no {option}"


def test_every_block_says_what_it_is() -> None:
    strange = [one.where for page in pages() for one in blocks(page, read(page)) if one.language not in LANGUAGES]
    assert strange == []


def test_every_page_is_run_with_a_key_that_there_is() -> None:
    assert {key_of(read(page)) for page in pages()} <= KEYS


def test_a_command_that_fails_is_reported_with_its_block(tmp_path: Path) -> None:
    shown = [
        Block(page="docs/x.md", line=3, language="bash", text="echo fine\n"),
        Block(page="docs/x.md", line=9, language="bash", text="false\n"),
    ]
    with pytest.raises(AssertionError, match=r"failed in block docs/x\.md:9"):
        run_shell(shown, tmp_path, environment(tmp_path))


def test_a_program_that_warns_is_reported(tmp_path: Path) -> None:
    text = "import warnings\nwarnings.warn('old', DeprecationWarning)\n"
    with pytest.raises(AssertionError, match="DeprecationWarning"):
        run_python(Block(page="x.md", line=1, language="python", text=text), tmp_path, environment(tmp_path))


def test_a_command_without_a_target_or_an_option_is_reported() -> None:
    block = Block(page="x.md", line=1, language="sh", text="")
    with pytest.raises(AssertionError, match="no target"):
        _check(["make", "lost"], {"setup"}, block)
    with pytest.raises(AssertionError, match="has no --lost"):
        _check(["futurone", "up", "--lost"], set(), block)
