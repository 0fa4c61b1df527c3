"""What models cost: the operator's word first, then the price list that comes with the software; else nobody knows."""

from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version

from futurone_server.models.listed import Listed, Provider
from futurone_server.models.port import Price

_SAMPLE = 1_000  # small: long prompts cost more with some
_LIST = f"genai-prices {version('genai-prices')}"
_VENDORS = {Provider.OPENAI: "openai", Provider.ANTHROPIC: "anthropic", Provider.GOOGLE: "google"}


@lru_cache(maxsize=256)
def price_of(listed: Listed) -> Price | None:
    """The price of a model, or None. A model at an address of the operator's own costs what he says it does."""
    if listed.price is not None:
        return listed.price
    vendor = _VENDORS.get(listed.provider)
    if vendor is None or listed.address is not None:
        return None
    return _from_list(vendor, listed.model)


def _from_list(vendor: str, model: str) -> Price | None:
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - a list of thousands of models, read when first asked

    try:
        given = calc_price(Usage(input_tokens=_SAMPLE), model, provider_id=vendor).total_price
        made = calc_price(Usage(output_tokens=_SAMPLE), model, provider_id=vendor).total_price
    except LookupError:
        return None
    return Price(input_usd=Decimal(given) * 1000, output_usd=Decimal(made) * 1000, source=_LIST)
