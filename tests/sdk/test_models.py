"""The configured models as programs see them."""

from futurone import FuturOne
from sdk.standin import StandIn, as_json

MODEL = {
    "id": "openai:gpt-5-mini",
    "provider": "openai",
    "family": "gpt",
    "routing_classes": ["deep", "fast"],
    "context_window": None,
    "priced": False,
    "price": None,
    "something_new": 1,
}


def test_models_are_a_list_with_their_classes_and_an_unknown_price_is_none(client: FuturOne, server: StandIn) -> None:
    server.on("GET", "/v1/models", as_json({"data": [MODEL], "pagination": {"total": 1, "hasMore": False}}))
    (model,) = client.models()
    assert (model.id, model.routing_classes) == ("openai:gpt-5-mini", ["deep", "fast"])
    assert (model.priced, model.price) == (False, None)
