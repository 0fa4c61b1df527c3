"""The commands of the Makefile keep their word: help is complete, old Pythons are refused, a failed check fails."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from architecture.sources import ROOT

SET_UP_OF = ("scripts", "requirements", "Makefile", "server/pyproject.toml", "sdks/python/pyproject.toml")
TOOLS = ("python", "ruff", "mypy", "lint-imports")


def _run(*command: str, at: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=at, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def _program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a set-up reads, in a folder whose name has a space."""
    folder = tmp_path / "a copy"
    for name in SET_UP_OF:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, folder / name)
    return folder


def test_help_is_the_default_and_lists_every_public_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z]+):(?!=)", makefile, re.MULTILINE)
    said = _run("make", at=ROOT)
    assert said.returncode == 0
    listed = re.findall(r"^  make ([a-z]+)", said.stdout, re.MULTILINE)
    assert set(targets) - set(listed) == {"dev"}


def test_a_python_that_is_too_old_is_refused_in_plain_words(copy: Path) -> None:
    old = _program(copy / "old python", 'test "$1" != -V || { echo Python 3.10.4; exit 0; }; exit 1')
    said = _run("scripts/setup", at=copy, PYTHON=str(old))
    assert said.returncode == 1
    assert "is Python 3.10.4, and FuturOne needs Python 3.11 or later" in said.stderr
    assert not (copy / ".venv").exists()


def test_a_python_that_is_not_there_is_said_to_be_missing(copy: Path) -> None:
    said = _run("scripts/setup", at=copy, PYTHON="python-of-nowhere")
    assert said.returncode == 1
    assert "python-of-nowhere was not found" in said.stderr


def _pretend_set_up(copy: Path) -> str:
    """A finished set-up: an environment with its fingerprint, and a python that would refuse to make another."""
    _program(copy / ".venv/bin/python", "exit 0")
    wanted = _run("sh", "-c", '. scripts/fingerprint && fingerprint "$1"', "sh", "server", at=copy).stdout
    (copy / ".venv/.setup-server").write_text(wanted)
    return str(_program(copy / "no python", "exit 1"))


def test_a_set_up_is_not_repeated_until_a_lock_a_package_or_the_folder_changes(copy: Path) -> None:
    python = _pretend_set_up(copy)
    assert _run("scripts/setup", "server", at=copy, PYTHON=python).returncode == 0
    moved = copy.rename(copy.with_name("moved"))
    python = str(moved / "no python")
    assert _run("scripts/setup", "server", at=moved, PYTHON=python).returncode == 1
    python = _pretend_set_up(moved)
    for changed in ("requirements/server.txt", "server/pyproject.toml"):
        before = (moved / changed).read_text()
        (moved / changed).write_text(before + "\n# changed\n")
        assert _run("scripts/setup", "server", at=moved, PYTHON=python).returncode == 1
        (moved / changed).write_text(before)
    assert _run("scripts/setup", "server", at=moved, PYTHON=python).returncode == 0


@pytest.mark.parametrize(("broken", "stage"), [("mypy", "types"), ("lint-imports", "layers"), ("ruff", "format")])
def test_one_failed_check_fails_the_whole_and_is_named(copy: Path, broken: str, stage: str) -> None:
    for tool in TOOLS:
        _program(copy / ".venv/bin" / tool, "exit 1" if tool == broken else "exit 0")
    said = _run("scripts/check", at=copy)
    assert said.returncode == 1
    assert said.stdout.endswith(f"The first stage that failed: {stage}\n")
    assert re.search(r"tests +passed", said.stdout), "the other stages run all the same"


def test_checks_that_all_pass_succeed(copy: Path) -> None:
    for tool in TOOLS:
        _program(copy / ".venv/bin" / tool, "exit 0")
    said = _run("scripts/check", at=copy)
    assert said.returncode == 0
    assert "FAILED" not in said.stdout
