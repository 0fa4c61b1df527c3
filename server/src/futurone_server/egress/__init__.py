"""The one way out to other hosts."""

from futurone_server.egress.addresses import DENIED, Address, is_denied
from futurone_server.egress.allowance import Allowance, list_pairs, read_allow
from futurone_server.egress.client import Egress
from futurone_server.egress.errors import EgressError, EgressRefused, EgressTooLarge, EgressUnavailable
from futurone_server.egress.exchange import Incoming, Outgoing
from futurone_server.egress.resolving import Resolve, SystemResolver
from futurone_server.egress.target import Target, read_target

__all__ = [
    "DENIED",
    "Address",
    "Allowance",
    "Egress",
    "EgressError",
    "EgressRefused",
    "EgressTooLarge",
    "EgressUnavailable",
    "Incoming",
    "Outgoing",
    "Resolve",
    "SystemResolver",
    "Target",
    "is_denied",
    "list_pairs",
    "read_allow",
    "read_target",
]
