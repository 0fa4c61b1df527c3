"""A backup of a server at work, restored elsewhere: promises hold, runs go on, and what may not come back does not."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from faults.tools.books import Books
from faults.tools.runs import facts, order, order_many, wait_ends, wait_steps
from faults.tools.servers import Server
from futurone_server.store.embedded import EmbeddedPostgres
from futurone_server.store.keyfiles import KeyFiles
from nursery import nursery

KEEP = {"retention": {"mode": "keep"}}


def command(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    """A command as an operator gives it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FUTURONE_")}
    line = [nursery().futurone, *map(str, words)]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=120)


@dataclass(frozen=True, kw_only=True)
class Drill:
    """A server that was backed up while it worked, and what it was restored into."""

    file: Path
    told: dict[str, Any]
    backed_up: str
    old: Server
    new: Server
    kept: str
    long: str
    waiting: str
    zero: str
    live: str
    before: list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """Runs of every kind, under load, a backup, and a restore while the old server goes on."""
    folder = tmp_path_factory.mktemp("drill")
    old = Server(folder / "old").start()
    new = Server(folder / "new", name="new")
    new.data_dir.rmdir()
    try:
        yield _carry_out(folder, old, new)
    finally:
        for server in (old, new):
            server.end()
            EmbeddedPostgres(server.data_dir).stop(mode="immediate")


def _carry_out(folder: Path, old: Server, new: Server) -> Drill:
    with old.client(timeout_s=60) as client, Books.open(EmbeddedPostgres(old.data_dir).start().url()) as books:
        kept, zero = order(client, "[test:complete]", **KEEP), order(client, "[test:complete]")
        long, live = (order(client, "[test:steps 30 sleep 0.3]", **more) for more in (KEEP, {}))
        waiting = order(client, "[test:input]", **KEEP)
        wait_ends(books, [kept, zero], within_s=60)
        wait_steps(books, [long, live])
        load = order_many(client, 30, "[test:steps 3 sleep 0.1]")
        done = command("backup", folder / "one.dump", "--data-dir", old.data_dir)
        assert done.returncode == 0, done.stderr
        wait_ends(books, load, within_s=60)
        before = facts(books, long)
    told = _restore(folder / "one.dump", new, old)
    return Drill(
        file=folder / "one.dump",
        told=told,
        backed_up=done.stdout,
        old=old,
        new=new,
        kept=kept,
        long=long,
        waiting=waiting,
        zero=zero,
        live=live,
        before=before,
    )


def _restore(file: Path, new: Server, old: Server) -> dict[str, Any]:
    keys = old.data_dir / "keys"
    done = command("restore", file, "--data-dir", new.data_dir, "--keys", keys, "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def client(drill: Drill) -> Iterator[httpx2.Client]:
    """The restored server, asked with a key of the old one."""
    drill.new.start()
    drill.new.ready = {**drill.old.ready, **drill.new.ready}
    with drill.new.client(timeout_s=60) as client:
        yield client


def test_a_backup_is_one_private_file_without_the_keys_and_says_where_they_are(drill: Drill) -> None:
    assert drill.file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in drill.file.parent.glob("*one*")) == ["one.dump"], "no draft is left"
    root_key = drill.old.data_dir / "keys" / "root.key"
    assert str(root_key) in drill.backed_up
    content = drill.file.read_bytes()
    keys = [root_key.read_bytes(), *(path.read_bytes() for path in (root_key.parent / "epochs").iterdir())]
    assert len(keys) > 1
    assert not any(key in content for key in keys)


def test_what_was_restored_keeps_every_promise_and_the_database_sleeps_afterwards(drill: Drill) -> None:
    assert not EmbeddedPostgres(drill.new.data_dir).is_running()
    done = command("doctor", "verify", "--data-dir", drill.new.data_dir)
    assert done.returncode == 0, done.stdout
    assert "ok   I14" in done.stdout
    assert not EmbeddedPostgres(drill.new.data_dir).is_running()


