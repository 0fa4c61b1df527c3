"""Every request about the vault and how its answer is read."""

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import PurePath
from typing import Any
from urllib.parse import urljoin

from futurone._models import DownloadLink, Page, VaultFile, nothing, resource
from futurone._operations import Operation, perform
from futurone._requests import Call, KeyUse, Reply, Request, Source, Upload, check_idempotency_key, get_page, segment
from futurone._retries import RetryPolicy


def upload(source: Source, *, name: str | None, folder_id: str | None, idempotency_key: str | None) -> Call[VaultFile]:
    """A file into the vault."""
    fields = {"name": name, "folder_id": folder_id}
    file = Upload(
        source=_rereadable(source),
        name=name or _name_of(source),
        fields={key: value for key, value in fields.items() if value is not None},
    )
    headers = {"idempotency-key": check_idempotency_key(idempotency_key)}
    return Call(
        request=Request(method="POST", url="/v1/vault/files", headers=headers, upload=file), read=resource(VaultFile)
    )


def file_page(filters: Mapping[str, Any], cursor: str | None) -> Call[Page[VaultFile]]:
    """One page of files."""
    return Call(request=get_page("/v1/vault/files", filters, cursor=cursor), read=resource(Page[VaultFile]))


def get_file(file_id: str) -> Call[VaultFile]:
    """One file's description."""
    return Call(request=Request(method="GET", url=_file_url(file_id)), read=resource(VaultFile))


def delete_file(file_id: str) -> Call[None]:
    """A file away for good."""
    return Call(request=Request(method="DELETE", url=_file_url(file_id)), read=nothing)


def download(file_id: str, policy: RetryPolicy, *, base_url: str) -> Operation[bytes]:
    """A file's bytes: its signed link, relative to the base or not, is followed without the key."""
    link_call = Call(request=Request(method="GET", url=f"{_file_url(file_id)}/download"), read=resource(DownloadLink))
    link = yield from perform(link_call, policy)
    request = Request(method="GET", url=urljoin(f"{base_url}/", link.url), key_use=KeyUse.NEVER)
    return (yield from perform(Call(request=request, read=_read_bytes), policy))


def _file_url(file_id: str) -> str:
    return f"/v1/vault/files/{segment(file_id)}"


def _rereadable(source: Source) -> Source:
    """What every attempt can read from its beginning: a stream that cannot go back is read into memory."""
    if isinstance(source, bytes | str | PathLike) or source.seekable():
        return source
    return source.read()


def _name_of(source: Source) -> str:
    if isinstance(source, bytes):
        return "upload"
    path = fspath(source) if isinstance(source, str | PathLike) else str(getattr(source, "name", "upload"))
    return PurePath(path).name or "upload"


def _read_bytes(reply: Reply) -> bytes:
    return reply.body
