"""The upload form: read the same however it arrives, bounded in every part, and refused in clear words."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from futurone_server.api.vault.form import UploadForm, check_length
from futurone_server.api.vault.headers import attachment, read_file_name, read_parameters
from futurone_server.api.vault.requests import read_label
from futurone_server.kit import limits
from futurone_server.kit.errors import Invalid, TooLarge

TYPE = "multipart/form-data; boundary=frontier"
FILE = 'Content-Disposition: form-data; name="file"; filename="notes.md"\r\nContent-Type: text/markdown'
NAME = 'Content-Disposition: form-data; name="name"'
FOLDER = 'Content-Disposition: form-data; name="folder_id"'
TRICKY = [b"", b"\r\n", b"--frontier", b"\r\n--frontie", b"\r\n--frontierx", b"-", b"\r", b"\r\n--frontier-", b"\0\xff"]


@dataclass(frozen=True)
class Read:
    """What a form said."""

    data: bytes
    name: str
    declared_type: str | None
    folder_id: str | None


def form(*parts: tuple[str, bytes], end: bytes = b"--frontier--\r\n") -> bytes:
    return b"".join(b"--frontier\r\n%s\r\n\r\n%s\r\n" % (head.encode(), body) for head, body in parts) + end


def split(body: bytes, cuts: Sequence[int]) -> list[bytes]:
    at = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    return [body[start:end] for start, end in pairwise(at)]


async def _each(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def read(body: bytes | Sequence[bytes], content_type: str | None = TYPE) -> Read:
    async def run() -> Read:
        found = UploadForm(content_type, _each([body] if isinstance(body, bytes) else body))
        data = b"".join([piece async for piece in found.file()])
        label = read_label(found)
        return Read(data, label.name, label.declared_type, label.folder_id)

    return asyncio.run(run())


@given(data=st.sampled_from(TRICKY) | st.binary(max_size=300), cuts=st.lists(st.integers(0, 2**16), max_size=30))
def test_a_form_reads_the_same_in_whatever_pieces_it_arrives(data: bytes, cuts: list[int]) -> None:
    body = form((NAME, b"Q3.md"), (FILE, data), (FOLDER, b""))
    wanted = Read(data, "Q3.md", "text/markdown", None)
    assert read(body) == wanted
    assert read(split(body, cuts)) == wanted
    assert read([bytes([one]) for one in body]) == wanted


@pytest.mark.parametrize("data", TRICKY)
def test_bytes_that_look_like_the_boundary_stay_in_the_file(data: bytes) -> None:
    assert read(form((FILE, data))).data == data


def test_fields_count_before_and_after_the_file() -> None:
    before = read(form((NAME, b"other.md"), (FOLDER, b""), (FILE, b"x")))
    after = read(form((FILE, b"x"), (NAME, b"other.md"), (FOLDER, b"")))
    assert before == after == Read(b"x", "other.md", "text/markdown", None)
    assert read(form((FILE, b"x"), (FOLDER, b"folder_1"))).folder_id == "folder_1"


def test_an_empty_name_means_the_files_own() -> None:
    assert read(form((NAME, b""), (FILE, b"x"))).name == "notes.md"


@given(st.binary(max_size=400), st.lists(st.integers(0, 2**16), max_size=4))
@example(b"--frontier\r\n\r\n\r\n--frontier--", [])
@example(b"--frontier--\r\n", [])
@example(b"\r\n" * 200, [])
def test_whatever_arrives_is_read_or_refused(body: bytes, cuts: list[int]) -> None:
    with pytest.raises(Invalid):
        read(split(body, cuts))


def test_a_form_that_ends_early_is_refused_wherever_it_was_cut() -> None:
    body = form((NAME, b"a.md"), (FILE, b"some bytes"), end=b"--frontier--")
    assert read(body).data == b"some bytes"
    for length in range(len(body)):
        with pytest.raises(Invalid):
            read(body[:length])


@pytest.mark.parametrize(
    ("parts", "reason", "said"),
    [
        ([], "FIELD_MISSING", "file"),
        ([(NAME, b"a.md")], "FIELD_MISSING", "file"),
        ([(FILE, b"1"), (FILE, b"2")], "FIELD_INVALID", "exactly one file"),
        ([(NAME, b"a"), (NAME, b"b"), (FILE, b"1")], "FIELD_INVALID", "name: occurs twice"),
        ([('Content-Disposition: form-data; name="size"', b"1"), (FILE, b"1")], "UNKNOWN_FIELD", "size"),
        ([('Content-Disposition: form-data; name="größe"', b"1"), (FILE, b"1")], "UNKNOWN_FIELD", "größe"),
        ([('Content-Disposition: form-data; name="file"', b"1")], "FIELD_MISSING", "name"),
        ([('Content-Disposition: form-data; name="file"; filename=""', b"")], "FIELD_MISSING", "name"),
        ([(NAME, b"\xff\xfe"), (FILE, b"1")], "FIELD_INVALID", "name: must be UTF-8"),
        ([(NAME, b"x" * 256), (FILE, b"1")], "FIELD_INVALID", "255 characters"),
        ([(NAME, b"x" * 5_000), (FILE, b"1")], "FIELD_INVALID", "4096 bytes"),
        ([("Content-Type: text/plain", b"1")], "MALFORMED_FORM", "Content-Disposition"),
        ([('Content-Disposition: attachment; name="file"', b"1")], "MALFORMED_FORM", "form-data"),
        ([('Content-Disposition: form-data; name="file" filename="a"', b"1")], "MALFORMED_FORM", "form-data"),
        ([('Content-Disposition: form-data; name="file"; name="name"', b"1")], "MALFORMED_FORM", "form-data"),
        ([(FILE + "\r\nContent-Transfer-Encoding: base64", b"MQ==")], "MALFORMED_FORM", "Transfer-Encoding"),
        ([(FILE + "\r\n" + FILE, b"1")], "MALFORMED_FORM", "twice"),
        ([(FILE + "".join(f"\r\nX-{n}: 1" for n in range(9)), b"1")], "MALFORMED_FORM", "header count"),
        ([(FILE.replace("notes", "n" * 10_000), b"1")], "MALFORMED_FORM", "shorten the file's name"),
        ([("Content-Disposition : form-data", b"1")], "MALFORMED_FORM", "invalid character"),
    ],
)
def test_a_form_that_does_not_fit_is_refused_in_clear_words(
    parts: list[tuple[str, bytes]], reason: str, said: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        read(form(*parts))
    assert refusal.value.reason == reason
    assert said in str(refusal.value)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/json",
        "multipart/mixed; boundary=frontier",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 71,
        "multipart/form-data; boundary=a; boundary=b",
        "application/x-www-form-urlencoded",
    ],
)
def test_a_body_that_is_no_form_is_refused_before_it_is_read(content_type: str | None) -> None:
    with pytest.raises(Invalid):
        read(form((FILE, b"1")), content_type)


def test_a_quoted_boundary_and_parameters_in_capitals_are_fine() -> None:
    assert read(form((FILE, b"1")), 'Multipart/Form-Data; charset=utf-8; BOUNDARY="frontier"').data == b"1"


def test_a_body_is_bounded_even_when_the_bytes_are_not_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("futurone_server.api.vault.form._BODY_BYTES_MAX", 1_000)
    assert read(form((FILE, bytes(500)))).data == bytes(500)
    for body in (form((FILE, b"1")) + bytes(1_000), b"\r\n" * 501, form((FILE, bytes(1_000)))):
        with pytest.raises(TooLarge) as refusal:
            read(split(body, range(0, len(body), 100)))
        assert refusal.value.reason == "FILE_TOO_LARGE"


@pytest.mark.parametrize(
    "length", [str(limits.UPLOAD_BYTES_MAX + limits.FORM_OVERHEAD_BYTES_MAX + 1), "9" * 30, "9" * 10_000]
)
def test_a_body_that_says_it_is_too_large_is_refused_unread(length: str) -> None:
    with pytest.raises(TooLarge):
        check_length(length)


@pytest.mark.parametrize("length", [None, "0", str(limits.UPLOAD_BYTES_MAX), "nonsense"])
def test_other_lengths_are_judged_by_what_arrives(length: str | None) -> None:
    check_length(length)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ('filename="plain.txt"', "plain.txt"),
        ("filename=token.txt", "token.txt"),
        ('FileName="Größe.txt"', "Größe.txt"),
        ('filename="C:\\plans\\Q3.docx"', "C:\\plans\\Q3.docx"),
        ('filename="a \\"quoted\\" name.txt"', 'a "quoted" name.txt'),
        ('filename="a %22quoted%22 name.txt"', 'a "quoted" name.txt'),
        ('filename="100%25.txt"', "100%25.txt"),
        ('filename="semi;colon.txt"', "semi;colon.txt"),
        ("filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt", "Größe.txt"),
        ("filename*=iso-8859-1'de'Gr%F6%DFe.txt", "Größe.txt"),
        ("filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "../../etc/passwd"),
        ("filename*=utf-8''a%00b", "a\0b"),
        ("filename=\"plain.txt\"; filename*=UTF-8''other.txt", "plain.txt"),
        ('filename=""', ""),
        ('name2="x"', None),
    ],
)
def test_file_names_are_read_as_each_sender_writes_them(sent: str, name: str | None) -> None:
    _, parameters = read_parameters(f'form-data; name="file"; {sent}'.encode())
    assert read_file_name(parameters) == name


@pytest.mark.parametrize("sent", ["filename*=utf-7''a", "filename*=x", "filename*=UTF-8''%zz", 'filename="open'])
def test_file_names_in_no_known_form_are_refused(sent: str) -> None:
    with pytest.raises(Invalid):
        read_file_name(read_parameters(f'form-data; name="file"; {sent}'.encode())[1])


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=50))
def test_no_name_forges_a_header_and_every_name_survives_one(name: str) -> None:
    header = attachment(name)
    assert header.isascii()
    assert not set(header) & {"\r", "\n", "\0"}
    kind, parameters = read_parameters(header.encode())
    assert kind == "attachment"
    assert read_file_name({"filename*": parameters["filename*"]}) == name
