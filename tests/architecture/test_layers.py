"""The import contracts bite: each forbidden import, planted in a small tree of the same shape, breaks its contract."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from architecture.sources import ROOT

LAYERS = (
    "kit telemetry store engine models tools blobs egress eventlog features web api pipelines migrations "
    "features.workspaces features.keys features.webhooks features.vault features.runs features.chats features.agents "
    "api.runs"
)
SOUND = {
    **{f"futurone_server.{name}.__init__": "" for name in LAYERS.split()},
    "futurone_server.__init__": "",
    "futurone.__init__": "",
    "futurone_server.main": (
        "import futurone_server.api, futurone_server.config, futurone_server.egress.client, futurone_server.models"
    ),
    "futurone_server.config": "import pydantic",
    "futurone_server.reactions": "import futurone_server.features.runs",
    "futurone_server.api.runs.routes": "import fastapi, pydantic, futurone_server.features.runs",
    "futurone_server.web.context": "import starlette, futurone_server.features.keys",
    "futurone_server.pipelines.conduct": "import futurone_server.models, futurone_server.tools, futurone_server.engine",
    "futurone_server.egress.client": "import httpx2",
    "futurone_server.features.runs.store": "import sqlalchemy, futurone_server.eventlog",
    "futurone_server.features.runs.service": "import futurone_server.features.keys, futurone_server.blobs.store",
    "futurone_server.eventlog.log": "import sqlalchemy",
    "futurone_server.store.database": "import psycopg, futurone_server.kit",
    "futurone_server.blobs.store": "import sqlalchemy",
}
"""A tree that keeps every contract, with each permission used once."""

PLANTED = {
    "futurone_server.kit.planted": ("import futurone_server.store.database", "Layers"),
    "futurone_server.telemetry.planted": ("import futurone_server.features.runs", "Layers"),
    "futurone_server.eventlog.planted": ("import futurone_server.features.runs", "Layers"),
    "futurone_server.features.runs.planted_config": ("import futurone_server.config", "Layers"),
    "futurone_server.pipelines.planted_api": ("import futurone_server.api.runs", "Layers"),
    "futurone_server.egress.planted": ("import futurone_server.models", "Layers"),
    "futurone_server.features.runs.planted_chats": ("import futurone_server.features.chats", "Rooms"),
    "futurone_server.features.webhooks.planted": ("import futurone_server.features.runs", "Rooms"),
    "futurone_server.features.agents.planted": ("import futurone_server.features.chats", "Rooms"),
    "futurone_server.features.runs.planted_http": ("import fastapi", "HTTP"),
    "futurone_server.pipelines.planted_http": ("from starlette.requests import Request", "HTTP"),
    "futurone_server.eventlog.planted_http": ("import pydantic", "HTTP"),
    "futurone_server.spare_file": ("", "Layers"),
    "futurone_server.features.runs.planted_sql": ("from sqlalchemy import text", "SQL"),
    "futurone_server.api.runs.planted_sql": ("import psycopg", "SQL"),
    "futurone_server.features.runs.planted_model": ("import futurone_server.models", "The outside"),
    "futurone_server.api.runs.planted_way_out": ("import futurone_server.egress.client", "The outside"),
    "futurone_server.pipelines.planted_sdk": ("import futurone", "The SDK"),
    "futurone.planted": ("import futurone_server.kit", "The SDK"),
    "futurone_server.utils.__init__": ("", "Layers"),
    "futurone_server.features.notes.__init__": ("", "Rooms"),
    "futurone_server.kit.planted_one": ("import futurone_server.kit.planted_two", "No import cycle"),
    "futurone_server.kit.planted_two": ("import futurone_server.kit.planted_one", "No import cycle"),
}
"""Each file breaks the contract whose name begins so."""


def _plant(root: Path, tree: Mapping[str, str]) -> None:
    for module, text in tree.items():
        path = root / (module.replace(".", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _verdict(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    command += ["--config", str(ROOT / "pyproject.toml")]
    environment = {"PYTHONPATH": str(root), "COLUMNS": "200"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What is said of the tree with every violation planted at once, by the beginning of the contract's name."""
    root = tmp_path_factory.mktemp("broken")
    _plant(root, SOUND)
    _plant(root, {module: text for module, (text, _) in PLANTED.items()})
    said = _verdict(root)
    assert said.returncode == 1, said.stdout + said.stderr
    names = {contract for _, contract in PLANTED.values()}
    found = dict.fromkeys(names, "")
    current = ""
    for line in said.stdout.partition("Broken contracts")[2].splitlines():
        current = next((name for name in names if line.startswith(name)), current)
        if current:
            found[current] += line + "\n"
    return found


def test_a_sound_tree_keeps_every_contract(tmp_path: Path) -> None:
    _plant(tmp_path, SOUND)
    said = _verdict(tmp_path)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("module", PLANTED)
def test_a_planted_violation_is_reported_under_its_contract(complaints: Mapping[str, str], module: str) -> None:
    name = module.removesuffix(".__init__").rpartition(".")[2]
    assert name in complaints[PLANTED[module][1]]
