"""The routes of the vault."""

from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from futurone_server.api.access import needs, repeatable
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import present_page, read_window
from futurone_server.api.services import Services
from futurone_server.api.vault.form import UploadForm, check_length
from futurone_server.api.vault.reference import BYTES, FORM
from futurone_server.api.vault.requests import ListFiles, read_label
from futurone_server.api.vault.views import present_file, present_link, present_single, serve
from futurone_server.features.keys import Capability
from futurone_server.features.vault import Label
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller
from futurone_server.web.idempotency import answered, once

router = APIRouter(prefix="/v1/vault", tags=["Vault"], route_class=GuardedRoute)
_UPLOAD_PATH = "/v1/vault/files"


def is_upload(scope: MutableMapping[str, Any]) -> bool:
    """Whether a request brings a file, and may therefore be larger than other bodies; its route bounds it."""
    return scope.get("method") == "POST" and scope.get("path") == _UPLOAD_PATH


@router.get("/files", summary="List files")
@needs(Capability.VAULT_READ)
async def list_files(query: ListFiles, caller: Caller, desk: Services) -> JsonObject:
    """The workspace's files, newest first. Names are sealed: a search opens each of them."""
    page = await desk.vault.list(caller, query.filter(), read_window(query, desk.cursors, "files"))
    return present_page(page, desk.cursors, "files", present_file)


@router.post("/files", status_code=201, summary="Upload a file", openapi_extra={"requestBody": FORM})
@needs(Capability.VAULT_WRITE)
@repeatable
async def upload_file(request: Request, response: Response, caller: Caller, desk: Services) -> JsonObject:
    """Store a file: `multipart/form-data` with one part `file` and, before or after it, `name` and `folder_id`.

    It is sealed as it arrives. The type is found from its first bytes and its name. With `Idempotency-Key`, the same
    bytes and fields again give the same file, with `replayed: true`. 413 FILE_TOO_LARGE above 50 MiB.
    """
    check_length(request.headers.get("content-length"))
    form = UploadForm(request.headers.get("content-type"), request.stream())

    def label_of(sha256: str) -> Label:
        label = read_label(form)
        said = {"sha256": sha256, "name": label.name, "folder_id": label.folder_id}
        return replace(label, once=once(request, "vault.upload", said))

    stored = await desk.vault.upload(caller, form.file(), label_of)
    return answered({"data": present_file(stored.file)}, response, replayed=stored.replayed)


@router.get("/files/{file_id}", summary="Retrieve a file")
@needs(Capability.VAULT_READ)
async def get_file(file_id: str, caller: Caller, desk: Services) -> JsonObject:
    """A file's description, with a link to its bytes that holds for 15 minutes."""
    file = await desk.vault.get(caller, file_id)
    return {"data": present_single(file, desk.public_url + desk.vault.link_to(file).path)}


@router.get("/files/{file_id}/download", summary="Get a download link")
@needs(Capability.VAULT_READ)
async def link_file(file_id: str, caller: Caller, desk: Services) -> JsonObject:
    """A link to a file's bytes that needs no key. It holds for 15 minutes, or until the file is deleted."""
    link = await desk.vault.signed_link(caller, file_id)
    return present_link(link, desk.public_url + link.path)


@router.delete("/files/{file_id}", status_code=204, summary="Delete a file")
@needs(Capability.VAULT_WRITE)
async def delete_file(file_id: str, caller: Caller, desk: Services) -> Response:
    """Destroy a file's key and its bytes at once. Links to it die; runs that still need it fail to read it."""
    await desk.vault.delete(caller, file_id)
    return Response(status_code=204)


@router.get("/download/{token}", summary="Download a file", response_class=StreamingResponse, responses=BYTES)
@needs(None)
async def download(token: str, desk: Services) -> StreamingResponse:
    """The bytes behind a link. No key needed: whoever has the link has the file. 410 LINK_EXPIRED when it is over."""
    return await serve(*await desk.vault.read_link(token))
