"""The OpenAPI document: what the framework knows of the routes, completed with answers, errors, events and examples."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from futurone_server import VERSION
from futurone_server.api import examples
from futurone_server.api.access import Counting
from futurone_server.api.answers import ANSWERS, Answer, Wrapping
from futurone_server.api.components import RATE_HEADERS, REF, REQUEST_ID_HEADER, components
from futurone_server.api.events.reference import EVENTS, STREAM
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.reasons import ERRORS
from futurone_server.api.runs.queries import RunsQuery

Json = dict[str, Any]
_EVERYWHERE = (400, 500, 503)
COUNTED = {
    Counting.STANDARD: "standard",
    Counting.EXECUTION: "execution",
    Counting.FREE: "free",
    Counting.BY_ROUTE: "execution for submit_input, else free",
}
"""How a request is counted, in the words of the reference."""

_ABOUT = """\
A task goes in, a plan is made, steps are carried out durably and in parallel, every event is streamed, the result is \
verified and scored, and delivered or held for a person.

The same application answers under `/api/v1`, with and without a trailing slash. Unknown members of a body and unknown \
parameters are refused by name. Every answer carries `X-Request-Id`. Every error has one body: see `Error`. A method \
that a path does not have gets 405 `METHOD_NOT_ALLOWED`; `HEAD` answers like `GET`, without a body. The key is \
looked at first, then what it may do, then the rest of the request. Within `/v1` answers may gain members; what goes \
away is announced in the changelog first."""
_TAGS = {
    "Runs": "Hand in tasks, look at them, answer them, cancel them, collect what they produce.",
    "Events": "Follow a run while it works, and read its log afterwards.",
    "Keys": "Credentials: who may do what.",
    "Reviews": "What is held for a person, decisions over it, and what verifiers learn from them.",
    "Webhooks": "Who is told of outcomes, what became of every delivery, and what could not be delivered.",
    "Connections": "People who can be told how runs end, in a chat or by mail.",
    "Schedules": "Runs that are placed when their time comes, and what became of every due time.",
    "Vault": "Files for runs to work on, sealed one by one.",
    "Models": "The language models this server is configured with.",
    "Usage": "What runs have used of models, and what may be spent.",
    "Audit": "Who did what: one chain of lines per workspace, none of which can be changed unnoticed.",
    "Workspace": "The tenant: the settings that runs start from, and its projects.",
    "People": "The members of the workspace, what each may do, and who is invited.",
    "Session": "People sign in here; the cookie then stands for a key with the rights of their role.",
    "Who": "Who is asking.",
    "Health": "Whether the server lives, is ready, and which version it is. No key needed.",
}
_IDEMPOTENCY_KEY = {"$ref": "#/components/parameters/idempotency_key"}
_METADATA = {
    "name": "metadata",
    "in": "query",
    "required": False,
    "description": "`metadata[ticket]=RES-1042`: runs with this pair. Repeat it for several.",
    "style": "deepObject",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}


def describe(api: FastAPI, routes: Sequence[GuardedRoute], public_url: str) -> Json:
    """The whole document. ``routes`` are all that were included, with what they declare."""
    document = get_openapi(
        title="FuturOne",
        version=VERSION,
        summary="Work done by AI agents, as durable, verified runs.",
        description=_ABOUT,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": public_url}],
        tags=[{"name": name, "description": says} for name, says in _TAGS.items()],
        routes=api.routes,
    )
    document["paths"] |= _by_hand()
    by_name = {route.name: route for route in routes}
    for method, operation in _operations(document):
        name = operation["operationId"]
        _complete(operation, ANSWERS[name])
        _put_body(operation)
        _put_parameters(operation, method)
        _put_access(operation, by_name.get(name))
        _put_errors(operation, ANSWERS[name])
        examples.put_into(name, operation)
    document["components"] = components(document["components"]["schemas"])
    document["security"] = [{"key": []}, {"session": []}]
    return document


def _by_hand() -> Json:
    def page(says: str, name: str, media_type: str) -> Json:
        schema = {"type": "object"} if media_type == "application/json" else {"type": "string"}
        answers = {"200": {"description": says, "content": {media_type: {"schema": schema}}}}
        return {"get": {"tags": ["Health"], "operationId": name, "summary": says, "security": [], "responses": answers}}

    return {
        "/v1/runs/{run_id}/events": {"get": dict(EVENTS)},
        "/v1/runs/{run_id}/events/stream": {"get": dict(STREAM)},
        "/openapi.json": page("This document", "read_document", "application/json"),
        "/docs": page("This document as a page", "read_reference", "text/html"),
        "/setup": page("The page that a set-up link opens", "read_setup", "text/html"),
        "/invite": page("The page that an invitation opens", "read_invite", "text/html"),
    }


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    for item in document["paths"].values():
        yield from item.items()


def _complete(operation: Json, answer: Answer) -> None:
    """Put the good answers in place of what the framework guessed."""
    operation["responses"].pop("422", None)
    if answer.shape is not None or answer.status == 204:
        # What a route answers in other media types, it describes itself.
        others = operation["responses"].get(str(answer.status), {}).get("content", {})
        others.pop("application/json", None)
        operation["responses"] = {str(answer.status): _good(answer, answer.says)}
        operation["responses"][str(answer.status)].get("content", {}).update(others)
        for status, says in answer.also.items():
            operation["responses"][str(status)] = _good(answer, says)
        if answer.replays:
            operation["responses"]["200"] = _replayed(answer, is_only=answer.status != 200)
    for response in operation["responses"].values():
        response["headers"] = {**REQUEST_ID_HEADER, **response.get("headers", {})}


def _good(answer: Answer, says: str) -> Json:
    if answer.shape is None:
        return {"description": says}
    return {"description": says, "content": {"application/json": {"schema": _wrapped(answer)}}}


def _wrapped(answer: Answer) -> Json:
    assert answer.shape is not None
    reference = {"$ref": REF + answer.shape.__name__}
    if answer.wrapping is Wrapping.NOTHING:
        return reference
    properties: Json = {"data": reference}
    if answer.wrapping is not Wrapping.DATA:
        properties["data"] = {"type": "array", "items": reference}
    if answer.wrapping is Wrapping.PAGE:
        properties["pagination"] = {"$ref": f"{REF}Pagination"}
    return {"type": "object", "required": list(properties), "properties": properties}


def _replayed(answer: Answer, *, is_only: bool) -> Json:
    """A replay's answer. ``is_only``: what is done for the first time has a status of its own."""
    flag = {"type": "object", "properties": {"replayed": {"const": True}}}
    required = {"required": ["replayed"]} if is_only else {}
    says = "The same request was made before with this Idempotency-Key: the resource as it is now"
    return {
        "description": says if is_only else f"{answer.says}. With `replayed`: {says[0].lower()}{says[1:]}",
        "headers": {"Idempotent-Replayed": {"required": is_only, "schema": {"const": "true"}}},
        "content": {"application/json": {"schema": {"allOf": [_wrapped(answer), {**flag, **required}]}}},
    }


