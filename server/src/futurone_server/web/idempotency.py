"""The Idempotency-Key header: read, checked, bound to a fingerprint of the request, and told of in the answer."""

from fastapi import Request, Response
from pydantic import BaseModel

from futurone_server.features.keys import Mode, Principal
from futurone_server.kit import crypto, json, limits
from futurone_server.kit.errors import Invalid
from futurone_server.kit.json import JsonObject
from futurone_server.store.idempotency import Once
from futurone_server.web.door import Scope


def read_key(scope: Scope) -> str | None:
    """The key, or None without the header. Raises Invalid.

    Quotes around it (a string of RFC 8941, as the IETF draft writes it) are not part of it.
    """
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"idempotency-key"]
    if not given:
        return None
    key: str = given[0]
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    is_visible = all("!" <= char <= "~" for char in key)
    if len(given) > 1 or not 1 <= len(key) <= limits.LABEL_CHARS_MAX or not is_visible:
        raise Invalid(
            f"Idempotency-Key: send it once, with 1 to {limits.LABEL_CHARS_MAX} visible ASCII characters.",
            "IDEMPOTENCY_KEY_INVALID",
            details={"field": "Idempotency-Key"},
        )
    return key


def as_sent(body: BaseModel) -> JsonObject:
    """What the caller wrote, without what was left out: what a later version adds makes no other request of it."""
    return body.model_dump(mode="json", exclude_unset=True)


def once(request: Request, operation: str, body: object, *, required: bool = False) -> Once | None:
    """The wish that this request happen once; None when the caller did not say so. Raises Invalid."""
    key = read_key(request.scope)
    if key is None:
        if required:
            raise Invalid(
                "Idempotency-Key: this form of the request needs the header, for example a random UUID.",
                "IDEMPOTENCY_KEY_MISSING",
                details={"field": "Idempotency-Key"},
            )
        return None
    caller: Principal = request.scope["caller"]
    if caller.mode is Mode.TEST:
        operation = f"{operation}.test"  # what is tried out must not stand for what is meant
    fingerprint = crypto.authenticate(request.app.state.desk.fingerprints, json.canonical([operation, body]))
    refusal = request.scope.get("unless_repeated")
    return Once(operation=operation, key=key, fingerprint=fingerprint, unless_repeated=refusal)


def answered(body: JsonObject, response: Response, *, replayed: bool) -> JsonObject:
    """The answer to a request that may be repeated: with 200 and marked as such where it was answered before."""
    if not replayed:
        return body
    response.status_code = 200
    response.headers["Idempotent-Replayed"] = "true"
    return {**body, "replayed": True}
