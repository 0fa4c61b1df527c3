"""A local server's key is used from its owner's private file, only there, and only when no other is given."""

import json
from pathlib import Path

import pytest

from sdk.commands import Command
from sdk.standin import StandIn, as_json


@pytest.fixture
def client_file(tmp_path: Path, server: StandIn, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FUTURONE_DATA_DIR", str(tmp_path))
    path = tmp_path / "client.json"
    path.write_text(json.dumps({"url": server.url, "key": "fo_live_local"}))
    path.chmod(0o600)
    server.on("GET", "/v1/runs", as_json({"data": []}))
    return path


def keys_shown(server: StandIn) -> list[str | None]:
    return [each.headers.get("authorization") for each in server.seen]


@pytest.mark.usefixtures("client_file")
def test_the_local_servers_file_is_enough(command: Command, server: StandIn) -> None:
    assert command.bare("runs", "list").code == 0
    assert command.bare("runs", "list", "--base-url", f"{server.url}/v1/").code == 0
    assert keys_shown(server) == ["Bearer fo_live_local"] * 2


def test_it_is_looked_for_at_home_too(
    command: Command, server: StandIn, client_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FUTURONE_DATA_DIR")
    monkeypatch.setenv("HOME", str(client_file.parent))
    (client_file.parent / ".futurone").mkdir()
    client_file.rename(client_file.parent / ".futurone" / "client.json")
    assert command.bare("runs", "list").code == 0
    assert keys_shown(server) == ["Bearer fo_live_local"]


@pytest.mark.usefixtures("client_file")
def test_a_key_of_the_environment_or_the_options_wins(
    command: Command, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUTURONE_BASE_URL", server.url)
    monkeypatch.setenv("FUTURONE_API_KEY", "from-environment")
    command.bare("runs", "list")
    command.bare("runs", "list", "--api-key", "from-option")
    command.bare("--api-key", "from-root", "runs", "list")
    assert keys_shown(server) == ["Bearer from-environment", "Bearer from-option", "Bearer from-root"]


@pytest.mark.usefixtures("client_file")
def test_the_files_key_is_never_sent_to_another_server(command: Command) -> None:
    other = StandIn()
    done = command.bare("runs", "list", "--base-url", other.url)
    assert done.code == 1
    assert "no API key" in done.err
    assert other.seen == []
    other.close()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_touch_is_not_used_and_the_way_out_is_named(
    command: Command, server: StandIn, client_file: Path, mode: int
) -> None:
    client_file.chmod(mode)
    done = command.bare("runs", "list")
    assert done.code == 1
    assert "chmod 600" in done.err
    assert server.seen == []


def test_a_link_is_not_used(command: Command, server: StandIn, client_file: Path) -> None:
    real = client_file.rename(client_file.with_name("real.json"))
    client_file.symlink_to(real)
    assert command.bare("runs", "list").code == 1
    assert server.seen == []


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"url": "http://x"}', '{"url": 3, "key": "k"}', '{"url": "x", "key": "k"}']
)
def test_a_file_that_holds_something_else_is_said_and_not_used(
    command: Command, client_file: Path, content: str
) -> None:
    client_file.write_text(content)
    done = command.bare("runs", "list", "--base-url", "http://127.0.0.1:1")
    assert "does not hold a url and a key" in done.err
