"""Zero retention, looked for from outside: in every file, log, backup and key that is left, also after kills."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from faults.conftest import Make
from faults.tools.backups import checkpoint, make_backups, opened_by, windows, wrapped_copies
from faults.tools.books import Books
from faults.tools.commits import arm, disarm
from faults.tools.planting import House, answer, has_ended
from faults.tools.runs import order
from faults.tools.search import Words
from faults.tools.servers import until
from futurone_server.eventlog import EpochKeys
from futurone_server.kit.crypto import CannotOpen, Sealer, derive
from futurone_server.store.keyfiles import KeyFiles

FUTURONE = [sys.executable, "-c", "from futurone.cli import main; raise SystemExit(main())"]
HOUR_S = 3_600
DEATHS = [(at, when) for at in (1, 2, 3, 4) for when in ("before", "after")]


class Era(House):
    """A house full of words whose clock can be put forward."""

    def __init__(self, server: Any, words: Words, directory: Path) -> None:
        super().__init__(server, words)
        self.directory = directory
        self.plan = directory / "plan.json"
        self.ahead_s = 0.0

    @property
    def key_dir(self) -> Path:
        return self.server.data_dir / "keys"

    def epochs(self) -> set[str]:
        """The hours whose keys are here, but for what a process that died was about to make: that wraps nothing."""
        with Books.open(self.cluster.start().url()) as books:
            known = {row["id"] for row in books.rows("SELECT id FROM key_epochs")}
        return known & set(KeyFiles(self.key_dir / "epochs").names())

    def go_on(self, seconds: float) -> None:
        """Put the clock forward."""
        self.ahead_s += seconds
        draft = self.directory / "clock.draft"
        draft.write_text(str(self.ahead_s))
        draft.replace(self.directory / "clock")

    def turn(self) -> None:
        """An hour and a bit pass; what hung on its key is moved, its file destroyed. The server may die of it."""
        old = self.epochs()
        self.go_on(HOUR_S + 65)
        until("the end of the hour", lambda: not self.is_open(old), within_s=60)
        for _ in range(3):
            self.go_on(65)
            until("the move", lambda: not self.is_used(old), within_s=60)
        until("the end of the hour's key", lambda: not self.has(old), within_s=60)

    def is_open(self, epochs: set[str]) -> bool:
        """Whether any of these hours may still be taken, once the server lives."""
        self.revive()
        with Books.open(self.cluster.start().url()) as books:
            return bool(books.rows("SELECT 1 FROM key_epochs WHERE id = ANY(%s) AND closed_at IS NULL", list(epochs)))

    def has(self, epochs: set[str]) -> bool:
        """Whether the file of any of these hours' keys is there, once the server lives."""
        self.revive()
        return bool(epochs & self.epochs())

    def is_used(self, epochs: set[str]) -> bool:
        """Whether any run's key hangs on one of these hours' keys, once the server lives."""
        self.revive()
        with Books.open(self.cluster.start().url()) as books:
            named = "SELECT 1 FROM log_heads WHERE sealed_key IS NOT NULL AND key_epoch = ANY(%s)"
            return bool(books.rows(named, list(epochs)))

    def revive(self) -> None:
        """Start the server again if it has died."""
        if not self.server.is_alive:
            assert self.server.code == -9, self.server.log()
            disarm(self.plan)
            self.server.start()

    def kill_or(self, work: Callable[[], object]) -> None:
        """Carry something out that the server may die of; then it is alive again."""
        try:
            work()
        except httpx2.TransportError:
            until("its death", lambda: not self.server.is_alive, within_s=30)
        self.revive()


@pytest.fixture
def make_era(make_server: Make, tmp_path: Path) -> Iterator[Any]:
    """Makes a house with an embedded database of its own, which is stopped afterwards."""
    made: list[Era] = []

    def make(*, is_sealed: bool = True) -> Era:
        words = Words()
        (tmp_path / "tmp").mkdir()
        faults = {"sealing": is_sealed, "effects": str(tmp_path / "effects"), "words": words.plant("tool and artifact")}
        faults |= {"clock": str(tmp_path / "clock"), "rounds_s": 0.2, "plan": str(tmp_path / "plan.json")}
        environment = {"FUTURONE_LOG": "debug", "TMPDIR": str(tmp_path / "tmp")}
        server = make_server("house/data", faults=faults, environment=environment).start()
        made.append(Era(server, words, tmp_path))
        return made[0]

    yield make
    for era in made:
        era.server.end()
        era.cluster.stop(mode="immediate")


def keys_of(era: Era) -> list[bytes]:
    """Every key that the key directory gives: what lies there, and what it opens."""
    root_key = (era.key_dir / "root.key").read_bytes()
    found = list(windows(path for path in era.key_dir.rglob("*") if path.is_file()))
    found += [derive(root_key, purpose) for purpose in ("wrap", "wrap-epoch", "fingerprint")]
    files = KeyFiles(era.key_dir / "epochs")
    root = Sealer(derive(root_key, "wrap-epoch"))
    return found + [root.open(files.read(name) or b"", name) for name in files.names()]


def finish(era: Era) -> list[str]:
    with era.server.client() as client:
        answer(client, era.waiting, "form", action="submit_input", payload={"city": era.words.plant("answer")})
        until("its end", lambda: has_ended(client, era.waiting), within_s=60)
    return [*era.runs, era.waiting]


