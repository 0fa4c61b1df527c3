"""Other distributions add verbs by name; none of their code is loaded before one of them is called."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sdk.commands import Command

MODULES = {
    "offering.py": (
        "greet = ('offered:greet', 'Say hello.')\ndef commands():\n    return {'greet': greet, 'run': greet}\n"
    ),
    "offered.py": "def greet(name: str = 'you') -> int:\n    print(f'hello {name}')\n    return 9\n",
    "broken.py": "raise RuntimeError('no good')\n",
}


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A real distribution on the path, made of files only."""
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    info = tmp_path / "offering-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: offering\nVersion: 1.0\n")
    offers = "[futurone.commands]\noffering = offering:commands\nbroken = broken:commands\n"
    (info / "entry_points.txt").write_text(offers)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("offering", "offered", "broken"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.usefixtures("plugins")
def test_an_offered_verb_is_called_with_its_arguments_and_its_exit_code_counts(command: Command) -> None:
    done = command.bare("greet", "--name", "Ada")
    assert (done.code, done.out) == (9, "hello Ada\n")


@pytest.mark.usefixtures("plugins")
def test_the_help_lists_offered_verbs_without_loading_them(command: Command) -> None:
    done = command.bare("--help")
    assert done.code == 0
    assert re.search(r"greet +Say hello\.", done.out)
    assert re.search(r"run +Give an agent a task", done.out)
    assert "offered" not in sys.modules


@pytest.mark.usefixtures("plugins")
def test_a_broken_plugin_is_said_and_the_other_verbs_work(command: Command) -> None:
    done = command.bare("greet")
    assert done.code == 9
    assert "broken:commands cannot be loaded: no good" in done.err


def test_our_own_verbs_load_no_plugin_and_no_server(plugins: Path) -> None:
    program = (
        "import sys; sys.argv = ['futurone', 'runs', 'list', '--base-url', 'http://127.0.0.1:1', '--api-key', 'k']; "
        "from futurone.cli import main; main(); print(*sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(plugins), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    roots = {name.partition(".")[0] for name in done.stdout.split()}
    assert roots & {"offering", "offered", "broken", "futurone_server", "fastapi", "sqlalchemy"} == set()
    assert "httpx2" in roots
