"""Where webhooks may go: read strictly when an address is given, long before anything is sent there."""

from futurone_server.egress import Allowance, EgressRefused, is_denied, read_target
from futurone_server.kit.errors import invalid_field

URL_CHARS_MAX = 2_000
_PORTS = (443, 80)


class Destinations:
    """Refuses addresses that the way out would never dial. What a name resolves to is looked at when it is dialled."""

    def __init__(self, allow: Allowance) -> None:
        self._allow = allow

    def check(self, field: str, url: str) -> None:
        """Refuse an address that is malformed, not https, or private. Raises Invalid, naming the field.

        An operator's allowance lifts the last two for its exact pairs of host and port.
        """
        if len(url) > URL_CHARS_MAX:
            raise invalid_field(field, f"must have at most {URL_CHARS_MAX} characters")
        try:
            target = read_target(url)
        except EgressRefused as error:
            raise invalid_field(field, _lower(error.message)) from None
        if self._allow.holds(target):
            return
        unless = "unless the operator allows its host and port in FUTURONE_EGRESS_ALLOW"
        if target.scheme != "https":
            raise invalid_field(field, f"must be an https address, {unless}")
        if target.port not in _PORTS:
            raise invalid_field(field, f"must use port 443, {unless}")
        if target.address is not None and is_denied(target.address):
            raise invalid_field(field, f"must not be a private or reserved address, {unless}")


def _lower(message: str) -> str:
    return message.removeprefix("This URL is not used: ").removesuffix(".")
