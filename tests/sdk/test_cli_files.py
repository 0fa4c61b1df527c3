"""Files go up before the run that needs them, and deliverables come down under names that can do no harm."""

from pathlib import Path

import pytest

from futurone.cli import main
from futurone.cli._text import safe_name
from sdk.commands import RUN_ID, Command, play
from sdk.standin import Answer, StandIn, as_json, refusal

REPORT = Answer(body=b"# Report", headers={"content-type": "text/markdown; charset=utf-8"})


def offer(server: StandIn, *labels: str) -> None:
    artifacts = [{"id": f"art_{n}", "type": "report", "label": label} for n, label in enumerate(labels)]
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts", as_json({"data": artifacts}))
    for artifact in artifacts:
        server.on("GET", f"/v1/runs/{RUN_ID}/artifacts/{artifact['id']}", REPORT)


def test_files_are_uploaded_first_and_named_in_the_run(command: Command, server: StandIn, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    uploaded = [as_json({"data": {"id": f"file_{n}", "name": "x"}}, status=201) for n in (1, 2)]
    server.on("POST", "/v1/vault/files", *uploaded)
    play(server, "completed")
    files = [argument for name in ("a.txt", "b.txt") for argument in ("--file", str(tmp_path / name))]
    done = command("run", "research", "Why?", *files, "--metadata", "ticket=a=b", "--threshold", "0.5", "--json")
    order = {"agent": "research", "task": "Why?", "files": ["file_1", "file_2"], "threshold": 0.5}
    assert server.asked("POST", "/v1/runs")[0].json() == order | {"metadata": {"ticket": "a=b"}}
    assert [record["object"] for record in done.records] == ["run", "run"]


def test_uploads_are_told_in_one_line_by_their_names(command: Command, server: StandIn, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    server.on("POST", "/v1/vault/files", as_json({"data": {"id": "file_1", "name": "x"}}, status=201))
    play(server, "completed")
    files = [argument for name in ("a.txt", "b.txt") for argument in ("--file", str(tmp_path / name))]
    told = command("run", "research", "Why?", *files).out
    assert told.splitlines()[0] == "Put into the vault: a.txt, b.txt"


def test_an_input_is_sent_instead_of_a_task(command: Command, server: StandIn) -> None:
    play(server, "completed")
    command("run", "agt_1", "--input", '{"user_query": "Why?"}')
    assert server.seen[0].json() == {"agent": "agt_1", "input": {"user_query": "Why?"}}


def test_a_finished_runs_deliverables_are_saved(command: Command, server: StandIn, tmp_path: Path) -> None:
    play(server, "completed")
    offer(server, "Market sizing report")
    out = tmp_path / "new" / "out"
    done = command("run", "research", "Why?", "--out", str(out), "--json")
    saved = out / "Market-sizing-report.md"
    assert saved.read_bytes() == b"# Report"
    assert done.records[1] == {"object": "saved_artifact", "id": "art_0", "path": str(saved), "bytes": 8}
    assert done.records[-1]["object"] == "run"


@pytest.mark.parametrize(
    ("output_format", "media_type", "name"),
    [
        ("pdf", "application/pdf", "Report.pdf"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Report.docx"),
        ("html", "text/html; charset=utf-8", "Report.html"),
    ],
)
def test_deliverables_are_saved_in_the_format_asked_for(
    command: Command, server: StandIn, tmp_path: Path, output_format: str, media_type: str, name: str
) -> None:
    offer(server, "Report")
    answer = Answer(body=b"%file", headers={"content-type": media_type})
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts/art_0", answer)
    assert command("runs", "artifacts", RUN_ID, "--out", str(tmp_path), "--format", output_format).code == 0
    assert (tmp_path / name).read_bytes() == b"%file"
    assert server.seen[-1].query == {"format": [output_format]}


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("../../etc/passwd", "etc-passwd.md"),
        ("/absolute", "absolute.md"),
        ("..", "file.md"),
        (".bashrc", "bashrc.md"),
        ("-rf", "rf.md"),
        ("C:\\x|y?", "C-x-y.md"),
        ("a\u202egpj.exe\x1b[2J", "agpj.exe[2J.md"),
        ("", "report.md"),
        ("Größe 北京", "Größe-北京.md"),
        ("report.md", "report.md"),
        ("北" * 200, "北" * 32 + ".md"),
    ],
)
def test_a_label_becomes_a_harmless_name_inside_the_directory(
    command: Command, server: StandIn, tmp_path: Path, label: str, expected: str
) -> None:
    offer(server, label)
    assert command("runs", "artifacts", RUN_ID, "--out", str(tmp_path / "out")).code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == [expected]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_nothing_that_is_there_is_overwritten_not_even_through_a_link(
    command: Command, server: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "report.md").write_text("mine")
    (tmp_path / "report-2.md").symlink_to(tmp_path / "elsewhere")
    offer(server, "report", "report")
    command("runs", "artifacts", RUN_ID, "--out", str(tmp_path))
    assert (tmp_path / "report.md").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "report-2.md",
        "report-3.md",
        "report-4.md",
        "report.md",
    ]


