"""Receipts, as the reference shows them."""

from typing import Annotated, Literal

from pydantic import Field

from futurone_server.api.runs.shapes import RunId
from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.runs import Cause


class Destroyed(Shape):
    """How much was nulled."""

    events: Annotated[int, Field(description="Events that had content.")]
    contents: Annotated[int, Field(description="Sealed values beside the log: the order, plan, results of steps.")]
    artifacts: Annotated[int, Field(description="Artifacts; their text is among the sealed values.")]


class WrappingKey(Shape):
    """The key above the run's. While it exists, copies of the run's wrapped key in backups could still be opened."""

    kind: Annotated[
        Literal["epoch", "long_lived"],
        Field(description="`epoch`: of an hour, in a file. `long_lived`: of runs whose content was to be kept."),
    ]
    id: str | None
    state: Annotated[
        Literal["pending", "destroyed", "elsewhere", "kept"],
        Field(
            description="`elsewhere`: neither here nor known to be destroyed, as after a restore: the server that was"
            " backed up destroys it."
        ),
    ]
    destroyed_at: Moment | None
    destroyed_by: Annotated[Moment | None, Field(description="While pending: when it is destroyed at the latest.")]


class Statement(Shape):
    """What was destroyed, and when."""

    v: Literal[1]
    id: Annotated[str, Field(json_schema_extra=an_id("rcp_"))]
    run_id: RunId
    workspace_id: str
    cause: Annotated[
        Cause,
        Field(
            description="`at_end`: in the commit that ended the run (a window of 0 s). `restored`: it was in no backup."
        ),
    ]
    erased_at: Moment
    issued_at: Annotated[Moment, Field(description="When this receipt was signed: each request signs anew.")]
    key_fingerprint: Annotated[str | None, Field(description="Of the run's destroyed key, in hex.")]
    destroyed: Destroyed
    wrapping_key: WrappingKey


class Receipt(Shape):
    """A signed statement. The signature covers `receipt` as JSON with sorted names and without spaces, in UTF-8."""

    receipt: Statement
    algorithm: Literal["Ed25519"]
    public_key: Annotated[str, Field(description="Base64; the same as `GET /v1/receipts/key` gives.")]
    signature: Annotated[str, Field(description="Base64.")]


class ReceiptKey(Shape):
    """The public key of this server's receipts."""

    algorithm: Literal["Ed25519"]
    public_key: Annotated[str, Field(description="Base64 of 32 bytes.")]
