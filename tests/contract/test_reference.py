"""The OpenAPI document and its page: complete, true, and of use without any network."""

import ast
import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.routing import Route

import futurone_server
from contract.asking import PAGES, possessions
from contract.browser import Browser, Reception, people_of
from contract.document import Document
from futurone_server.api.app import make_api
from futurone_server.api.errors import TABLE
from futurone_server.api.events.shapes import DATA
from futurone_server.api.page import render
from futurone_server.api.reasons import ERRORS
from futurone_server.eventlog import EventType
from futurone_server.features.keys import Capability, Mode
from futurone_server.features.people import Role
from futurone_server.features.runs import Action, InputKind, Status
from futurone_server.kit import errors
from house import Caller, Json, Registry, Tenant

Named = tuple[str, Json]


def operations(document: Document) -> list[Named]:
    return [(name, operation) for name, (_, _, operation) in document.operations.items()]


def test_every_route_of_the_application_is_in_the_document(document: Document) -> None:
    api = make_api(None)  # type: ignore[arg-type]  # routes are made without any service
    plain = [(method, route.path) for route in api.routes if isinstance(route, Route) for method in route.methods or ()]
    declared = [(method, route.path) for route in api.state.routes for method in route.methods]
    described = {(method, path) for method, path, _ in document.operations.values()}
    assert {one for one in plain + declared if one[0] != "HEAD"} == described
    assert all(route.include_in_schema for route in api.state.routes)


def test_every_reference_leads_somewhere(document: Document) -> None:
    def walk(value: Json) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for one in value.values():
                yield from walk(one)
        elif isinstance(value, list):
            for one in value:
                yield from walk(one)

    references = set(walk(document.root))
    for one in references:
        assert document.resolved({"$ref": one})
    components = document.root["components"]
    made = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses", "parameters") for name in components[kind]
    }
    assert made - references <= {"#/components/schemas/RunEvent"} | {
        f"#/components/responses/{row.name}" for row in ERRORS.values()
    }


def test_every_operation_is_explained(document: Document) -> None:
    tags = {tag["name"] for tag in document.root["tags"]}
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["tags"][0] in tags, name
        if name not in PAGES:
            assert len(operation["description"]) > 20, name
        for parameter in operation.get("parameters", []):
            shown = document.resolved(parameter)
            assert shown.get("description") or shown["name"] in ("project_id", "min_confidence"), (name, shown)
        for status, response in operation["responses"].items():
            assert document.resolved(response)["description"], (name, status)
    for name, schema in document.root["components"]["schemas"].items():
        assert schema.get("description"), name


def test_errors_are_the_one_body_everywhere(document: Document) -> None:
    error = {"$ref": "#/components/schemas/Error"}
    for name, operation in operations(document):
        failing = {status: one for status, one in operation["responses"].items() if status >= "400"}
        assert {"500", "503"} <= set(failing), name
        for status, response in failing.items():
            if (name, status) in (("ready", "503"), ("dependencies", "503")):
                continue
            assert set(response) == {"$ref"}, (name, status)
            assert document.resolved(response)["content"]["application/json"]["schema"] == error


def test_who_needs_a_key_says_so(document: Document) -> None:
    schemes = document.root["components"]["securitySchemes"]
    assert [(one["type"], one.get("in", one.get("scheme"))) for one in schemes.values()] == [
        ("http", "bearer"),
        ("apiKey", "cookie"),
    ]
    assert document.root["security"] == [{name: []} for name in schemes]
    for name, operation in operations(document):
        is_door = name in ("sign_in", "set_up", "accept_invitation")
        assert ("401" in operation["responses"]) == (operation.get("security") != [] or is_door), name


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("Status", Status),
        ("Capability", Capability),
        ("InputKind", InputKind),
        ("Action", Action),
        ("Mode", Mode),
        ("Role", Role),
    ],
)
def test_every_closed_list_of_words_is_in_the_document(schema: str, words: Any, document: Document) -> None:
    assert document.root["components"]["schemas"][schema]["enum"] == [one.value for one in words]


def test_every_event_of_the_log_has_a_described_word_in_both_streams(document: Document) -> None:
    from futurone_server.api.events.views import KINDS_B, TYPES_B, WORDS_A

    assert set(WORDS_A) == set(EventType)
    assert {word[0] for word in WORDS_A.values() if word is not None} == set(DATA)
    described = document.root["components"]["schemas"]["RunEvent"]["properties"]["type"]["enum"]
    assert {*TYPES_B.values(), "step.progress"} <= set(described)
    value = document.root["components"]["schemas"]["Payload"]["properties"]["value"]["description"]
    assert all(f"`{kind}`" in value for kind in KINDS_B.values())