def test_a_deliverable_held_for_review_is_said_and_the_outcome_stands(
    command: Command, server: StandIn, tmp_path: Path
) -> None:
    play(server, "escalated")
    offer(server, "Report")
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts/art_0", refusal(409, "conflict", "HELD_FOR_REVIEW"))
    done = command("run", "research", "Why?", "--out", str(tmp_path))
    assert done.code == 3
    assert "Report is not saved: refused as conflict" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_vault_file_comes_out_under_its_name_made_harmless(
    command: Command, server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    server.on(
        "GET", "/v1/vault/files/file_1", as_json({"data": {"id": "file_1", "name": "../../.ssh/authorized_keys"}})
    )
    server.on("GET", "/v1/vault/files/file_1/download", as_json({"data": {"url": "/raw"}}))
    server.on("GET", "/raw", Answer(body=b"content"))
    assert command("vault", "get", "file_1").code == 0
    assert command("vault", "get", "file_1", "--out", "mine.txt").code == 0
    assert (tmp_path / "ssh-authorized_keys").read_bytes() == (tmp_path / "mine.txt").read_bytes() == b"content"


def test_a_vault_file_goes_to_standard_output_as_it_is(
    server: StandIn, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    server.on("GET", "/v1/vault/files/file_1/download", as_json({"data": {"url": "/raw"}}))
    server.on("GET", "/raw", Answer(body=b"\x00\xff\x1b"))
    assert main(["vault", "get", "file_1", "--out", "-", "--base-url", server.url, "--api-key", "k"]) == 0
    assert capsysbinary.readouterr().out == b"\x00\xff\x1b"


def test_files_are_put_and_listed(command: Command, server: StandIn, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    file = {"id": "file_1", "name": "a.txt", "size": 1, "type": "text/plain"}
    server.on("POST", "/v1/vault/files", as_json({"data": file}, status=201))
    server.on("GET", "/v1/vault/files", as_json({"data": [file]}))
    assert command("vault", "put", str(tmp_path / "a.txt")).out == "file_1  a.txt\n"
    assert command("vault", "ls").out.split() == ["file_1", "1", "text/plain", "a.txt"]


def test_a_safe_name_is_never_longer_than_file_systems_allow() -> None:
    assert len(safe_name("€" * 500, suffix=".markdown").encode()) <= 255


def test_what_is_no_text_is_saved_as_it_is_beside_the_others(command: Command, server: StandIn, tmp_path: Path) -> None:
    offer(server, "Report")
    both = [{"id": "art_0", "label": "Report", "media_type": "text/markdown"}]
    both += [{"id": "art_1", "label": "Findings", "media_type": "application/json"}]
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts", as_json({"data": both}))
    listed = Answer(body=b"{}", headers={"content-type": "application/json"})
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts/art_1", listed)
    assert command("runs", "artifacts", RUN_ID, "--out", str(tmp_path), "--format", "pdf").code == 0
    assert server.seen[-1].query == {}
    assert (tmp_path / "Findings.json").read_bytes() == b"{}"
