"""Models, as the reference shows them."""

from typing import Annotated, Literal

from pydantic import Field

from futurone_server.api.shapes import Shape


class ModelPrice(Shape):
    """What a model costs, and where that is known from."""

    input_usd_per_million: Annotated[str, Field(description="US dollars for a million tokens in.")]
    output_usd_per_million: Annotated[str, Field(description="US dollars for a million tokens out.")]
    source: Annotated[str, Field(description="`setting`, or the price list with its version.")]


class Model(Shape):
    """A configured language model."""

    id: Annotated[str, Field(description="`provider:model`.")]
    provider: str
    family: Annotated[str, Field(description="Models of one family are taken to judge alike.")]
    routing_classes: Annotated[
        list[Literal["deep", "code", "draft", "wide", "fast"]],
        Field(description="The classes of work it is tried for."),
    ]
    context_window: Annotated[int | None, Field(description="Tokens it can take, where that was configured.")]
    priced: Annotated[bool, Field(description="Whether its price is known; an unknown price is never 0.")]
    price: ModelPrice | None
