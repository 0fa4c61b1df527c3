"""A file as it goes over the wire."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

from futurone_server.api.vault.headers import attachment
from futurone_server.features.vault import File, Link
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject


def present_file(file: File) -> JsonObject:
    """A file in a list, or as it was stored."""
    return {
        "id": file.id,
        "name": file.name,
        "type": file.type,
        "size": file.size,
        "folder_id": file.folder_id,
        "sha256": file.sha256,
        "index_state": file.index_state.value,
        "created_at": to_second(file.created_at),
        "updated_at": to_second(file.updated_at),
    }


def present_single(file: File, download_url: str) -> JsonObject:
    """A file by itself: with a link to its bytes, and whom it is shared with."""
    return {**present_file(file), "download_url": download_url, "shared_with": []}


def present_link(link: Link, url: str) -> JsonObject:
    """A link to a file's bytes."""
    return {"data": {"url": url, "expires_at": to_second(link.expires_at)}}


async def serve(file: File, pieces: AsyncIterator[bytes]) -> StreamingResponse:
    """A file's bytes, as something to save: no browser runs, frames, guesses at or keeps what somebody uploaded.

    Raises what the first piece raises, so that it is answered as an error and not as a download that breaks off.
    """
    first = await anext(pieces, b"")

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    headers = {
        "Content-Type": file.type,
        "Content-Length": str(file.size),
        "Content-Disposition": attachment(file.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return StreamingResponse(whole(), headers=headers)
