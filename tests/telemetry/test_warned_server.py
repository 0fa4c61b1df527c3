"""A server whose libraries stumble over a provider's answers warns of it in its log, and quotes neither side."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from faults.conftest import Make, cluster, fork_server, make_server
from faults.tools.cluster import Cluster
from faults.tools.provider import Asked, Provider, _write
from faults.tools.servers import until
from pipelines.inquiry.standin import Researcher

__all__ = ["cluster", "fork_server", "make_server"]
ASKED, SAID = "mk-asked-9c1e", "mk-said-44d7"


class Sloppy(Provider):
    """Says what it was asked where numbers belong."""

    def _stream(self, handler: BaseHTTPRequestHandler, asked: Asked, fault: str | None) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        words = f"{SAID} {asked.prompt}"
        _write(handler, asked, {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "A plan."}}]})
        _write(handler, asked, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        _write(handler, asked, {"choices": [], "usage": {"prompt_tokens": words, "completion_tokens": [words]}})
        handler.wfile.write(b"data: [DONE]\n\n")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Sloppy(Researcher("What?")) as made:
        yield made


def test_no_word_of_a_prompt_or_an_answer_is_in_a_servers_log(
    cluster: Cluster, make_server: Make, provider: Provider
) -> None:
    environment = {"FUTURONE_MODELS": provider.listed("sloppy"), "FUTURONE_LOG": "debug"}
    server = make_server(database_url=cluster.fresh(), environment=environment).start()
    with server.client(is_live=True) as client:
        file = {"file": ("notes.md", f"# Notes\n\n{ASKED} is a mark.\n", "text/markdown")}
        file_id = client.post("/v1/vault/files", files=file).json()["data"]["id"]
        order = {"agent": "content", "task": f"Write about {ASKED}.", "files": [file_id]}
        path = f"/v1/runs/{client.post('/v1/runs', json=order).json()['id']}"
        ends = ("completed", "escalated", "failed")
        until("the end", lambda: client.get(path).json()["status"] in ends, within_s=60)
    told = server.log() + server.said()
    assert any(ASKED in one.prompt for one in provider.asked), "the mark was sent"
    assert [mark for mark in (ASKED, SAID) if mark in told] == []
    assert "event=library.warned" in told
