"""What a reader says is not trusted: offsets are counted here, and what is no transcript is refused."""

import pytest

from futurone_server.kit import json
from futurone_server.tools.documents import document as bounds
from futurone_server.tools.documents import transcript as transcripts
from futurone_server.tools.documents.assembly import BadTranscriptError, assemble
from futurone_server.tools.documents.reader import answer_to
from futurone_server.tools.documents.refusals import MESSAGES, refusal
from futurone_server.tools.documents.transcript import Kind, Refused, Transcript

HEAD = b'{"title":"","notes":[]}'


def _answer(*items: tuple[str, int, str]) -> bytes:
    return b"\n".join([HEAD, *(json.dump(list(item)) for item in items)])


def test_sections_cover_the_text_and_blocks_lie_where_they_say() -> None:
    reading = assemble(
        _answer(
            ("prose", 0, "before"),
            ("heading", 1, "One"),
            ("page", 0, "Page 2"),
            ("row", 0, "a"),
            ("row", 0, "b"),
            ("heading", 2, "Two"),
            ("close", 2, ""),
            ("item", 0, "after"),
        )
    )
    assert reading.text == "before\n\nOne\n\na\nb\n\nTwo\n\nafter"
    assert [(section.path, reading.text[section.start : section.end]) for section in reading.sections] == [
        ((), "before\n\n"),
        (("One",), "One\n\n"),
        (("One", "Page 2"), "a\nb\n\n"),
        (("One", "Two", "Page 2"), "Two\n\n"),
        (("One", "Page 2"), "after"),
    ]
    shown = [reading.text[block.start : block.end] for section in reading.sections for block in section.blocks]
    assert shown == ["before", "a", "b", "after"]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"words",
        b"[]",
        b'{"title":1,"notes":[]}',
        b'{"title":"","notes":' + b"[" * 10_000,
        HEAD + b'\n["prose",0]',
        HEAD + b'\n["script",0,"x"]',
        HEAD + b'\n["heading",-1,"x"]',
        HEAD + b'\n["heading",1e99,"x"]',
        HEAD + b'\n["prose",0,""]',
        HEAD + b'\n["prose",0,{"text":"x"}]',
        HEAD + b'\n["prose",0,"\xff"]',
        HEAD + b'\n["prose",0,"cut of',
    ],
)
def test_what_is_no_transcript_is_refused(answer: bytes) -> None:
    with pytest.raises(BadTranscriptError):
        assemble(answer)


def test_characters_that_make_a_line_lie_are_replaced_in_text_titles_and_notes() -> None:
    items = [("heading", 1, "a\u202eb"), ("page", 0, "c\u202ed"), ("prose", 0, "e\u202ef")]
    reading = assemble(_answer(*items).replace(b"[]", '["g\u202eh"]'.encode(), 1))
    assert "\u202e" not in "".join((reading.text, *reading.notes, *(t for s in reading.sections for t in s.path)))
    assert reading.notes[-1] == "2 control or direction-changing characters were replaced"


def test_a_document_without_end_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_: bytes, transcript: Transcript) -> None:
        while True:
            transcript.add(Kind.PROSE, "words " * 1_000)

    reading = assemble(b"\n".join(answer_to(endless, b"")))
    assert bounds.TEXT_CHARS_MAX - 10_000 < len(reading.text) <= bounds.TEXT_CHARS_MAX
    assert reading.notes == ("the document is too large: its end was left out",)
    monkeypatch.setattr(transcripts, "ITEMS_MAX", 3)
    assert len(assemble(b"\n".join(answer_to(endless, b""))).sections[0].blocks) == 3


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Refused("DOCUMENT_ENCRYPTED"), "DOCUMENT_ENCRYPTED"),
        (MemoryError(), "DOCUMENT_TOO_COMPLEX"),
        (RecursionError(), "DOCUMENT_TOO_COMPLEX"),
        (KeyError("a secret of the file"), "DOCUMENT_BROKEN"),
    ],
)
def test_whatever_a_library_says_of_a_file_stays_with_the_reader(failure: Exception, code: str) -> None:
    def failing(_: bytes, __: Transcript) -> None:
        raise failure

    assert list(answer_to(failing, b"")) == [json.dump({"refused": code})]
    assert refusal(code).message == MESSAGES[code]


def test_a_code_that_is_none_of_ours_is_a_broken_file() -> None:
    assert refusal("<script>").reason_code == "DOCUMENT_BROKEN"
