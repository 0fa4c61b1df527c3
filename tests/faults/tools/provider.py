"""A provider of language models on loopback that thinks like a script, and goes wrong when a test says so.

It runs in threads of the test's own process, so that it outlives the servers that ask it.
"""

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from futurone_server.models.scripted import ToolUse
from pipelines.inquiry.standin import Researcher, marked

_PIECE_CHARS = 12
_PACE_S = 0.06
_AT_ONCE = struct.pack("ii", 1, 0)
"""A connection that is closed so is broken off, and not ended."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request: ``kind`` is plan, draft, rework or judge; ``tools`` are the names of those that are offered."""

    model: str
    kind: str
    question: str
    prompt: str
    tools: tuple[str, ...]
    results: int
    body: dict[str, Any]


class Provider:
    """Speaks OpenAI's chat completions. ``fault`` says how a request goes wrong, or None.

    Faults: ``dead`` (500), ``limited`` (429), ``hangs`` (until the asker is gone), ``dies`` (in mid-stream), ``bare``
    (what ``bare`` says, as it is, in place of an answer).
    """

    def __init__(self, mind: Researcher) -> None:
        self.mind = mind
        self.asked: list[Asked] = []
        self.said: list[str] = []
        self.dropped = threading.Semaphore(0)
        self.fault: Callable[[Asked], str | None] = lambda asked: None
        self.bare: Callable[[Asked], dict[str, Any]] = lambda asked: {"content": ""}
        self.is_paced = True
        self.billed = 0
        self.made: dict[str, int] = {}
        """How many tokens it says that it made, by the kind of request, where a test says so."""

        provider = self

        class Handler(BaseHTTPRequestHandler):
            """One connection."""

            protocol_version = "HTTP/1.0"

            def do_POST(self) -> None:
                """A request for a completion."""
                length = int(self.headers["content-length"])
                provider._answer(self, json.loads(self.rfile.read(length)))

            def log_request(self, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "Provider":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def listed(self, *names: str, options: str = "price=1/2") -> str:
        """The setting that names these models of it, in this order."""
        address = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        return ",".join(f"compatible:{name}@{address}?{options}" for name in names)

    def count(self, kind: str, question: str = "") -> int:
        """How often something of a kind was asked, for a question."""
        return sum(one.kind == kind and question in one.question for one in self.asked)

    def _answer(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        asked = _read(body)
        self.asked.append(asked)
        fault = self.fault(asked)
        try:
            if fault in ("dead", "limited"):
                handler.send_response(500 if fault == "dead" else 429)
                handler.end_headers()
                handler.wfile.write(b'{"error":{"message":"no"}}')
            elif fault == "hangs":
                self._hang(handler)
            else:
                self._stream(handler, asked, fault)
        except (BrokenPipeError, ConnectionResetError):
            self.dropped.release()

    def _hang(self, handler: BaseHTTPRequestHandler) -> None:
        """Say nothing until the asker is gone."""
        select.select([handler.connection], [], [], 60)
        self.dropped.release()

    def _stream(self, handler: BaseHTTPRequestHandler, asked: Asked, fault: str | None) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        deltas = [self.bare(asked)] if fault == "bare" else list(self._deltas(asked))
        given = len(json.dumps(asked.body)) // 4
        made = self.made.get(asked.kind) or sum(len(str(delta)) for delta in deltas) // 8 + 1
        self.billed += given + made
        for number, delta in enumerate(deltas):
            _write(handler, asked, {"choices": [{"index": 0, "delta": {"role": "assistant", **delta}}]})
            if self.is_paced and "content" in delta:
                time.sleep(_PACE_S)
            if fault == "dies" and number >= len(deltas) // 2:
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                handler.connection.close()
                raise BrokenPipeError
        reason = "tool_calls" if any("tool_calls" in delta for delta in deltas) else "stop"
        _write(handler, asked, {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        usage = {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}
        _write(handler, asked, {"choices": [], "usage": usage})
        handler.wfile.write(b"data: [DONE]\n\n")

    def _deltas(self, asked: Asked) -> Iterator[dict[str, Any]]:
        if asked.kind == "plan":
            yield _call("final_result", self.mind.plan(asked.prompt))
        elif asked.kind == "judge":
            yield _call("final_result", self.mind.judge(asked.prompt))
        else:
            value: object = self.mind.write(asked.prompt)
            if isinstance(value, ToolUse):
                yield _call(value.tool, value.args)
                return
            text = str(value)
            self.said.append(text)
            yield from ({"content": text[at : at + _PIECE_CHARS]} for at in range(0, len(text), _PIECE_CHARS))


def _read(body: dict[str, Any]) -> Asked:
    prompt = next(str(message["content"]) for message in body["messages"] if message["role"] == "user")
    results = [str(message["content"]) for message in body["messages"] if message["role"] == "tool"]
    functions = {tool["function"]["name"]: tool["function"] for tool in body.get("tools", [])}
    answer = functions.pop("final_result", None)
    kind = "rework" if "<wrong>" in prompt else "draft"
    if answer is not None:
        kind = "judge" if "claims" in answer["parameters"]["properties"] else "plan"
    return Asked(
        model=body["model"],
        kind=kind,
        question=marked(prompt, "question"),
        prompt=prompt + "".join(f"\n\n<result>\n{result}\n</result>" for result in results if answer is None),
        tools=tuple(functions),
        results=len(results),
        body=body,
    )


def _call(name: str, args: object) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(args)}
    return {"tool_calls": [{"index": 0, "id": f"call_{name}", "type": "function", "function": function}]}


def _write(handler: BaseHTTPRequestHandler, asked: Asked, members: dict[str, Any]) -> None:
    chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": asked.model, **members}
    handler.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    handler.wfile.flush()
