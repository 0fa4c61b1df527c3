"""Answers that are no answers: what sloppy gateways and hostile servers send in place of each protocol's frames."""

import json
import re
from collections.abc import Mapping

from models.standin import Standin

HUGE = 10**300
DEEP = "[" * 100_000 + "]" * 100_000

_CHUNK = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
_EVENT = {"id": "m1", "type": "message", "role": "assistant", "model": "m", "content": []}


def _openai(*, delta: object, **members: object) -> str:
    choices = [{"index": 0, "delta": delta, "finish_reason": None}]
    return json.dumps({**_CHUNK, "choices": choices, **members})


def _google(part: object, **members: object) -> str:
    return json.dumps({"candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0}], **members})


def _calls(call: object) -> str:
    return _openai(delta={"tool_calls": [call]})


def _block(content: object, **members: object) -> str:
    return json.dumps({"type": "content_block_start", "index": 0, "content_block": content, **members})


def _delta(delta: object) -> str:
    return json.dumps({"type": "content_block_delta", "index": 0, "delta": delta})


_START = json.dumps({"type": "message_start", "message": {**_EVENT, "usage": {"input_tokens": 1, "output_tokens": 1}}})
_TEXT = _block({"type": "text", "text": ""})

_EVERYWHERE = {"null": "null", "list": "[1,2]", "word": '"text"', "number": "7", "broken": "{", "deep": DEEP}
FRAMES: Mapping[str, Mapping[str, list[str]]] = {
    "openai": {
        **{name: [text] for name, text in _EVERYWHERE.items()},
        "choices-null": [json.dumps({**_CHUNK, "choices": [None]})],
        "choices-word": [json.dumps({**_CHUNK, "choices": "text"})],
        "delta-word": [_openai(delta="text")],
        "delta-list": [_openai(delta=[1])],
        "content-number": [_openai(delta={"content": 5})],
        "content-object": [_openai(delta={"content": {"a": 1}})],
        "calls-null": [_calls(None)],
        "calls-word": [_openai(delta={"tool_calls": "text"})],
        "call-function-word": [_calls({"index": 0, "id": "x", "function": "text"})],
        "call-name-number": [_calls({"index": 0, "id": "x", "function": {"name": 5, "arguments": "{}"}})],
        "call-arguments-list": [_calls({"index": 0, "id": "x", "function": {"name": "f", "arguments": [1]}})],
        "call-id-object": [_calls({"index": 0, "id": {"a": 1}, "function": {"name": "f", "arguments": "{}"}})],
        "created-word": [_openai(delta={"content": "x"}, created="never")],
        "created-huge": [_openai(delta={"content": "x"}, created=HUGE)],
        "usage-word": [_openai(delta={"content": "x"}, usage="text")],
        "finish-object": [json.dumps({**_CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": {"a": 1}}]})],
    },
    "anthropic": {
        **{name: [_START, text] for name, text in _EVERYWHERE.items()},
        "null-first": ["null"],
        "start-null": ['{"type":"message_start","message":null}'],
        "start-word": ['{"type":"message_start","message":"text"}'],
        "block-null": [_START, _block(None)],
        "block-word": [_START, _block("text")],
        "block-number": [_START, _block({"type": "text", "text": 5})],
        "delta-null": [_START, _TEXT, _delta(None)],
        "delta-word": [_START, _TEXT, _delta("text")],
        "delta-number": [_START, _TEXT, _delta({"type": "text_delta", "text": 5})],
        "input-number": [_START, _block({"type": "tool_use", "id": "t", "name": "f", "input": 5})],
        "name-number": [_START, _block({"type": "tool_use", "id": "t", "name": 5, "input": {}})],
        "end-null": [_START, _TEXT, '{"type":"message_delta","delta":null,"usage":null}'],
    },
    "google": {
        **{name: [text] for name, text in _EVERYWHERE.items()},
        "candidates-null": ['{"candidates":[null]}'],
        "candidates-word": ['{"candidates":"text"}'],
        "content-word": ['{"candidates":[{"content":"text"}]}'],
        "parts-null": ['{"candidates":[{"content":{"parts":[null]}}]}'],
        "text-number": [_google({"text": 5})],
        "call-null": [_google({"functionCall": {"name": None, "args": None}})],
        "call-word": [_google({"functionCall": "text"})],
        "args-list": [_google({"functionCall": {"name": "f", "args": [1]}})],
        "usage-word": [_google({"text": "x"}, usageMetadata="text")],
        "finish-object": ['{"candidates":[{"finishReason":{"a":1}}]}'],
    },
}
"""By protocol: a name for what is wrong, and the frames that are sent before the stream ends."""

BODIES = {"null": "null", "list": "[1,2]", "word": '"text"', "object": "{}", "page": "<html>Sign in</html>", "none": ""}
"""Whole bodies in place of a stream."""

ODD_NUMBERS: Mapping[str, object] = {
    "float": 1.5,
    "negative": -7,
    "huge": HUGE,
    "word": "many",
    "list": [1],
    "flag": True,
    "object": {"a": 1},
}
"""What is no count of tokens."""


def send_frames(standin: Standin, name: str, frames: list[str]) -> None:
    """From now on a model answers with these frames, whoever asks."""
    body = "".join(f"{_named(frame)}data: {frame}\n\n" for frame in frames)
    standin.raw[name] = ("text/event-stream", body.encode())


def _named(frame: str) -> str:
    """Anthropic's frames have their name outside as well."""
    kind = re.match(r'\{"type": ?"(\w+)"', frame)
    return f"event: {kind[1]}\n" if kind else ""