@pytest.mark.heavy
def test_after_its_time_nothing_opens_what_was_written_not_in_the_files_nor_in_backups_nor_in_the_log_of_writes(
    make_era: Any,
) -> None:
    era = make_era()
    era.fill()
    runs = finish(era)
    backups = era.server.data_dir.parent / "backups"
    early = wrapped_copies([era.server.data_dir])
    assert any("/pg_wal/" in file for names in early.values() for file in names)
    make_backups(era.server.data_dir, backups)
    assert era.hits() == [], "sealed while it lives"
    copies = wrapped_copies([backups])
    # What the head of a page of the log of writes cuts in two is no copy that anything opens.
    keys = keys_of(era)
    assert opened_by(keys, early) <= set(copies)
    assert len(opened_by(keys, copies)) >= len(runs), "while the hour lasts, its key opens them"
    with era.server.client(is_live=True) as live:
        for run_id in runs:
            assert live.post(f"/v1/runs/{run_id}/ack").status_code == 200
        era.turn()
        for run_id in runs:
            told = live.get(f"/v1/runs/{run_id}/receipt").json()["receipt"]["wrapping_key"]
            assert told["state"] == "destroyed", told
    make_backups(era.server.data_dir, era.server.data_dir.parent / "later")
    checkpoint(era.server.data_dir)
    assert era.hits() == []
    assert set(copies) <= set(wrapped_copies([backups])), "the copies are still there"
    assert opened_by(keys_of(era), copies) == set()
    check_command(era, runs)


def check_command(era: Era, runs: list[str]) -> None:
    for run_id in runs[:2]:
        command = [*FUTURONE, "retention", "verify", run_id, "--data-dir", str(era.server.data_dir)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "BAD" not in done.stdout


@pytest.mark.heavy
def test_the_search_finds_words_in_backups_and_in_what_is_compressed_when_sealing_is_switched_off(
    make_era: Any,
) -> None:
    era = make_era(is_sealed=False)
    era.fill()
    make_backups(era.server.data_dir, era.server.data_dir.parent / "backups")
    places = {hit.file for hit in era.hits()}
    assert any("/backups/base/base/" in file for file in places)
    assert any("/backups/dump.sql" in file for file in places)
    assert any("/backups/packed/base.tar.gz at " in file for file in places)


@pytest.mark.heavy
def test_death_at_any_step_of_an_erasure_and_of_the_end_of_an_hour_leaves_nothing_behind(make_era: Any) -> None:
    era = make_era()
    task = f"[test:complete] {era.words.plant('task')}"
    with era.server.client() as client:
        run_ids = [order(client, task) for _ in DEATHS]
        waiting = order(client, f"[test:input] {era.words.plant('task')}")
        for run_id in run_ids:
            until("its end", lambda run_id=run_id: has_ended(client, run_id), within_s=60)  # type: ignore[misc]  # bound now
    copies = wrapped_copies([era.server.data_dir])
    for run_id, (_, when) in zip(run_ids, DEATHS, strict=True):
        arm(era.plan, at=1, when=when, act="kill")
        era.kill_or(lambda run_id=run_id: acknowledge(era, run_id))
        era.kill_or(lambda run_id=run_id: acknowledge(era, run_id))
    deaths = 0
    for at, when in DEATHS:
        arm(era.plan, at=at, when=when, act="kill", where="retention")
        before = era.server.pid
        era.turn()
        deaths += era.server.pid != before
    assert deaths >= len(DEATHS) / 2, "closing, opening, moving and destroying are commits of their own"
    disarm(era.plan)
    era.turn()
    assert era.hits() == []
    assert opened_by(keys_of(era), copies) == set()
    with era.server.client() as client, Books.open(era.cluster.start().url()) as books:
        for run_id in run_ids:
            assert client.get(f"/v1/runs/{run_id}/receipt").status_code == 200
            assert not books.rows("SELECT 1 FROM log_heads WHERE run_id = %s AND sealed_key IS NOT NULL", run_id)
        answer(client, waiting, "approval", action="approve")
        answer(client, waiting, "form", action="submit_input", payload={"city": "Lisbon"})
        until("its end", lambda: has_ended(client, waiting), within_s=60)
        assert client.get(f"/v1/runs/{waiting}").json()["status"] == "completed", "its key has come along"


def acknowledge(era: Era, run_id: str) -> None:
    with era.server.client() as client:
        assert client.post(f"/v1/runs/{run_id}/ack").status_code == 200


def test_a_key_that_lies_somewhere_is_found_by_the_scan(tmp_path: Path) -> None:
    files = KeyFiles(tmp_path / "epochs")
    keys = EpochKeys(files, bytes(32))
    keys.make("ep_1")
    sealed = keys.get("ep_1").seal(b"a run's key", "somewhere")
    assert opened_by(windows(tmp_path.rglob("*.key")), [sealed]) == set(), "wrapped as it is, it opens nothing"
    key = Sealer(derive(bytes(32), "wrap-epoch")).open(files.read("ep_1") or b"", "ep_1")
    (tmp_path / "swap").write_bytes(b"other things " + key + b" other things")
    assert opened_by(windows([tmp_path / "swap"]), [sealed]) == {sealed}
    files.overwrite("ep_1")
    with pytest.raises(CannotOpen):
        Sealer(derive(bytes(32), "wrap-epoch")).open(files.read("ep_1") or b"", "ep_1")
