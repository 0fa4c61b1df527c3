"""The components of the OpenAPI document: schemas, errors, shared parameters, the security scheme."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from futurone_server.api import samples
from futurone_server.api.answers import ANSWERS
from futurone_server.api.errors import TABLE
from futurone_server.api.events.shapes import DATA, RunEvent
from futurone_server.api.reasons import ERRORS
from futurone_server.api.runs.queries import RunsQuery
from futurone_server.api.shapes import Error, Pagination, an_id
from futurone_server.kit import limits
from futurone_server.web.sessions import COOKIE

Json = dict[str, Any]
REF = "#/components/schemas/"
REQUEST_ID_HEADER: Json = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
_RATES: Json = {
    "X-RateLimit-Limit": ("How many requests of this class the key may make in a minute.", {"type": "integer"}),
    "X-RateLimit-Remaining": ("How many of them it may make now.", {"type": "integer"}),
    "X-RateLimit-Reset": (
        "In seconds since 1970: when all of them are back, or when one is, where none remains.",
        {"type": "integer"},
    ),
    "RateLimit-Policy": (
        "The class, its quota and the window in seconds, as the IETF draft has it.",
        {"type": "string"},
    ),
    "RateLimit": ("The class, what remains and the seconds until the reset, likewise.", {"type": "string"}),
}
RATE_HEADERS: Json = {name: {"$ref": f"#/components/headers/{name}"} for name in _RATES}
"""What every response to a key says of its rate limits."""

_SERVER = ("server_error", "INTERNAL_ERROR")
_PATH_PARAMETERS = {
    "run_id": ("The run's id.", an_id("fo_run_")),
    "artifact_id": ("The artifact's id.", an_id("art_")),
    "key_id": ("The key's id.", an_id("key_")),
    "file_id": ("The file's id.", an_id("file_")),
    "endpoint_id": ("The endpoint's id.", an_id("whe_")),
    "connection_id": ("The connection's id.", an_id("conn_")),
    "review_id": ("The review's id.", an_id("rev_")),
    "schedule_id": ("The schedule's id.", an_id("sch_")),
    "project_id": ("The project's id.", an_id("prj_")),
    "user_id": ("The person's id.", an_id("user_")),
    "invitation_id": ("The invitation's id.", an_id("inv_")),
    "session_id": ("The session's id.", an_id("ses_")),
    "delivery_id": ("The delivery's id.", an_id("dlv_")),
    "token": ("The last part of a link.", {"type": "string"}),
}


def components(known: Json) -> Json:
    """Every component; ``known`` are the schemas that the framework found in requests."""
    shapes: list[type[BaseModel]] = [Error, Pagination, RunEvent, *DATA.values()]
    shapes += [answer.shape for answer in ANSWERS.values() if answer.shape is not None]
    unique = list(dict.fromkeys(shapes))
    _, made = models_json_schema([(one, "serialization") for one in unique], ref_template=REF + "{model}")
    queries = RunsQuery.model_json_schema(ref_template=REF + "{model}").get("$defs", {})
    gone = ("HTTPValidationError", "ValidationError")
    schemas = {name: one for name, one in known.items() if name not in gone} | queries | made["$defs"]
    return {
        "schemas": {name: _untitled(schemas[name]) for name in sorted(schemas)},
        "responses": {row.name: _error(status) for status, row in ERRORS.items()},
        "parameters": _shared_parameters(),
        "headers": {
            "X-Request-Id": {
                "description": "Names this request in logs and to support.",
                "required": True,
                "schema": an_id("req_"),
            },
            **{name: {"description": says, "required": True, "schema": one} for name, (says, one) in _RATES.items()},
        },
        "securitySchemes": {"key": _SECURITY, "session": _SESSION},
    }


_SECURITY = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "fo_live_… or <key_id>:<secret>",
    "description": "An API key, in either of its two spellings. Keys that begin with `fo_test_` make test runs.",
}


_SESSION = {
    "type": "apiKey",
    "in": "cookie",
    "name": COOKIE,
    "description": "A person's session, from `POST /v1/session`. Everything but GET needs the header `X-CSRF-Token` as "
    "well, and `Origin`. By TLS the cookie is called `__Host-futurone_session`. A key goes before it.",
}


def _shared_parameters() -> Json:
    shared: Json = {
        name: {"name": name, "in": "path", "required": True, "description": says, "schema": schema}
        for name, (says, schema) in _PATH_PARAMETERS.items()
    }
    shared["idempotency_key"] = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Have this happen once, however often it is sent: the same request with the same key gives the "
        "same resource, another one 409.",
        "schema": {"type": "string", "minLength": 1, "maxLength": limits.LABEL_CHARS_MAX, "pattern": "^[!-~]+$"},
    }
    return shared


def _error(status: int) -> Json:
    row = ERRORS[status]
    kind, code = next((one[1:] for one in TABLE.values() if one[0] == status), _SERVER)
    examples = {
        reason: {
            "summary": says,
            "value": {
                "error": {"type": kind, "code": code, "message": says, "details": {}},
                "reason_code": reason,
                "request_id": samples.REQUEST_ID,
            },
        }
        for reason, says in row.reasons.items()
    }
    headers = dict(REQUEST_ID_HEADER)
    if status == 429:
        headers |= {name: {"description": says, "schema": one} for name, (says, one) in _RATES.items()}
    if status in (429, 503):
        headers["Retry-After"] = {"description": "In seconds.", "schema": {"type": "integer"}}
    return {
        "description": row.says,
        "x-status": status,
        "headers": headers,
        "content": {"application/json": {"schema": {"$ref": f"{REF}Error"}, "examples": examples}},
    }


def _untitled(schema: Any) -> Any:
    """Without the titles that only repeat names."""
    if isinstance(schema, list):
        return [_untitled(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {key: _untitled(one) for key, one in value.items()} if name == "properties" else _untitled(value)
        for name, value in schema.items()
        if name != "title" or not isinstance(value, str)
    }
