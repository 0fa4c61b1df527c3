"""A house full of words: a server with a cluster of its own, told something in every place where callers can."""

import json
import secrets
from pathlib import Path
from typing import Any

import httpx2

from faults.tools.runs import order
from faults.tools.search import Hit, Words, family, passing_places, search
from faults.tools.servers import Server, until
from futurone_server.store.embedded import EmbeddedPostgres

MIB = 1 << 20


class House:
    """A server that was given words in every place where a caller can put some."""

    def __init__(self, server: Server, words: Words) -> None:
        self.server = server
        self.words = words
        self.cluster = EmbeddedPostgres(server.data_dir)
        self.runs: list[str] = []
        self.waiting = ""
        self.began = server.data_dir.stat().st_mtime

    def hits(self) -> list[Hit]:
        """Everything that can be found of the words now."""
        postmaster = self.cluster.pid
        assert postmaster is not None
        pids = family(self.server.pid, postmaster)
        places = [self.server.data_dir.parent, *Path("/tmp").glob("futurone-*"), *passing_places(self.began)]
        hits, size_bytes = search(self.words, list(dict.fromkeys(places)), pids)
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
                until("its end", lambda run_id=run_id: has_ended(live, run_id), within_s=60)  # type: ignore[misc]  # bound now

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
            answer(test, run_id, "approval", action="approve")
        answer(test, answered, "form", action="submit_input", payload={"city": plant("answer")})
        answer(test, rejected, "form", action="reject", payload={"reason": plant("reason")})


def answer(client: httpx2.Client, run_id: str, kind: str, **answer: Any) -> None:
    """Answer what a run waits for, once it does."""
    until(f"the {kind}", lambda: (_awaited(client, run_id) or {}).get("kind") == kind, within_s=60)
    found = client.post(f"/v1/runs/{run_id}/signal", json=answer)
    assert found.status_code == 200, found.text


def _awaited(client: httpx2.Client, run_id: str) -> Any:
    return client.get(f"/v1/runs/{run_id}", params={"wait": 5}).json()["awaiting"]


def has_ended(client: httpx2.Client, run_id: str) -> bool:
    """Whether a run has ended, after a short wait for it."""
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
