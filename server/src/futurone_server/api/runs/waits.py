"""What a run waits for a person to say, as the reference shows it."""

from typing import Annotated, Literal

from pydantic import Field

from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.runs import InputKind

RunId = Annotated[str, Field(json_schema_extra=an_id("fo_run_"))]
InputId = Annotated[str, Field(json_schema_extra=an_id("inp_"))]


class FormField(Shape):
    """One field of a form."""

    name: str
    label: str
    type: Literal["text", "textarea", "number", "boolean", "select", "multiselect", "date", "email", "url", "file"]
    required: bool
    options: list[object] | None = None
    default: object = None
    min: float | None = None
    max: float | None = None
    pattern: str | None = None


class Binding(Shape):
    """What an approval is about, and nothing else."""

    tool: Annotated[str | None, Field(description="The tool that is to be used; null for a step that only asks.")]
    args: Annotated[dict[str, object], Field(description="With these arguments, or `prompt`.")]
    connection: str | None
    run_id: RunId
    step: str
    expires_at: Moment
    nonce: str


class Awaiting(Shape):
    """What the run waits for a person to say. Answer with `POST /v1/runs/{id}/signal`."""

    input_id: InputId
    kind: InputKind
    prompt: str | None
    fields: Annotated[list[FormField], Field(description="Empty for an approval.")]
    digest: Annotated[
        str | None,
        Field(
            description="Of an approval: SHA-256 over the canonical JSON of `binding`, in hex. It stands in the audit"
            " trail, and is made again of what is about to be done, just before it is done."
        ),
    ]
    binding: Binding | None
    expires_at: Moment
