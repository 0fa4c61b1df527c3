"""Content on disk: what callers wrote is searched for in everything a server leaves there, and is not found."""

import json
import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from faults.conftest import Make
from faults.tools.books import Books, read_log
from faults.tools.runs import order
from faults.tools.search import Hit, Words, family, search
from faults.tools.servers import Server, until
from futurone_server.store.embedded import EmbeddedPostgres

MIB = 1 << 20
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


class House:
    """A server that was given words in every place where a caller can put some."""

    def __init__(self, server: Server, words: Words) -> None:
        self.server = server
        self.words = words
        self.cluster = EmbeddedPostgres(server.data_dir)
        self.runs: list[str] = []
        self.waiting = ""

    def hits(self) -> list[Hit]:
        """Everything that can be found of the words now."""
        postmaster = self.cluster.pid
        assert postmaster is not None
        pids = family(self.server.pid, postmaster)
        hits, size_bytes = search(self.words, [self.server.data_dir.parent, *Path("/tmp").glob("futurone-*")], pids)
        assert len(pids) > 3, "the server, PostgreSQL and its helpers"
        assert size_bytes > 30 * MIB, "a cluster was read"
        return hits

    def fill(self) -> None:
        """Let callers say things everywhere, rightly and wrongly."""
        plant = self.words.plant
        with self.server.client(is_live=True) as live, self.server.client() as test:
            self._research(live)
            self._converse(test)
            _say_wrongly(test, plant)
            _say_wrongly(live, plant)
            for run_id in self.runs:
                until("its end", lambda run_id=run_id: _has_ended(live, run_id), within_s=60)  # type: ignore[misc]  # bound now

    def _research(self, live: httpx2.Client) -> None:
        plant = self.words.plant
        fact = f"The Meridian archive keeps its records for 37 days, see {plant('file')}."
        small = live.post("/v1/vault/files", files={"file": (f"{plant('file name')}.txt", fact.encode())})
        assert small.status_code == 201, small.text
        # Between the words is what cannot be compressed, so that the database stores all of it as it is.
        large = plant("large file").encode().join([secrets.token_hex(20_000).encode() for _ in range(40)])
        assert len(large) > MIB
        assert live.post("/v1/vault/files", files={"file": ("large.txt", large)}).status_code == 201
        task = f"How long does the Meridian archive keep its records? {plant('task')}"
        self.runs.append(order(live, task, files=[small.json()["data"]["id"]]))
        body = {
            "input": {"user_query": f"What does it keep? {plant('query')}", "more": {"deep": [plant("input")]}},
            "sensitivity_tags": [plant("tag")],
            "routing_hint": plant("hint"),
        }
        made = live.post("/v1/runs", json=body, headers={"Idempotency-Key": "one"})
        assert made.status_code == 201, made.text
        self.runs.append(made.json()["id"])

    def _converse(self, test: httpx2.Client) -> None:
        plant = self.words.plant
        body = {"agent": "research", "task": f"[test:complete] {plant('task with a key')}"}
        made = test.post("/v1/runs", json=body, headers={"Idempotency-Key": "two"})
        self.runs.append(made.json()["id"])
        answered, rejected, self.waiting = (order(test, "[test:input]") for _ in range(3))
        self.runs += [answered, rejected]
        for run_id in (answered, rejected, self.waiting):
            _answer(test, run_id, "approval", action="approve")
        _answer(test, answered, "form", action="submit_input", payload={"city": plant("answer")})
        _answer(test, rejected, "form", action="reject", payload={"reason": plant("reason")})


def _answer(client: httpx2.Client, run_id: str, kind: str, **answer: Any) -> None:
    until(f"the {kind}", lambda: (_awaited(client, run_id) or {}).get("kind") == kind, within_s=60)
    found = client.post(f"/v1/runs/{run_id}/signal", json=answer)
    assert found.status_code == 200, found.text


def _awaited(client: httpx2.Client, run_id: str) -> Any:
    return client.get(f"/v1/runs/{run_id}", params={"wait": 5}).json()["awaiting"]


def _has_ended(client: httpx2.Client, run_id: str) -> bool:
    return client.get(f"/v1/runs/{run_id}", params={"wait": 5}).json()["completed_at"] is not None


def _say_wrongly(client: httpx2.Client, plant: Any) -> None:
    """Requests that are refused, each with words where it is wrong and where it is right."""
    word = plant("a refused request")
    good = {"agent": "research", "task": f"[test:complete] {word}"}
    refused = [
        client.post("/v1/runs", json={**good, word: word}),
        client.post("/v1/runs", json={**good, "agent": word}),
        client.post("/v1/runs", json={**good, "files": [word]}),
        client.post("/v1/runs", json={**good, "task": word * 4000}),
        client.post("/v1/runs", json={**good, "budget": {"max_wall_s": word}}),
        client.post("/v1/runs", content=json.dumps(good).encode()[:-1], headers={"Content-Type": "application/json"}),
        client.post("/v1/runs", content=json.dumps(good).encode() * 20_000),
        client.post("/v1/runs", json=good | {"task": f"{word}\0"}, headers={"Idempotency-Key": "three four"}),
        client.get("/v1/runs", params={"agent": word, word: word}),
        client.get(f"/v1/runs/{word}"),
        client.post(f"/v1/runs/{word}/signal", json={"action": word}),
        client.get("/v1/whoami", headers=[(b"Authorization", f"Bearer {word}".encode())]),
        client.post("/v1/vault/files", files={"file": (f"{word}.txt", word.encode())}, data={"folder_id": word}),
        client.post("/v1/vault/files", content=word.encode(), headers={"Content-Type": "multipart/form-data"}),
        client.get(f"/v1/vault/download/{word}"),
    ]
    assert {answer.status_code // 100 for answer in refused} == {4}, [answer.status_code for answer in refused]


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
        _answer(client, house.waiting, "form", action="submit_input", payload={"city": house.words.plant("answer")})
        until("its end", lambda: _has_ended(client, house.waiting), within_s=60)
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
        for table, column in found:
            query = f"SELECT run_id FROM {table} WHERE run_id = ANY(%s) AND {column} IS NOT NULL"
            assert books.rows(query, runs) == [], f"{table}.{column} is null"


def test_the_search_finds_what_callers_wrote_in_every_place_when_sealing_is_switched_off(make_house: Any) -> None:
    house = make_house(is_sealed=False)
    house.fill()
    with closing(_superuser(house)) as chief:
        chief.execute("CHECKPOINT")
    hits = house.hits()
    assert house.words.places(hits) == STORED
    files = {hit.file for hit in hits}
    assert any("/pg_wal/" in file for file in files)
    assert any("/base/" in file for file in files)


def _superuser(house: House) -> Any:
    import psycopg

    password = (house.server.data_dir / "secrets" / "postgres-superuser").read_text().strip()
    host = str(house.cluster.start().socket_dir)
    return psycopg.connect(host=host, user="postgres", password=password, dbname="postgres", autocommit=True)
