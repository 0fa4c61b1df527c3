"""What is probably wrong with a model that does not answer, in words for whoever configured it: it names addresses."""

from futurone_server.models.listed import Listed, Provider

_AT_V1 = frozenset({Provider.OPENAI, Provider.COMPATIBLE, Provider.OLLAMA, Provider.VLLM})
"""Whose addresses end with the version; the others add it themselves."""
_OF_ANSWER = (
    "it answered, but not with the object that was asked for. Look at the option output (tool, native, prompted), or"
    " take another model."
)


def diagnosis(listed: Listed, outcome: str, *, has_key: bool) -> str | None:
    """What to look at first after a call with this outcome; None where the outcome says all there is to say."""
    place = listed.address or "the provider's own address"
    match outcome:
        case "KEY_REFUSED":
            return _of_key(listed, has_key=has_key)
        case "CONNECTION_LOST" | "UNAVAILABLE":
            return f"nobody answers at {place}, or the connection broke. Does it run, and is the address right?"
        case "TIMEOUT":
            patience = f"{listed.first_token_s:g} s to the first word, {listed.total_s:g} s in all"
            return f"{place} gave no answer within {patience}."
        case "ok" | "ANSWER_CUT_OFF" | "ANSWER_INVALID":
            return _OF_ANSWER
        case "MODEL_NOT_FOUND" | "REQUEST_REJECTED" | "ANSWER_UNREADABLE" | "PROVIDER_ERROR":
            return _of_path(listed, outcome)
        case _:
            return None


def _of_key(listed: Listed, *, has_key: bool) -> str:
    variable = listed.key_variable
    if variable is None:
        return "the provider wants a key: name the variable that holds it with the option key (key=NAME)."
    if not has_key:
        return f"the variable {variable} is not set, and the provider wants a key."
    return f"the provider refused the key in {variable}."


def _of_path(listed: Listed, outcome: str) -> str | None:
    """A wrong path looks like an unknown model, or like no answer of a model at all."""
    address = (listed.address or "").rstrip("/")
    unknown = f"there is no model “{listed.model}” at {address or 'the provider'}"
    if address and listed.provider in _AT_V1 and not address.endswith("/v1"):
        return f"{unknown}; the address probably has to end with /v1: {address}/v1."
    if address.endswith("/v1") and listed.provider not in _AT_V1:
        return f"{unknown}; the address of {listed.provider.value} is given without /v1: {address.removesuffix('/v1')}."
    if outcome == "ANSWER_UNREADABLE":
        return "what came back is no answer of a model in the protocol of the provider. Is the address right?"
    return f"{unknown}, by this name and for this key." if outcome == "MODEL_NOT_FOUND" else None
