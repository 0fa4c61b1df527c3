"""The audit trail over HTTP: pages, filters, an export that a command checks without a server."""

import json
from pathlib import Path

import pytest

from futurone import FuturOne
from futurone.cli import main
from house import Caller, refusal


def test_the_trail_is_listed_newest_first_and_filtered(live: Caller) -> None:
    run = live.create()["id"]
    live.post(f"/v1/runs/{run}/cancel")
    page = live.get("/v1/audit", params={"resource": run}).json()
    assert page["data"][-1]["action"] == "run.created"
    seqs = [line["seq"] for line in page["data"]]
    assert seqs == sorted(seqs, reverse=True)
    only = live.get("/v1/audit", params={"resource": run, "action": "run.created"}).json()["data"]
    assert [(line["resource"], line["outcome"]) for line in only] == [(run, "done")]
    assert only[0]["request_id"].startswith("req_")
    assert only[0]["details"]["agent"] == "research"


def test_pages_are_walked_by_cursor_without_gap_or_repeat(live: Caller) -> None:
    for _ in range(3):
        live.create()
    seen: list[int] = []
    cursor = None
    while True:
        page = live.get("/v1/audit", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [line["seq"] for line in page["data"]]
        cursor = page["pagination"]["next_cursor"]
        if cursor is None:
            break
    assert seen == list(range(seen[0], 0, -1))


def test_an_export_is_checked_offline_by_the_command(
    live: Caller, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live.create()
    answer = live.get("/v1/audit", headers={"Accept": "application/jsonl"})
    assert answer.headers["content-type"].startswith("application/jsonl")
    key = live.get("/v1/audit/key").json()["data"]["public_key"]
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    whole.write_bytes(answer.content)
    cut.write_bytes(b"".join(answer.content.splitlines(keepends=True)[:-2]))
    assert main(["audit", "verify", str(whole), "--key", key]) == 0
    assert "are as they were written" in capsys.readouterr().out
    assert main(["audit", "verify", str(cut), "--key", key]) == 1
    assert "cut off" in capsys.readouterr().out
    assert main(["audit", "verify", str(whole)]) == 0
    assert f"against the key in the file, {key}:" in capsys.readouterr().err
    assert main(["audit", "verify", str(cut)]) == 1
    assert capsys.readouterr().err == "", "nothing was checked against a key that is not there"
    assert all(json.loads(line) for line in answer.content.splitlines())


@pytest.mark.parametrize(
    ("query", "accept", "field"),
    [
        ({"after": "3"}, "application/json", "after"),
        ({"action": "run.created"}, "application/jsonl", "action"),
        ({"after": "99999999"}, "application/jsonl", "after"),
        ({"after": "-1"}, "application/jsonl", "after"),
        ({"created_after": "yesterday"}, "application/json", "created_after"),
        ({"workspace": "x"}, "application/json", "workspace"),
    ],
)
def test_what_it_cannot_answer_is_refused_by_name(query: dict[str, str], accept: str, field: str, live: Caller) -> None:
    answer = live.get("/v1/audit", params=query, headers={"Accept": accept})
    assert refusal(answer)[0] == 400
    assert answer.json()["error"]["details"]["field"] == field


def test_the_clients_list_it(live: Caller) -> None:
    run = live.create()["id"]
    key = live.headers["Authorization"].removeprefix("Bearer ")
    with FuturOne(key, str(live.http.base_url)) as client:
        assert [line.action for line in client.audit.list(resource=run)][-1] == "run.created"
        assert client.audit.signing_key().algorithm == "Ed25519"
        assert client.audit.export().count(b"\n") >= 2
