"""A mail server on loopback that takes every message, or says no from where a test wants it to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from egress.peers import Peer

_USUAL: Mapping[str, str] = {
    "EHLO": "250-here\r\n250 AUTH PLAIN LOGIN",
    "AUTH": "235 welcome",
    "DATA": "354 go on",
    "QUIT": "221 bye",
    ".": "250 taken",
}


@dataclass
class Postbox(Peer):
    """What the mail server was sent, and what it answers: by the first word of a command, ``.`` ends a message."""

    says: dict[str, str] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)

    def mail_to(self, *people: str) -> str:
        """The Apprise URL of mail through this server."""
        return f"mailto://user:hunter2secret@127.0.0.1:{self.port}?from=futurone@example.com&to={','.join(people)}"

    def answer(self, word: str) -> bytes:
        """What is said to a command."""
        return (self.says.get(word) or _USUAL.get(word, "250 fine")).encode() + b"\r\n"


@contextlib.asynccontextmanager
async def open_postbox() -> AsyncIterator[Postbox]:
    """A mail server for the length of a test."""
    box, tasks = Postbox(), set[asyncio.Task[None]]()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await _talk(box, reader, writer)
        writer.close()

    def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        box.connections += 1
        tasks.add(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _talk(box: Postbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 here\r\n")
    while line := (await reader.readline()).decode().rstrip("\r\n"):
        word = line.split(" ")[0].upper()
        writer.write(box.answer(word))
        if word == "DATA" and "DATA" not in box.says:
            message = await reader.readuntil(b"\r\n.\r\n")
            if "." not in box.says:
                box.taken.append(message.decode())
            writer.write(box.answer("."))
        if word == "QUIT":
            return