def test_content_that_was_not_to_be_kept_is_gone_and_its_runs_say_so(drill: Drill, client: httpx2.Client) -> None:
    assert drill.told["erased"] >= 2
    assert drill.told["ended"] >= 1
    assert KeyFiles(drill.new.data_dir / "keys" / "epochs").names() == [], "keys of hours do not come along"
    for run_id in (drill.zero, drill.live):
        answer = client.get(f"/v1/runs/{run_id}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["content"]["erased_at"] is not None
        gone = client.post(f"/v1/runs/{run_id}/rerun")
        assert (gone.status_code, gone.json()["reason_code"]) == (410, "CONTENT_ERASED")
        assert client.get(f"/v1/runs/{run_id}/receipt").json()["receipt"]["cause"] == "restored"
    assert "CONTENT_ERASED" in client.get(f"/v1/runs/{drill.live}").text


def test_runs_go_on_where_the_backup_found_them_and_new_ones_can_be_made(drill: Drill, client: httpx2.Client) -> None:
    assert client.get(f"/v1/runs/{drill.kept}").json()["status"] == "completed"
    with client.stream("GET", f"/v1/runs/{drill.long}/events", timeout=60) as stream:
        raw = b"".join(stream.iter_bytes()).decode()
    assert raw.count("\nid: ") + raw.startswith("id: ") > 30
    assert client.post(f"/v1/runs/{drill.waiting}/signal", json={"action": "approve"}).status_code == 200
    fresh = order(client, "[test:complete]")
    with Books.open(EmbeddedPostgres(drill.new.data_dir).start().url()) as books:
        wait_ends(books, [drill.long, fresh], within_s=60)
        for run_id in (drill.long, drill.waiting, drill.live, fresh):
            books.check(run_id)
        after = facts(books, drill.long)
    pairs = enumerate(zip(drill.before, after, strict=False))
    shared = next((number for number, (one, other) in pairs if one != other), len(drill.before))
    assert shared > 3, "what was done before the backup stands there as it was"


def test_a_restore_refuses_a_directory_in_use_a_missing_key_and_what_is_no_backup(drill: Drill, tmp_path: Path) -> None:
    keys = drill.old.data_dir / "keys"
    used = command("restore", drill.file, "--data-dir", drill.old.data_dir, "--keys", keys)
    assert (used.returncode, "is not empty" in used.stderr) == (1, True)
    keyless = command("restore", drill.file, "--data-dir", tmp_path / "keyless")
    assert (keyless.returncode, "without the root key nothing" in keyless.stderr) == (1, True)
    strange = tmp_path / "strange.dump"
    strange.write_bytes(drill.file.read_bytes()[:2000])
    broken = command("restore", strange, "--data-dir", tmp_path / "broken", "--keys", keys)
    assert (broken.returncode, "is no backup, or is damaged" in broken.stderr) == (1, True)
    assert not (tmp_path / "broken").exists()


def test_a_restore_that_fails_half_way_leaves_nothing_but_the_root_key(drill: Drill, tmp_path: Path) -> None:
    cut, new = tmp_path / "cut.dump", tmp_path / "new"
    shutil.copy(drill.file, cut)
    os.truncate(cut, cut.stat().st_size * 9 // 10)
    done = command("restore", cut, "--data-dir", new, "--keys", drill.old.data_dir / "keys")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert [path.name for path in new.iterdir()] == ["keys"]


def test_a_backup_never_overwrites_another_and_says_what_is_missing(drill: Drill, tmp_path: Path) -> None:
    again = command("backup", drill.file, "--data-dir", drill.old.data_dir)
    assert (again.returncode, "File exists" in again.stderr) == (1, True)
    nothing = command("backup", tmp_path / "b.dump", "--data-dir", tmp_path / "nowhere")
    assert (nothing.returncode, "holds no database" in nothing.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []
