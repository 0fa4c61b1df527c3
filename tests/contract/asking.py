"""A valid request for every operation of the document, with the ids that a test has at hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.document import Document
from house import Caller

NOTES = b"""# Keys

Keys are stored as an HMAC with a pepper. A revoked key is refused within one second.

# Runs

The default threshold of a run is 0.85. A run that scores below its threshold is escalated.
"""
HOOK = "https://receiver.invalid/hook"
CHAT = "jsons://receiver.invalid/hook"
QUESTION = "What is the default threshold of a run?"
PAGES = {"read_document", "read_reference", "read_setup", "read_invite"}
"""What stands beside the API, for people."""


@dataclass(frozen=True, kw_only=True)
class Ids:
    """What paths name. The defaults name nothing."""

    run_id: str = "fo_run_" + "0" * 26
    artifact_id: str = "art_" + "0" * 26
    key_id: str = "key_" + "0" * 26
    file_id: str = "file_" + "0" * 26
    token: str = "none"
    endpoint_id: str = "whe_" + "0" * 26
    delivery_id: str = "dlv_" + "0" * 26
    connection_id: str = "conn_" + "0" * 26
    schedule_id: str = "sch_" + "0" * 26
    review_id: str = "rev_" + "0" * 26
    project_id: str = "prj_" + "0" * 26
    user_id: str = "user_" + "0" * 26
    invitation_id: str = "inv_" + "0" * 26
    session_id: str = "ses_" + "0" * 26


BODIES: Mapping[str, Mapping[str, Any]] = {
    "create_run": {"json": {"agent": "research", "task": "[test:complete]"}},
    "signal_run": {"json": {"action": "approve"}},
    "create_key": {"json": {"name": "asked"}},
    "create_endpoint": {"json": {"url": HOOK}},
    "change_endpoint": {"json": {"description": "asked"}},
    "create_connection": {"json": {"kind": "apprise", "name": "asked", "url": CHAT}},
    "change_connection": {"json": {"name": "asked"}},
    "create_schedule": {"json": {"name": "asked", "cron": "@yearly", "run": {"agent": "research", "task": "?"}}},
    "change_schedule": {"json": {"name": "asked"}},
    "set_budgets": {"json": {"budgets": []}},
    "change_workspace": {"json": {"threshold": 0.85}},
    "create_project": {"json": {"name": "asked"}},
    "rename_project": {"json": {"name": "asked"}},
    "sign_in": {"json": {"email": "asked@example.com", "password": "asked for nothing"}},
    "set_up": {"json": {"token": "none", "email": "asked@example.com", "name": "?", "password": "asked for nothing"}},
    "accept_invitation": {"json": {"token": "none", "name": "?", "password": "asked for nothing"}},
    "switch_session": {"json": {"workspace": "ws_" + "0" * 26}},
    "change_password": {"json": {"current_password": "asked for nothing", "new_password": "asked for nothing"}},
    "change_member": {"json": {"role": "viewer"}},
    "create_invitation": {"json": {"email": "asked@example.com", "role": "viewer"}},
    "assign_review": {"json": {"assignee": None}},
    "comment_review": {"json": {"text": "asked"}},
    "decide_review": {"json": {"decision": "reject", "content_hash": "0" * 64}},
    "dispose_run": {"json": {"disposition": "accepted"}},
    "replay_dead_letters": {"json": {"ids": ["dlv_" + "0" * 26]}},
    "upload_file": {"files": {"file": ("notes.md", NOTES, "text/markdown")}},
    "read_artifact": {"params": {"format": "md"}},
}


def request_of(document: Document, name: str, ids: Ids) -> tuple[str, str, Mapping[str, Any]]:
    """Method, path and the rest of a valid request for an operation."""
    method, path, _ = document.operations[name]
    return method, path.format(**vars(ids)), BODIES.get(name, {})


def upload(caller: Caller, content: bytes = NOTES, name: str = "notes.md") -> str:
    """The id of a new file."""
    made = caller.ask("POST", "/v1/vault/files", files={"file": (name, content, "text/markdown")})
    assert made.status_code == 201, made.text
    return str(made.json()["data"]["id"])


def new_endpoint(caller: Caller) -> str:
    """The id of a new endpoint, which nobody answers for."""
    made = caller.post("/v1/webhooks/endpoints", {"url": HOOK})
    assert made.status_code == 201, made.text
    return str(made.json()["data"]["id"])


def new_connection(caller: Caller, url: str = CHAT) -> str:
    """The id of a new connection, which nobody answers for."""
    made = caller.post("/v1/connections", {"kind": "apprise", "name": "asked", "url": url})
    assert made.status_code == 201, made.text
    return str(made.json()["data"]["id"])


def new_schedule(caller: Caller, **changes: Any) -> str:
    """The id of a new schedule, which is not due for as long as a test takes."""
    made = caller.post("/v1/schedules", {**BODIES["create_schedule"]["json"], **changes})
    assert made.status_code == 201, made.text
    return str(made.json()["data"]["id"])


def possessions(live: Caller) -> Ids:
    """Something of every kind: a file, a run of it with a report, a key, an endpoint that was told, a review …"""
    file_id = upload(live)
    endpoint_id = new_endpoint(live)
    run = live.finished(QUESTION, files=[file_id])
    assert run["status"] == "completed", run
    held = live.finished("Which colour is the moon?")
    assert held["status"] == "escalated", held
    key = live.post("/v1/api-keys", {"name": "one of many", "capabilities": ["usage:read"]}).json()["data"]
    delivery = live.get("/v1/webhooks/deliveries", params={"run_id": run["id"]}).json()["data"][0]
    return Ids(
        run_id=run["id"],
        artifact_id=run["artifacts"][0]["id"],
        key_id=key["id"],
        file_id=file_id,
        endpoint_id=endpoint_id,
        delivery_id=delivery["id"],
        connection_id=new_connection(live),
        schedule_id=new_schedule(live),
        review_id=held["escalation"]["review_id"],
        project_id=live.post("/v1/projects", {"name": "one of many"}).json()["data"]["id"],
    )
