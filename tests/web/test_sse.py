"""Server-sent events: frames that no payload can forge, and the loop that feeds one reader."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.api.events.routes import frame_a, frame_b
from futurone_server.eventlog import Event, EventType
from futurone_server.kit import limits
from futurone_server.web import sse
from house import frames

AT = datetime(2026, 11, 21, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]))
breaking = st.sampled_from(
    ["\n", "\r", "\r\n", "\n\n", "\0", "\u2028", "\u2029", "\x85", "data: x", "id: 9", "event: x", ":"]
)
nasty = st.lists(texts | breaking, max_size=6).map("".join)


@given(st.integers(0, 2**62), st.dictionaries(nasty, nasty, max_size=4))
def test_no_payload_forges_a_frame(seq: int, data: dict[str, str]) -> None:
    raw = sse.encode(seq, "status", data)
    assert list(frames(raw)) == [(seq, "status", data)]
    assert raw.count(b"\n") == 4
    assert b"\r" not in raw


@given(st.lists(nasty, max_size=5))
def test_a_stream_of_hostile_texts_is_read_back_event_by_event(said: list[str]) -> None:
    events = [narration(seq, text) for seq, text in enumerate(said, 1)]
    raw = sse.OPENING + b"".join(frame_a(event) for event in events)
    assert [(seq, data["text"]) for seq, _, data in frames(raw)] == list(enumerate(said, 1))
    total = sse.OPENING + b"".join(frame_b(event) for event in events)
    assert [data["payload"]["value"]["text"] for _, _, data in frames(total)] == said


def narration(seq: int, text: str) -> Event:
    return Event(run_id="r", seq=seq, type=EventType.NARRATION, at=AT, facts={}, content={"text": text}, redacted=False)


class Reader:
    """The other side of a connection: keeps what it gets, and may be gone or take nothing."""

    def __init__(self, *, is_gone: bool = False, takes: float = float("inf")) -> None:
        self.sent: list[dict[str, Any]] = []
        self._is_gone = is_gone
        self._takes = takes

    async def send(self, message: Any) -> None:
        if len(self.sent) >= self._takes:
            await asyncio.Event().wait()
        self.sent.append(message)

    async def receive(self) -> Any:
        if not self._is_gone:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def is_closed(self) -> bool:
        return self.sent[-1].get("more_body") is False


async def batches(*lists: Sequence[Event]) -> AsyncIterator[list[Event]]:
    for one in lists:
        yield list(one)


def shown(events: Sequence[Event]) -> bytes:
    return b"".join(frame_b(event) for event in events)


@pytest.mark.anyio
async def test_a_reader_gets_everything_and_a_clean_end() -> None:
    reader = Reader()
    events = [narration(seq, "x") for seq in range(1, 6)]
    await sse.pump(batches(events[:2], events[2:]), shown, reader.receive, reader.send)
    assert reader.sent[0] == {"type": "http.response.start", "status": 200, "headers": sse.HEADERS}
    assert reader.sent[1]["body"] == sse.OPENING
    assert [seq for seq, _, _ in frames(reader.body)] == [1, 2, 3, 4, 5]
    assert reader.is_closed


@pytest.mark.anyio
async def test_when_nothing_happens_a_heartbeat_does() -> None:
    reader = Reader()
    await sse.pump(batches([], [narration(1, "x")], [], []), shown, reader.receive, reader.send)
    assert reader.body.count(b": heartbeat\n\n") == 3
    assert [seq for seq, _, _ in frames(reader.body)] == [1]


@pytest.mark.anyio
async def test_events_without_a_word_give_no_frame() -> None:
    reader = Reader()
    await sse.pump(batches([narration(1, "x")]), lambda events: b"", reader.receive, reader.send)
    assert reader.body == sse.OPENING
    assert reader.is_closed


@pytest.mark.anyio
async def test_a_reader_that_is_gone_is_noticed_when_nothing_happens() -> None:
    reader = Reader(is_gone=True)
    await sse.pump(batches([narration(1, "x")], [], [narration(2, "y")]), shown, reader.receive, reader.send)
    assert [seq for seq, _, _ in frames(reader.body)] == [1]
    assert not reader.is_closed, "the response is left open, so that the server aborts it"


@pytest.mark.anyio
async def test_a_reader_that_takes_nothing_is_cut_and_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STREAM_STALL_S", 0.05)
    reader = Reader(takes=3)
    pumping = sse.pump(batches(*([narration(seq, "x")] for seq in range(1, 9))), shown, reader.receive, reader.send)
    with pytest.raises(TimeoutError):
        await pumping
    assert not reader.is_closed


def test_a_heartbeat_comes_at_least_every_fifteen_seconds() -> None:
    assert limits.HEARTBEAT_S <= 15


def test_streams_tell_readers_to_come_back_soon() -> None:
    assert sse.OPENING.startswith(b"retry: 2000\n")
    assert json.loads(sse.encode(1, "x", {"a": "\n"}).split(b"data: ")[1]) == {"a": "\n"}
