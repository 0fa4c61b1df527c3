"""Why a request did not leave, or gave no answer: stable reasons, fixed words, no address and nothing that was sent."""

from typing import Final

from futurone_server.kit.errors import Forbidden, Refusal, TooLarge, Unavailable

REFUSED_URL: Final = "EGRESS_REFUSED_URL"
REFUSED_ADDRESS: Final = "EGRESS_REFUSED_ADDRESS"
REFUSED_HEADER: Final = "EGRESS_REFUSED_HEADER"
TOO_MANY_REDIRECTS: Final = "EGRESS_TOO_MANY_REDIRECTS"
TOO_LARGE: Final = "EGRESS_TOO_LARGE"
TIMEOUT: Final = "EGRESS_TIMEOUT"
UNKNOWN_HOST: Final = "EGRESS_UNKNOWN_HOST"
UNREACHABLE: Final = "EGRESS_UNREACHABLE"
TLS: Final = "EGRESS_TLS"
BROKEN_ANSWER: Final = "EGRESS_BROKEN_ANSWER"

_WORDS = {
    REFUSED_ADDRESS: "This host's address is private or reserved. An operator can allow it in FUTURONE_EGRESS_ALLOW.",
    TOO_MANY_REDIRECTS: "The server redirected more often than is followed; give the final URL.",
    TOO_LARGE: "The answer is larger than this request may read.",
    TIMEOUT: "The server did not answer in full within the time given.",
    UNKNOWN_HOST: "The host's name could not be resolved.",
    UNREACHABLE: "No connection to the host could be made.",
    TLS: "The host's TLS certificate could not be verified, or no secure connection could be made.",
    BROKEN_ANSWER: "The server's answer broke off, or is not valid HTTP.",
}


class EgressError(Refusal):
    """A request to another host that was not made, or got no usable answer. ``reason`` says which."""

    default_reason = UNREACHABLE


class EgressRefused(EgressError, Forbidden):
    """We do not go there: the URL, the address or a header is refused. Trying again does not help."""


class EgressTooLarge(EgressError, TooLarge):
    """The answer is over the bound that the request states."""


class EgressUnavailable(EgressError, Unavailable):
    """No answer this time: time-out, unknown host, no connection, TLS, or an answer that broke off."""


def refused(reason: str, message: str = "") -> EgressRefused:
    """A refusal with its reason; without a message in the reason's own words."""
    return EgressRefused(message or _WORDS[reason], reason)


def too_large() -> EgressTooLarge:
    """The answer is over the bound."""
    return EgressTooLarge(_WORDS[TOO_LARGE], TOO_LARGE)


def unavailable(reason: str) -> EgressUnavailable:
    """No answer, for this reason."""
    return EgressUnavailable(_WORDS[reason], reason)
