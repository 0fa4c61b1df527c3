"""The law of keys: their two spellings, and that no key begets more than it has.

``fo_live_<26 of id><43 of secret><6 of checksum>`` and ``key_<26 of id>:<43 of secret>`` are one credential. The
checksum lets a scanner tell a key from noise, and a mistyped key be refused without asking the database.
"""

import secrets
import zlib
from dataclasses import replace
from datetime import datetime

from futurone_server.features.keys.types import Capability, Key, KeyOrder, Mode, Principal, RateClass, RateLimits
from futurone_server.kit import ids
from futurone_server.kit.errors import Conflict, Forbidden, Unauthenticated, invalid_field

PREFIX = "key_"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_CHARS = 43  # 256 bits
_CHECK_CHARS = 6
_WRONG = "The API key is not valid. Send `Authorization: Bearer <key>` with a key of this server."


def new_secret() -> str:
    """A fresh secret: 43 characters, 256 bits."""
    return "".join(secrets.choice(_BASE62) for _ in range(_SECRET_CHARS))


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK_CHARS):
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits


def spell(key_id: str, mode: Mode, secret: str) -> str:
    """The one-word spelling of a credential."""
    body = f"fo_{mode}_{key_id.removeprefix(PREFIX)}{secret}"
    return body + _checksum(body)


def read(credential: str) -> tuple[str, str]:
    """The key id and secret in either spelling. Raises Unauthenticated."""
    key_id, colon, secret = credential.partition(":")
    if colon:
        well_formed = ids.is_id(key_id, PREFIX)
    else:
        head, _, rest = credential.partition("_")
        mode, _, rest = rest.partition("_")
        body, check = credential[:-_CHECK_CHARS], credential[-_CHECK_CHARS:]
        well_formed = head == "fo" and mode in tuple(Mode) and credential.isascii() and _checksum(body) == check
        key_id, secret = PREFIX + rest[: ids.LENGTH], rest[ids.LENGTH : -_CHECK_CHARS]
    if not well_formed or len(secret) != _SECRET_CHARS or not ids.is_id(key_id, PREFIX) or not secret.isalnum():
        raise Unauthenticated(_WRONG)
    return key_id, secret


def check_usable(key: Key, now: datetime) -> None:
    """Refuse a revoked or expired key. Raises Unauthenticated."""
    if key.revoked_at is not None:
        raise Unauthenticated("This API key has been revoked. Create another one.", "AUTH_KEY_REVOKED")
    if key.expires_at is not None and key.expires_at <= now:
        raise Unauthenticated("This API key has expired. Create or rotate one.", "AUTH_KEY_EXPIRED")


def principal(key: Key, usual: RateLimits, uses: set[Capability]) -> Principal:
    """The caller that a key stands for; ``usual`` holds where the key has no rate limits of its own."""
    return Principal(
        key_id=key.id,
        workspace_id=key.workspace_id,
        mode=key.mode,
        capabilities=key.capabilities,
        projects=key.projects,
        agents=key.agents,
        expires_at=key.expires_at,
        rate_limits=key.rate_limits(usual),
        uses=uses,
    )


def within(caller: Principal, order: KeyOrder, usual: RateLimits) -> KeyOrder:
    """The order with rate limits that are not above its maker's, where it names none and the usual ones would be."""
    own = caller.rate_limits
    standard, execution = order.rate_standard, order.rate_execution
    if standard is None and own.standard < usual.standard:
        standard = own.standard
    if execution is None and own.execution < usual.execution:
        execution = own.execution
    return replace(order, rate_standard=standard, rate_execution=execution)


def check_mint(caller: Principal, order: KeyOrder, now: datetime) -> None:
    """Refuse a key that could do more than the one that makes it. Raises Forbidden or Invalid."""
    if order.expires_at is not None and order.expires_at <= now:
        raise invalid_field("expires_at", "must lie in the future")
    if caller.mode is Mode.TEST and order.mode is Mode.LIVE:
        raise Forbidden("A test key cannot make a live one.")
    wanted = order.capabilities if order.capabilities is not None else caller.capabilities
    beyond = sorted(wanted - caller.capabilities)
    if beyond:
        raise Forbidden(
            f"A key cannot give what it does not have: {', '.join(beyond)}.", details={"capability": beyond[0]}
        )
    if caller.projects is not None and (order.projects is None or not order.projects <= caller.projects):
        raise Forbidden("A key cannot reach projects beyond those of the key that makes it.", "PROJECT_OUT_OF_SCOPE")
    if caller.agents is not None and (order.agents is None or not order.agents <= caller.agents):
        raise Forbidden("A key cannot use agents beyond those of the key that makes it.", "AGENT_OUT_OF_SCOPE")
    if caller.expires_at is not None and (order.expires_at is None or order.expires_at > caller.expires_at):
        raise Forbidden("A key cannot outlive the key that makes it.", details={"field": "expires_at"})
    for rate, wished in ((RateClass.STANDARD, order.rate_standard), (RateClass.EXECUTION, order.rate_execution)):
        if wished is not None and wished > caller.rate_limits.of(rate):
            raise Forbidden(
                f"A key cannot give more than its own {caller.rate_limits.of(rate)} {rate} requests a minute.",
                details={"field": f"rate_limits.{rate}"},
            )


def chosen(key: Key, named: frozenset[Capability] | None, proposed: frozenset[Capability]) -> frozenset[Capability]:
    """The scope that a key is to have: what was named, else what it used. Raises Invalid or Conflict.

    Only ever less than it has: more is what another key is made for.
    """
    if key.revoked_at is not None:
        raise Conflict("A revoked key needs no scope.")
    beyond = sorted((named or frozenset()) - key.capabilities)
    if beyond:
        raise invalid_field("capabilities", f"the key does not have {', '.join(beyond)}; a scope can only take away")
    if named is None and not proposed:
        raise Conflict("This key used nothing in the last 30 days. Name its capabilities, or revoke it.")
    return proposed if named is None else named


def check_covers(caller: Principal, key: Key) -> None:
    """Refuse to touch a key that can do or reach more than the caller. Raises Forbidden."""
    if caller.mode is Mode.TEST and key.mode is Mode.LIVE:
        raise Forbidden("A test key cannot change a live one.")
    beyond = sorted(key.capabilities - caller.capabilities)
    if beyond:
        raise Forbidden(
            f"That key can do what this one cannot: {', '.join(beyond)}.", details={"capability": beyond[0]}
        )
    if caller.projects is not None and (key.projects is None or not key.projects <= caller.projects):
        raise Forbidden("That key reaches projects beyond those of this one.", "PROJECT_OUT_OF_SCOPE")
    if caller.agents is not None and (key.agents is None or not key.agents <= caller.agents):
        raise Forbidden("That key uses agents beyond those of this one.", "AGENT_OUT_OF_SCOPE")


ALL = frozenset(Capability)

OWN_RATES = RateLimits(standard=6_000, execution=1_200)
"""For the keys that the first start makes, which people try everything with."""
