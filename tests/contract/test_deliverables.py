"""Deliverables over HTTP: every form opens, says where it comes from, is held when it must, goes when it goes."""

import re
from io import BytesIO
from typing import Any

import docx
import httpx2
import pypdfium2
import pytest

from contract.asking import QUESTION, upload
from futurone_server import VERSION
from futurone_server.features.keys import Capability
from house import Caller, Registry, Tenant, refusal
from pipelines.deliverables.making import unpacked

Json = Any
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HOSTILE = b"""# Runs

The default threshold of a run is 0.85 <script>alert(1)</script> ![x](http://203.0.113.7/x) [y](javascript:alert(2)).

<svg onload=alert(3)></svg><img src="data:text/html,<script>alert(4)</script>">
"""


@pytest.fixture(scope="module")
def office(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture(scope="module")
def owner(http: httpx2.Client, office: Tenant) -> Caller:
    return Caller(http, office.live)


def report_of(caller: Caller, content: bytes, name: str = "notes.md") -> tuple[Json, str]:
    """A finished run over one file, and the path of its report."""
    run = caller.finished(QUESTION, files=[upload(caller, content, name)])
    assert run["status"] == "completed", run
    return run, f"/v1/runs/{run['id']}/artifacts/{run['artifacts'][0]['id']}"


@pytest.fixture(scope="module")
def reported(owner: Caller) -> tuple[Json, str]:
    return report_of(owner, HOSTILE, "Größe <1>.md")


@pytest.fixture(scope="module")
def forms(owner: Caller, reported: tuple[Json, str]) -> dict[str, httpx2.Response]:
    """The report in every form, asked for once."""
    wanted = ("md", "original", "html", "pdf", "docx")
    return {one: owner.get(reported[1], params={"format": one}) for one in wanted}


def test_every_form_has_its_kind_its_name_and_nothing_that_runs(forms: dict[str, httpx2.Response]) -> None:
    kinds = {
        "md": ("text/markdown; charset=utf-8", "inline", ".md"),
        "original": ("text/markdown; charset=utf-8", "inline", ".md"),
        "html": ("text/html; charset=utf-8", "inline", ".html"),
        "pdf": ("application/pdf", "attachment", ".pdf"),
        "docx": (WORD, "attachment", ".docx"),
    }
    for wanted, (kind, how, suffix) in kinds.items():
        answer = forms[wanted]
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), wanted
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith(f'{how}; filename="{QUESTION}{suffix}"'), disposition
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_what_a_hostile_source_says_is_shown_and_does_nothing(forms: dict[str, httpx2.Response]) -> None:
    html = forms["html"].text
    body = html.partition("<body>")[2]
    assert not re.search(r"<(script|svg|img|iframe|object|link|meta|base|form)", body)
    assert not re.search(r"""<[^>]*(src|onload|style)=|href="[^#]""", body)
    pdf = forms["pdf"].content
    assert pdf.startswith(b"%PDF-")
    assert not re.search(rb"/URI|/JavaScript|/JS|/Launch|/EmbeddedFile|/Image", unpacked(pdf))
    with pypdfium2.PdfDocument(pdf) as document:
        told = " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())
    word = forms["docx"].content
    written = docx.Document(BytesIO(word))
    said = " ".join(paragraph.text for paragraph in written.paragraphs)
    assert not [one for one in written.part.rels.values() if one.is_external]
    for shown in (told, said):
        assert "The default threshold of a run is 0.85" in shown
        assert "<script>alert(1)</script>" in shown


def test_the_same_file_comes_twice(
    owner: Caller, reported: tuple[Json, str], forms: dict[str, httpx2.Response]
) -> None:
    for wanted in ("html", "pdf", "docx"):
        assert owner.get(reported[1], params={"format": wanted}).content == forms[wanted].content, wanted


def test_an_artifact_and_its_files_say_where_they_come_from(
    owner: Caller, reported: tuple[Json, str], forms: dict[str, httpx2.Response]
) -> None:
    run, _ = reported
    provenance = run["artifacts"][0]["provenance"]
    (source,) = provenance.pop("sources")
    assert (source["name"], source["media_type"]) == ("Größe <1>.md", "text/markdown")
    files = owner.get("/v1/vault/files").json()["data"]
    assert source["sha256"] in {one["sha256"] for one in files}
    verified = owner.get(f"/v1/runs/{run['id']}/verification").json()["rubric"]
    assert provenance == {
        "engine": "deterministic",
        "models": [],
        "rubric": verified,
        "step": "compose",
        "version": VERSION,
    }
    assert verified["id"] == "research"
    html = forms["html"].text
    assert '<meta name="futurone-provenance"' in html
    assert source["sha256"] in html
    with pypdfium2.PdfDocument(forms["pdf"].content) as document:
        assert source["sha256"] in document.get_metadata_value("futuroneprovenance")
    core = docx.Document(BytesIO(forms["docx"].content)).core_properties
    assert (core.title, core.author) == (QUESTION, f"FuturOne {VERSION}")


def test_a_scripted_report_has_every_form_too(scripted: Caller) -> None:
    run = scripted.finished("[test:complete]")
    (one,) = run["artifacts"]
    assert one["provenance"]["engine"] == "scripted"
    assert one["provenance"]["sources"] == []
    for wanted in ("md", "html", "pdf", "docx"):
        answer = scripted.get(f"/v1/runs/{run['id']}/artifacts/{one['id']}", params={"format": wanted})
        assert answer.status_code == 200, answer.text


def test_once_erased_no_form_is_left_and_no_source_is_named(http: httpx2.Client, registry: Registry) -> None:
    caller = Caller(http, registry.tenant().live)
    run, path = report_of(caller, HOSTILE)
    erased = caller.post(f"/v1/runs/{run['id']}/ack").json()
    provenance = erased["artifacts"][0]["provenance"]
    assert provenance == {**run["artifacts"][0]["provenance"], "sources": None}
    for wanted in ("md", "html", "pdf", "docx", "original"):
        assert refusal(caller.get(path, params={"format": wanted})) == (410, "CONTENT_ERASED")


def test_no_form_of_an_escalated_run_gets_past_the_review(
    http: httpx2.Client, registry: Registry, office: Tenant, owner: Caller
) -> None:
    run = owner.finished(QUESTION, files=[upload(owner, HOSTILE)], threshold=1.0)
    assert run["status"] == "escalated"
    path = f"/v1/runs/{run['id']}/artifacts/{run['artifacts'][0]['id']}"
    reader = Caller(http, registry.key(office, capabilities=frozenset({Capability.RUNS_READ})))
    for wanted in ("md", "html", "pdf", "docx", "original"):
        assert refusal(reader.get(path, params={"format": wanted})) == (409, "HELD_FOR_REVIEW")
    assert owner.get(path, params={"format": "docx"}).status_code == 200
