"""The routes of receipts: the signed statement of a run's erasure, and the key it is checked with."""

from base64 import b64encode

from fastapi import APIRouter

from futurone_server.api.access import needs
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.services import Services
from futurone_server.features.keys import Capability
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller

router = APIRouter(prefix="/v1", tags=["Runs"], route_class=GuardedRoute)


@router.get("/runs/{run_id}/receipt", summary="Get the receipt of an erasure")
@needs(Capability.RUNS_READ)
async def read_receipt(run_id: str, caller: Caller, desk: Services) -> JsonObject:
    """What was destroyed of a run, and when: signed. 409 CONTENT_NOT_ERASED before, with `details.erases_at`.

    As long as `wrapping_key.state` is `pending`, a copy of the run's wrapped key in a backup could still be opened; the
    key above it is destroyed soon after its hour. Ask again then. `elsewhere`: after a restore, the server that was
    backed up destroys it, and this one will not know.
    """
    return dict(await desk.retention.receipt(caller, run_id))


@router.get("/receipts/key", summary="Get the key of receipts")
@needs(Capability.RUNS_READ)
async def receipt_key(caller: Caller, desk: Services) -> JsonObject:
    """The public key that receipts are checked with. It follows from the server's root key and stays the same."""
    del caller  # it is the server's key, and public; only who may read runs has a use for it
    return {"data": {"algorithm": "Ed25519", "public_key": b64encode(desk.retention.signer.public_key).decode()}}