REFUSALS = {
    name: one for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.Refusal)
}
REASON = re.compile(r"[A-Z]+(_[A-Z]+)+|INTERNAL|UNAVAILABLE|CONFLICT")


def reasons_in_the_source() -> Iterator[tuple[int, str, str]]:
    """Status, reason and place of every refusal that the server's source draws."""
    for path in Path(futurone_server.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            kind = REFUSALS.get(name)
            if kind is None or kind is errors.Refusal:
                continue
            for argument in [*node.args, *(one.value for one in node.keywords)]:
                word = str(argument.value) if isinstance(argument, ast.Constant) else ""
                if REASON.fullmatch(word) and word != "METHOD_NOT_ALLOWED":
                    yield TABLE[kind][0], word, f"{path.name}:{node.lineno}"


def test_every_reason_that_the_source_gives_is_explained() -> None:
    found = list(reasons_in_the_source())
    assert len(found) > 30
    unexplained = [one for one in found if one[1] not in ERRORS[one[0]].reasons]
    assert unexplained == []
    for kind, (status, _, _) in TABLE.items():
        assert kind.default_reason in ERRORS[status].reasons


def test_no_reason_is_explained_that_nothing_gives() -> None:
    given = {(status, reason) for status, reason, _ in reasons_in_the_source()}
    given |= {(TABLE[kind][0], kind.default_reason) for kind in TABLE} | {(500, "INTERNAL")}
    text = "".join(path.read_text() for path in Path(futurone_server.__file__).parent.rglob("*.py"))
    for status, row in ERRORS.items():
        for reason in row.reasons:
            assert (status, reason) in given or text.count(f'"{reason}"') > 1, reason


def examples_of_answers(document: Document) -> Iterator[tuple[str, Json, Json]]:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            content = document.resolved(response).get("content", {}).get("application/json", {})
            for one in [content.get("example"), *(x["value"] for x in content.get("examples", {}).values())]:
                if one is not None:
                    yield f"{name} {status}", content["schema"], one


def test_every_example_of_an_answer_fits_its_schema(document: Document) -> None:
    shown = list(examples_of_answers(document))
    assert len(shown) > 100
    for name, schema, example in shown:
        assert list(document.problems(schema, example)) == [], name


def test_every_good_answer_in_json_has_an_example(document: Document) -> None:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            content = document.resolved(response).get("content", {}).get("application/json")
            if content is not None and status < "400" and name != "read_document":
                assert "example" in content, (name, status)


def examples_of_requests(document: Document) -> Iterator[tuple[str, str, str, str, Json]]:
    for name, (method, path, operation) in document.operations.items():
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            assert content["examples"], name
            for example in content["examples"].values():
                yield name, method, path, media_type, example["value"]


SHOWN = {
    "accept_invitation", "assign_review", "change_connection", "change_endpoint",
    "change_member", "change_password", "change_schedule", "change_workspace",
    "comment_review", "create_connection", "create_endpoint", "create_invitation",
    "create_key", "create_project", "create_run", "create_schedule",
    "decide_review", "dispose_run", "rename_project", "replay_dead_letters",
    "rotate_endpoint_secret", "rotate_key", "rotate_signing_secret", "scope_key",
    "set_budgets", "set_up", "sign_in", "signal_run",
    "switch_session", "upload_file",
}  # fmt: skip
"""Operations with a body."""


def test_every_example_of_a_request_is_accepted(document: Document, http: httpx2.Client, registry: Registry) -> None:
    tenant = registry.tenant()
    live, scripted = Caller(http, tenant.live), Caller(http, tenant.test)
    reception = Reception(http, registry)
    owner = reception.owner(tenant)
    ids = replace(possessions(live), **people_of(reception, owner))
    asked = list(examples_of_requests(document))
    assert {one[0] for one in asked} == SHOWN
    for number, (name, method, path, media_type, body) in enumerate(asked):
        caller: Caller | Browser = live
        target = path.format(**vars(ids))
        if name == "signal_run":
            caller = scripted
            target = path.format(run_id=waiting_for(scripted, body)["id"])
        if name == "decide_review":
            caller = scripted
            held = held_for_review(scripted)
            target, body = path.format(review_id=held["id"]), {**body, "content_hash": held["content_hash"]}
        if name == "scope_key":
            target = path.format(key_id=used_key(live))
        if name in OF_PEOPLE:
            caller, body = reception.browser(), of_somebody(reception, tenant, owner, name, body)
            if name in ("switch_session", "change_password"):
                caller = owner
        body = {**body, "files": [ids.file_id]} if "files" in body else body
        body = {**body, "deliver_to": {"connection": ids.connection_id}} if "deliver_to" in body else body
        rest: dict[str, Any] = {"json": body}
        if media_type == "multipart/form-data":
            rest = {"files": {"file": ("x.md", body["file"].encode())}, "data": {"name": body["name"]}}
        answer = caller.ask(method, target, headers={"Idempotency-Key": f"example-{number}"}, **rest)
        assert answer.status_code in (200, 201), (name, answer.text)
        if name in OF_PEOPLE and caller is owner:
            owner.session = answer.json()["data"]
    reception.close()


OF_PEOPLE = {"sign_in", "set_up", "accept_invitation", "switch_session", "change_password"}


def of_somebody(reception: Reception, tenant: Tenant, owner: Browser, name: str, body: Json) -> Json:
    """An example about people with addresses, tokens and places that are there."""
    email = owner.session["person"]["email"]
    if name == "switch_session":
        return {"workspace": tenant.workspace_id}
    if name == "set_up":
        return {**body, "token": reception.link(tenant), "email": reception.email()}
    if name == "accept_invitation":
        made = owner.post("/v1/invitations", {"email": reception.email(), "role": "viewer"}).json()["data"]
        return {**body, "token": made["token"]}
    return {**body, "email": email} if name == "sign_in" else body


def used_key(live: Caller) -> str:
    """A key that has been used for something."""
    made = live.post("/v1/api-keys", {"name": "used"}).json()["data"]
    assert Caller(live.http, made["key"]).get("/v1/runs").status_code == 200
    return str(made["id"])


def held_for_review(caller: Caller) -> Json:
    """An open review with something to decide over."""
    run = caller.finished("[test:escalate]")
    return caller.get(f"/v1/reviews/{run['escalation']['review_id']}").json()["data"]


def waiting_for(caller: Caller, body: Json) -> Json:
    """A run that waits for what this answer gives."""
    run = caller.finished("[test:input]")
    if body["action"] == "submit_input":
        caller.post(f"/v1/runs/{run['id']}/signal", {"action": "approve"})
        run = caller.run(run["id"], wait=30)
    return run


def test_the_document_says_which_version_and_where(document: Document, stranger: Caller) -> None:
    assert document.root["openapi"].startswith("3.1")
    assert document.root["info"]["version"] == stranger.get("/v1/version").json()["data"]["version"]
    assert document.root["servers"] == [{"url": str(stranger.http.base_url).rstrip("/")}]


def test_every_post_takes_an_idempotency_key(document: Document) -> None:
    for name, (method, _, operation) in document.operations.items():
        has = {"$ref": "#/components/parameters/idempotency_key"} in operation.get("parameters", [])
        assert has == (method == "POST"), name


def test_the_page_shows_every_operation_and_every_schema(document: Document, stranger: Caller) -> None:
    page = stranger.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for name, (method, path, operation) in document.operations.items():
        assert f"id='{name}'" in page.text
        assert f"<code>{method}</code> <code>{path}</code>" in page.text
        assert escape(operation["summary"]) in page.text
    for name in document.root["components"]["schemas"]:
        assert f"id='schema-{name}'" in page.text
    assert all(row in page.text for one in ERRORS.values() for row in one.reasons)


def test_the_page_needs_no_script_and_no_network(stranger: Caller) -> None:
    page = stranger.get("/docs")
    policy = page.headers["content-security-policy"]
    style = page.text.partition("<style>")[2].partition("</style>")[0]
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert re.findall(r"""(?:src|href|action)=['"]?([^'">]+)""", page.text)
    for target in re.findall(r"""(?:src|href|action)=['"]?([^'">]+)""", page.text):
        assert target.startswith(("#", "/openapi.json")), target
    assert "@import" not in style
    assert "url(" not in style


def test_every_link_of_the_page_leads_to_a_place_on_it(stranger: Caller) -> None:
    page = stranger.get("/docs").text
    places = set(re.findall(r"id='([^']+)'", page))
    for target in re.findall(r"href='#([^']+)'", page):
        assert target in places, target


def test_the_page_is_whole_and_nests_as_it_should(stranger: Caller) -> None:
    page = stranger.get("/docs").text
    for tag in ("section", "article", "table", "details", "pre", "nav", "main", "code", "p", "a"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), tag


def test_nothing_in_a_document_becomes_markup_of_the_page(document: Document) -> None:
    evil = "<img src=x onerror=alert(1)>'\"&`<b>`"

    def poisoned(value: Json) -> Json:
        if isinstance(value, dict):
            spoken = {name for name in ("summary", "description") if isinstance(value.get(name), str)}
            return {name: evil if name in spoken else poisoned(one) for name, one in value.items()}
        return [poisoned(one) for one in value] if isinstance(value, list) else value

    root = poisoned(document.root)
    root["info"] |= {"title": evil, "version": evil}
    page = render(root)
    assert "<img" not in page
    assert "<b>" not in page
    assert "&lt;img" in page