def _put_parameters(operation: Json, method: str) -> None:
    given = [one for one in operation.get("parameters", []) if one.get("in") != "path"]
    if operation["operationId"] == "list_runs":
        given = [*_query(RunsQuery), _METADATA]
    references = [one for one in given if "$ref" in one]
    names = [one["name"] for one in operation.get("parameters", []) if one.get("in") == "path"]
    found = [{"$ref": f"#/components/parameters/{name}"} for name in names] + references
    found += [_described(one) for one in given if "$ref" not in one]
    if method == "post":
        found.append(_IDEMPOTENCY_KEY)
    if found:
        operation["parameters"] = found


def _described(parameter: Json) -> Json:
    """Nullable in the model means absent in a query; titles repeat the names."""
    schema = {name: value for name, value in parameter["schema"].items() if name not in ("title", "description")}
    branches = [one for one in schema.pop("anyOf", []) if one != {"type": "null"}]
    if len(branches) == 1:
        schema = {**branches[0], **schema}
    if schema.get("default") is None:
        schema.pop("default", None)
    return {**parameter, "schema": schema}


def _query(model: type[BaseModel]) -> list[Json]:
    """The fields of a model as query parameters."""
    schema = model.model_json_schema(ref_template=REF + "{model}")
    found = []
    for name, one in schema["properties"].items():
        parameter = {"name": name, "in": "query", "required": False, "schema": one}
        if "description" in one:
            parameter["description"] = one["description"]
        found.append(parameter)
    return found


def _put_body(operation: Json) -> None:
    """A body that may be absent is shown as what it is when it is there."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        branches = [one for one in content["schema"].get("anyOf", []) if one != {"type": "null"}]
        if len(branches) == 1:
            content["schema"] = branches[0]


def _put_access(operation: Json, route: GuardedRoute | None) -> None:
    if route is not None:
        capability = route.guard.capability
        if route.guard.takes_key:
            operation["x-capability"] = None if capability is None else capability.value
            operation["x-rate-limit"] = COUNTED[route.guard.counting or Counting.STANDARD]
        else:
            operation["security"] = []
    if operation.get("security") != []:
        operation.setdefault("x-rate-limit", COUNTED[Counting.STANDARD])
        for response in operation["responses"].values():
            response["headers"] |= RATE_HEADERS
    capability = operation.get("x-capability")
    if capability is not None:
        operation["description"] = operation.get("description", "") + f"\n\nNeeds the capability `{capability}`."


def _put_errors(operation: Json, answer: Answer) -> None:
    statuses = set(answer.errors) | set(_EVERYWHERE)
    if operation.get("security") != []:
        statuses |= {401, 429}
        if operation["x-capability"] is not None:
            statuses.add(403)
    for status in sorted(statuses):
        if str(status) not in operation["responses"]:
            operation["responses"][str(status)] = {"$ref": f"#/components/responses/{ERRORS[status].name}"}
