"""Providers on loopback: three protocols, and every way in which a provider goes wrong, chosen by the model's name.

A name is ``<fault>`` or ``<fault>-<anything>``: ``good``, ``dead`` (500), ``limited`` (429), ``refused`` (401),
``gone`` (404), ``hangs`` (no sign of life), ``stalls`` (after the first words), ``dies`` (in mid-stream), ``stump``
(ends in good order without a reason to), ``invalid`` (an object that does not fit, always), ``once`` (the first time),
``lies`` (absurd usage), ``silent`` (no usage at all), ``tools`` (asks for a tool first), ``filtered``.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

WORDS = ("The ", "answer ", "is ", "forty-two.")


def _is_answer(tool: str) -> bool:
    """Whether a tool is the form of the answer, and no tool of the asker's."""
    return tool.startswith("final_result")


class Standin:
    """The providers, and what they were asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.count: Counter[str] = Counter()
        self.answer: dict[str, Any] = {"value": 42}
        self.retry_after: str | None = None
        self.keys: list[str] = []
        self.usage: dict[str, Any] = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        self.raw: dict[str, tuple[str, bytes]] = {}
        self._broken: set[str] = set()
        routes = [
            Route("/v1/chat/completions", self._openai, methods=["POST"]),
            Route("/v1/messages", self._anthropic, methods=["POST"]),
            Route("/v1beta/models/{call}", self._google, methods=["POST"]),
        ]
        app = Starlette(routes=routes)
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Standin":
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        assert self._task is not None
        await self._task

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def break_down(self, name: str) -> None:
        """From now on this model is dead."""
        self._broken.add(name)

    async def _begin(self, name: str, body: dict[str, Any]) -> tuple[str, Response | None]:
        """The fault a name stands for, and the answer where there is no stream to begin."""
        self.requests.append((name, body))
        self.count[name] += 1
        if name in self.raw:
            media_type, content = self.raw[name]
            return name, Response(content, media_type=media_type)
        fault = "dead" if name in self._broken else name.partition("-")[0]
        if fault == "hangs":
            await asyncio.sleep(60)
        status = {"dead": 500, "limited": 429, "refused": 401, "gone": 404}.get(fault)
        if status is None:
            return fault, None
        headers = {"retry-after": self.retry_after} if self.retry_after else {}
        error = {"error": {"message": f"secret words of the provider: {body!s:.200}", "type": "x", "code": fault}}
        return fault, JSONResponse(error, status, headers)

    def _object(self, fault: str, name: str) -> dict[str, Any]:
        if fault == "invalid" or (fault == "once" and self.count[name] == 1):
            return {"value": "not a number"}
        return self.answer

    async def _paced(self, fault: str, frames: list[str], end: list[str]) -> AsyncIterator[bytes]:
        for number, frame in enumerate(frames):
            yield frame.encode()
            if number == 2 and fault == "stalls":
                await asyncio.sleep(60)
            if number == 2 and fault == "dies":
                raise ConnectionResetError
        if fault != "stump":
            for frame in end:
                yield frame.encode()

    # OpenAI's chat completions

    async def _openai(self, request: Request) -> Response:
        body = await request.json()
        self.keys.append(request.headers.get("authorization", ""))
        name = body["model"]
        fault, early = await self._begin(name, body)
        if early is not None:
            return early
        wants_object = [tool for tool in body.get("tools", []) if _is_answer(tool["function"]["name"])]
        has_used = any(message["role"] == "tool" for message in body["messages"])
        own = [tool for tool in body.get("tools", []) if not _is_answer(tool["function"]["name"])]
        if fault == "tools" and own and not has_used:
            deltas = [self._openai_call(own[0]["function"]["name"], {"text": "hello"})]
        elif wants_object:
            deltas = [self._openai_call(wants_object[0]["function"]["name"], self._object(fault, name))]
        elif body.get("response_format"):
            deltas = [{"content": json.dumps(self._object(fault, name))}]
        else:
            deltas = [{"content": word} for word in WORDS]
        frames = [self._openai_chunk(name, delta, None) for delta in deltas]
        reason = "tool_calls" if "tool_calls" in deltas[0] else "content_filter" if fault == "filtered" else "stop"
        usage = self.usage
        if fault == "lies":
            usage = {"prompt_tokens": 10**12, "completion_tokens": 10**12, "total_tokens": 10**12}
        end = [self._openai_chunk(name, {}, reason)]
        if fault != "silent":
            end.append(self._openai_chunk(name, None, None, usage))
        return self._stream(fault, frames, [*end, "data: [DONE]\n\n"])

    @staticmethod
    def _openai_call(name: str, args: dict[str, Any]) -> dict[str, Any]:
        function = {"name": name, "arguments": json.dumps(args)}
        return {"tool_calls": [{"index": 0, "id": f"call_{name}", "type": "function", "function": function}]}

    @staticmethod
    def _openai_chunk(
        name: str, delta: dict[str, Any] | None, reason: str | None, usage: dict[str, Any] | None = None
    ) -> str:
        choices = (
            [] if delta is None else [{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": reason}]
        )
        chunk: dict[str, Any] = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": name}
        return "data: " + json.dumps({**chunk, "choices": choices, **({"usage": usage} if usage else {})}) + "\n\n"

    # Anthropic's messages

    async def _anthropic(self, request: Request) -> Response:
        body = await request.json()
        name = body["model"]
        fault, early = await self._begin(name, body)
        if early is not None:
            return early
        tools = [tool["name"] for tool in body.get("tools", [])]
        has_used = "tool_result" in json.dumps(body["messages"])
        own = [tool for tool in tools if not _is_answer(tool)]
        answers = [tool for tool in tools if _is_answer(tool)]
        call: tuple[str, dict[str, Any]] | None = None
        if fault == "tools" and own and not has_used:
            call = (own[0], {"text": "hello"})
        elif answers:
            call = (answers[0], self._object(fault, name))
        usage = {"input_tokens": 100, "output_tokens": 10}
        message = {"id": "m1", "type": "message", "role": "assistant", "model": name, "content": [], "usage": usage}
        frames = [self._event("message_start", message={**message, "stop_reason": None, "stop_sequence": None})]
        if call is None:
            frames.append(self._event("content_block_start", index=0, content_block={"type": "text", "text": ""}))
            deltas = [{"type": "text_delta", "text": word} for word in WORDS]
        else:
            block = {"type": "tool_use", "id": "t1", "name": call[0], "input": {}}
            frames.append(self._event("content_block_start", index=0, content_block=block))
            deltas = [{"type": "input_json_delta", "partial_json": json.dumps(call[1])}]
        frames += [self._event("content_block_delta", index=0, delta=delta) for delta in deltas]
        frames.append(self._event("content_block_stop", index=0))
        reason = {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None}
        end = [self._event("message_delta", delta=reason, usage={"output_tokens": 10}), self._event("message_stop")]
        return self._stream(fault, frames, end)

    @staticmethod
    def _event(kind: str, **members: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n"

    # Google's generateContent

    async def _google(self, request: Request) -> Response:
        name = request.path_params["call"].partition(":")[0]
        body = await request.json()
        fault, early = await self._begin(name, body)
        if early is not None:
            return early
        declared = [one["name"] for tool in body.get("tools", []) for one in tool.get("functionDeclarations", [])]
        has_used = "functionResponse" in json.dumps(body["contents"])
        own = [tool for tool in declared if not _is_answer(tool)]
        answers = [tool for tool in declared if _is_answer(tool)]
        parts: list[dict[str, Any]]
        if fault == "tools" and own and not has_used:
            parts = [{"functionCall": {"name": own[0], "args": {"text": "hello"}}}]
        elif answers:
            parts = [{"functionCall": {"name": answers[0], "args": self._object(fault, name)}}]
        elif body.get("generationConfig", {}).get("responseMimeType"):
            parts = [{"text": json.dumps(self._object(fault, name))}]
        else:
            parts = [{"text": word} for word in WORDS]
        frames = [self._google_chunk(name, part, None) for part in parts]
        return self._stream(fault, frames, [self._google_chunk(name, {"text": ""}, "STOP")])

    @staticmethod
    def _google_chunk(name: str, part: dict[str, Any], reason: str | None) -> str:
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": [part]}, "index": 0}
        chunk: dict[str, Any] = {"candidates": [candidate], "modelVersion": name, "responseId": "r1"}
        if reason:
            candidate["finishReason"] = reason
            chunk["usageMetadata"] = {"promptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 110}
        return f"data: {json.dumps(chunk)}\n\n"

    def _stream(self, fault: str, frames: list[str], end: list[str]) -> Response:
        return StreamingResponse(self._paced(fault, frames, end), media_type="text/event-stream")
