"""A model as it goes over the wire."""

from futurone_server.api.offers import Model
from futurone_server.kit.json import JsonObject


def present_model(model: Model) -> JsonObject:
    """A configured model."""
    price = model.price
    return {
        "id": model.name,
        "provider": model.provider,
        "family": model.family,
        "routing_classes": [routing.value for routing in model.routings],
        "context_window": model.window,
        "priced": price is not None,
        "price": None
        if price is None
        else {
            "input_usd_per_million": f"{price.input_usd.normalize():f}",
            "output_usd_per_million": f"{price.output_usd.normalize():f}",
            "source": price.source,
        },
    }
