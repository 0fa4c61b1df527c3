"""Content on disk: what callers wrote is searched for in everything a server leaves there, and is not found."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from faults.conftest import Make
from faults.tools.backups import checkpoint
from faults.tools.books import Books, read_log
from faults.tools.planting import House, answer, has_ended
from faults.tools.search import Words
from faults.tools.servers import until

SAMPLES = {("log_heads", "sample"), ("run_receipts", "sample")}
"""Nothing, sealed under a run's key: kept so that it can be proven that no key is left which opens it."""

STORED = {
    "task",
    "task with a key",
    "query",
    "input",
    "tag",
    "hint",
    "answer",
    "reason",
    "file",
    "large file",
    "file name",
    "tool and artifact",
}
"""Places whose words are stored, and so must be found when nothing is sealed."""


@pytest.fixture
def make_house(make_server: Make, tmp_path: Path) -> Iterator[Any]:
    """Makes a house with its own embedded database, which is stopped afterwards."""
    made: list[House] = []

    def make(*, is_sealed: bool) -> House:
        words = Words()
        temporary = tmp_path / "tmp"
        temporary.mkdir()
        faults = {
            "sealing": is_sealed,
            "effects": str(tmp_path / "effects"),
            "words": words.plant("tool and artifact"),
        }
        environment = {"FUTURONE_LOG": "debug", "TMPDIR": str(temporary)}
        server = make_server("house/data", faults=faults, environment=environment).start()
        made.append(House(server, words))
        return made[0]

    yield make
    for house in made:
        house.server.end()
        house.cluster.stop(mode="immediate")


def test_nothing_that_callers_wrote_is_on_disk_while_runs_live_after_their_end_and_after_their_erasure(
    make_house: Any,
) -> None:
    house = make_house(is_sealed=True)
    house.fill()
    assert house.hits() == []
    with house.server.client() as client, house.server.client(is_live=True) as live:
        answer(client, house.waiting, "form", action="submit_input", payload={"city": house.words.plant("answer")})
        until("its end", lambda: has_ended(client, house.waiting), within_s=60)
        runs = [*house.runs, house.waiting]
        before = {run_id: read_log(live, run_id) for run_id in runs}
        artifacts = {run_id: live.get(f"/v1/runs/{run_id}/artifacts").json()["data"] for run_id in runs}
        assert sum(map(len, artifacts.values())) >= 3, "deliverables of research and of a script"
        for run_id in runs:
            assert live.post(f"/v1/runs/{run_id}/ack").status_code == 200
        for run_id in runs:
            _check_erased(live, run_id, before[run_id], artifacts[run_id])
    _check_rows_erased(house, runs)
    assert house.hits() == []


def _check_erased(client: httpx2.Client, run_id: str, before: list[Any], artifacts: list[Any]) -> None:
    for artifact in artifacts:
        answer = client.get(f"/v1/runs/{run_id}/artifacts/{artifact['id']}")
        assert (answer.status_code, answer.json()["reason_code"]) == (410, "CONTENT_ERASED")
    assert client.get(f"/v1/runs/{run_id}").json()["content"]["state"] == "erased"
    after = read_log(client, run_id)
    assert [(e["seq"], e["type"], e["timestamp"]) for e in after] == [
        (e["seq"], e["type"], e["timestamp"]) for e in before
    ]
    for old, new in zip(before, after, strict=True):
        has_lost = old["payload"]["value"] != new["payload"]["value"]
        assert new["payload"]["redacted"] or not has_lost
    assert any(event["payload"]["redacted"] for event in after[1:])
    assert client.post(f"/v1/runs/{run_id}/rerun").status_code == 410


def _check_rows_erased(house: House, runs: list[str]) -> None:
    columns = (
        "SELECT b.table_name, b.column_name FROM information_schema.columns b JOIN information_schema.columns r"
        " USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND b.data_type = 'bytea' AND r.column_name = 'run_id'"
    )
    with Books.open(house.cluster.start().url()) as books:
        found = {(row["table_name"], row["column_name"]) for row in books.rows(columns)}
        assert {("log_heads", "sealed_key"), ("events", "content"), ("run_contents", "sealed")} <= found
        for table, column in found - SAMPLES:
            query = f"SELECT run_id FROM {table} WHERE run_id = ANY(%s) AND {column} IS NOT NULL"
            assert books.rows(query, runs) == [], f"{table}.{column} is null"


@pytest.mark.heavy
def test_the_search_finds_what_callers_wrote_in_every_place_when_sealing_is_switched_off(make_house: Any) -> None:
    house = make_house(is_sealed=False)
    house.fill()
    checkpoint(house.server.data_dir)
    hits = house.hits()
    assert house.words.places(hits) == STORED
    files = {hit.file for hit in hits}
    assert any("/pg_wal/" in file for file in files)
    assert any("/base/" in file for file in files)
