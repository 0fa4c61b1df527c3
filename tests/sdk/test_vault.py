"""Files reach the vault whole, also on the second attempt, and come back without the key being shown around."""

import io
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from futurone import FuturOne
from sdk.standin import Answer, Seen, StandIn, as_json, dropped, refusal

FILE = {"data": {"id": "file_1", "name": "notes.txt", "size": 5}}


def parts_of(request: Seen) -> dict[str, Message]:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    payload = message_from_bytes(head + request.body).get_payload()
    assert isinstance(payload, list)
    parts = [part for part in payload if isinstance(part, Message)]
    return {str(part.get_param("name", header="content-disposition")): part for part in parts}


def content_of(request: Seen) -> object:
    return parts_of(request)["file"].get_payload(decode=True)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"12345")
    return path


@pytest.fixture(autouse=True)
def vault(server: StandIn) -> None:
    server.on("POST", "/v1/vault/files", as_json(FILE, status=201))


def test_a_path_is_uploaded_under_its_name(client: FuturOne, server: StandIn, notes: Path) -> None:
    assert client.vault.upload(notes).id == "file_1"
    assert client.vault.upload(str(notes), name="mine.md", folder_id="folder_1").id == "file_1"
    first, second = map(parts_of, server.seen)
    assert first["file"].get_filename() == "notes.txt"
    assert set(first) == {"file"}
    assert {name: second[name].get_payload() for name in ("name", "folder_id")} == {
        "name": "mine.md",
        "folder_id": "folder_1",
    }


def test_bytes_and_open_files_are_uploaded(client: FuturOne, server: StandIn, notes: Path) -> None:
    client.vault.upload(b"abc", name="a.bin")
    with notes.open("rb") as file:
        client.vault.upload(file)
    assert [content_of(each) for each in server.seen] == [b"abc", b"12345"]
    assert parts_of(server.seen[1])["file"].get_filename() == "notes.txt"


class Pipe(io.RawIOBase):
    """A stream that cannot go back."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def readable(self) -> bool:
        return True

    def readall(self) -> bytes:
        return b"".join(self._chunks)

    def read(self, size: int = -1) -> bytes:
        return self.readall() if size < 0 else next(self._chunks, b"")


@pytest.mark.parametrize("kind", ["path", "bytes", "file", "pipe"])
def test_a_repeated_upload_sends_the_whole_file_again_under_the_same_key(
    client: FuturOne, server: StandIn, notes: Path, kind: str
) -> None:
    server.on("POST", "/v1/vault/files", refusal(500, "server_error"), dropped, as_json(FILE, status=201))
    with notes.open("rb") as file:
        sources = {"path": notes, "bytes": b"12345", "file": file, "pipe": Pipe(iter([b"12", b"345"]))}
        client.vault.upload(sources[kind], name="notes.txt")  # type: ignore[arg-type]  # a raw stream is one too
    assert [content_of(each) for each in server.seen] == [b"12345"] * 3
    assert len({each.headers["idempotency-key"] for each in server.seen}) == 1


def test_a_file_that_is_not_there_is_said_before_anything_is_sent(
    client: FuturOne, server: StandIn, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        client.vault.upload(tmp_path / "absent.txt")
    assert server.seen == []


def test_a_hostile_file_name_cannot_forge_a_part(client: FuturOne, server: StandIn) -> None:
    client.vault.upload(b"x", name='a"\r\nContent-Type: evil\r\n\r\n.txt')
    assert set(parts_of(server.seen[0])) == {"file", "name"}
    assert "evil" not in str(parts_of(server.seen[0])["file"].get_content_type())


@pytest.mark.parametrize("link", ["/v1/vault/raw/x?sig=abc", "raw/x?sig=abc", "{url}/files/raw/x?sig=abc"])
def test_a_download_follows_its_signed_link_without_the_key(client: FuturOne, server: StandIn, link: str) -> None:
    url = link.format(url=server.url)
    server.on("GET", "/v1/vault/files/file_1/download", as_json({"data": {"url": url}}))
    content = Answer(body=b"\x00\xff", headers={"content-type": "application/octet-stream"})
    for path in ("/v1/vault/raw/x", "/raw/x", "/files/raw/x"):
        server.on("GET", path, content)
    assert client.vault.download("file_1") == b"\x00\xff"
    assert server.seen[1].query == {"sig": ["abc"]}
    assert ["authorization" in each.headers for each in server.seen] == [True, False]


def test_a_link_to_another_server_is_followed_without_the_key(client: FuturOne, server: StandIn) -> None:
    other = StandIn()
    other.on("GET", "/raw", Answer(body=b"there"))
    server.on("GET", "/v1/vault/files/file_1/download", as_json({"data": {"url": f"{other.url}/raw"}}))
    assert client.vault.download("file_1") == b"there"
    assert "authorization" not in other.seen[0].headers
    other.close()


def test_files_are_listed_described_and_deleted(client: FuturOne, server: StandIn) -> None:
    server.on("GET", "/v1/vault/files", as_json({"data": [FILE["data"]], "pagination": {"hasMore": False}}))
    server.on("GET", "/v1/vault/files/file_1", as_json(FILE))
    server.on("DELETE", "/v1/vault/files/file_1", Answer(status=204))
    assert [file.name for file in client.vault.list(search="notes", type="image/*")] == ["notes.txt"]
    assert client.vault.get("file_1").size == 5
    client.vault.delete("file_1")
    assert server.seen[0].query == {"search": ["notes"], "type": ["image/*"]}
