"""The law of connections: who may look after them, and how many there are."""

from futurone_server.features.keys import Capability, Mode, Principal

CONNECTIONS_MAX = 100
DELIVER_TO_MAX = 5
NAME_CHARS_MAX = 100


def check_caller(caller: Principal) -> None:
    """Refuse keys that do not manage connections, or that are limited: a connection serves the whole workspace."""
    caller.require(Capability.CONNECTIONS_MANAGE)
    caller.require_whole()


def seen_mode(caller: Principal) -> Mode | None:
    """What a key sees: a test key connections that test keys made, a live one all."""
    return Mode.TEST if caller.mode is Mode.TEST else None
