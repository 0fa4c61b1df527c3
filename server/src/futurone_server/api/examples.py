"""Which example stands where in the reference: named requests, and what each operation answers."""

from collections.abc import Mapping
from typing import Any

from futurone_server.api import samples
from futurone_server.api.answers import ANSWERS, Wrapping
from futurone_server.api.connections import samples as connections
from futurone_server.api.reviews import samples as reviews
from futurone_server.api.schedules import samples as schedules
from futurone_server.api.session import samples as session
from futurone_server.api.usage import samples as usage
from futurone_server.api.webhooks import samples as webhooks

Json = dict[str, Any]


def _named(summary: str, value: Json) -> Json:
    return {"summary": summary, "value": value}


_PHRASE = "correct horse battery"

REQUESTS: Mapping[str, Mapping[str, Json]] = {
    "create_run": {
        "task": _named(
            "A task for a domain agent",
            {
                "agent": "research",
                "task": "How long is a finished run's content kept, and how is it erased?",
                "files": [samples.FILE_ID],
                "metadata": {"ticket": "RES-1042"},
            },
        ),
        "input": _named(
            "A free-form object; needs the Idempotency-Key header",
            {"input": {"user_query": "Summarize the key findings"}, "metadata": {}},
        ),
        "told": _named(
            "People are told how it ended, with a link",
            {
                "agent": "research",
                "task": "What does each status of a run mean?",
                "deliver_to": {"connection": connections.CONNECTION_ID},
            },
        ),
        "limits": _named(
            "With limits, and content that stays until it is deleted",
            {
                "agent": "research",
                "task": "What does each status of a run mean?",
                "threshold": 0.9,
                "budget": {"max_tool_calls": 50, "max_wall_s": 600},
                "retention": "keep",
                "workspace_id": "acme",
                "subject_id": "customer-17",
            },
        ),
    },
    "signal_run": {
        "approve": _named("Approve", {"action": "approve"}),
        "reject": _named("Reject: the run fails", {"action": "reject", "payload": {"reason": "Out of scope"}}),
        "submit": _named("Fill in the form", {"action": "submit_input", "payload": {"city": "Lisbon", "guests": 12}}),
    },
    "assign_review": {"nobody": _named("To nobody in particular", {"assignee": None})},
    "comment_review": {"remark": _named("For the other reviewers", {"text": reviews.COMMENT["text"]})},
    "decide_review": {
        "accept": _named("Release it", reviews.ACCEPT),
        "edit": _named("Release this instead", reviews.EDIT),
        "revise": _named("Have it done again, with the note", reviews.REVISE),
        "reject": _named("Do not release it", {**reviews.ACCEPT, "decision": "reject"}),
    },
    "dispose_run": {"accepted": _named("It was right", {"disposition": "accepted"})},
    "create_key": {
        "scoped": _named(
            "A key that hands in runs and reads them", {"name": "CI", "capabilities": samples.CAPABILITIES}
        ),
        "test": _named("A key for tests of a client", {"name": "Staging", "mode": "test"}),
    },
    "create_endpoint": {
        "outcomes": _named("Told of every outcome", {"url": webhooks.ENDPOINT["url"], "description": "Ticket system"}),
        "chosen": _named(
            "Told of chosen events",
            {"url": webhooks.ENDPOINT["url"], "events": ["run.completed", "run.awaiting_input"]},
        ),
    },
    "change_endpoint": {"enable": _named("Tell it again, after it was disabled", {"status": "enabled"})},
    "rotate_endpoint_secret": {
        "overlap": _named("The old secret signs for an hour more", {"overlap_s": 3600}),
        "cut_over": _named("Every receiver knows the new secret: end the overlap", {"cut_over": True}),
    },
    "rotate_signing_secret": {"first": _named("The old secret, if it was ever shown, signs for a day more", {})},
    "replay_dead_letters": {
        "ids": _named("These", {"ids": [webhooks.DELIVERY_ID]}),
        "time": _named("All that died in a day", {"from": "2026-06-09T00:00:00Z", "to": "2026-06-10T00:00:00Z"}),
    },
    "create_connection": {
        "chat": _named("A channel of a chat", connections.NEW),
        "mail": _named(
            "Mail, through an account of yours",
            {"kind": "apprise", "name": "Editors", "url": "mailtos://user:password@example.com?to=editors@example.com"},
        ),
    },
    "change_connection": {"name": _named("Another name", {"name": "Everybody"})},
    "create_schedule": {
        "weekly": _named(
            "Mondays at half past eight in Berlin",
            {name: schedules.SCHEDULE[name] for name in ("name", "cron", "timezone", "run")},
        ),
        "careful": _named(
            "Every hour, ten times a day at most; what is missed is left out",
            {
                "name": "Inbox",
                "cron": "@hourly",
                "missed": "skip",
                "daily_cap": 10,
                "run": {"agent": "content", "task": "Is there anything new?"},
            },
        ),
    },
    "change_schedule": {"time": _named("Another time", {"cron": "0 9 * * MON-FRI", "timezone": "America/New_York"})},
    "change_workspace": {
        "stricter": _named(
            "A higher bar, and an hour to collect results",
            {"threshold": 0.9, "retention": {"mode": "zero", "window_s": 3600}},
        )
    },
    "set_budgets": {"month": _named("Fifty dollars a month; what is too much waits for the next", usage.SET)},
    "sign_in": {"password": _named("With a password", {"email": "ada@example.com", "password": _PHRASE})},
    "set_up": {
        "owner": _named(
            "The first owner",
            {"token": "fo_set_…", "email": "ada@example.com", "name": "Ada", "password": _PHRASE},
        )
    },
    "accept_invitation": {
        "new": _named("Somebody new here", {"token": "fo_inv_…", "name": "Grace", "password": _PHRASE})
    },
    "switch_session": {"other": _named("Another workspace", {"workspace": session.SESSION["workspace"]["id"]})},
    "change_password": {
        "new": _named("A new password", {"current_password": _PHRASE, "new_password": "staple of the battery"})
    },
    "change_member": {"viewer": _named("Who may look, and change nothing", {"role": "viewer"})},
    "create_invitation": {"developer": _named("A developer", {"email": "grace@example.com", "role": "developer"})},
    "create_project": {"named": _named("A project", {"name": "Market research"})},
    "rename_project": {"named": _named("Another name", {"name": "Research"})},
    "rotate_key": {"overlap": _named("The old secret holds for an hour more", {"overlap_s": 3600})},
    "scope_key": {
        "look": _named("Propose, and change nothing", {}),
        "apply": _named("Make the proposal its scope", {"apply": True}),
    },
}
"""Bodies by operation; those of uploads stand with their form."""

ANSWERED: Mapping[str, Mapping[int, Json]] = {
    "create_run": {201: samples.QUEUED, 200: samples.RUN},
    "list_runs": {200: samples.RUN},
    "get_run": {200: samples.WAITING},
    "signal_run": {200: samples.RUN},
    "resume_run": {200: samples.RUN},
    "cancel_run": {202: samples.CANCELLED, 200: samples.CANCELLED},
    "acknowledge_run": {200: samples.ERASED},
    "rerun": {201: samples.RERUN, 200: samples.RERUN},
    "list_artifacts": {200: samples.ARTIFACT},
    "read_plan": {200: samples.PLAN},
    "read_verification": {200: samples.VERIFICATION},
    "read_receipt": {200: samples.RECEIPT},
    "receipt_key": {200: {"algorithm": "Ed25519", "public_key": samples.RECEIPT["public_key"]}},
    "list_reviews": {200: reviews.REVIEW},
    "get_review": {200: reviews.OPEN_REVIEW},
    "assign_review": {200: reviews.OPEN_REVIEW},
    "comment_review": {201: reviews.COMMENT, 200: reviews.COMMENT},
    "decide_review": {200: reviews.DECIDED},
    "dispose_run": {200: reviews.DISPOSITION},
    "read_calibration": {200: reviews.CALIBRATION},
    "create_key": {201: samples.MINTED, 200: samples.KEY},
    "list_keys": {200: samples.KEY},
    "rotate_key": {200: samples.MINTED},
    "scope_key": {200: samples.SCOPED},
    "list_endpoints": {200: webhooks.ENDPOINT},
    "create_endpoint": {201: webhooks.MADE_ENDPOINT, 200: webhooks.ENDPOINT},
    "get_endpoint": {200: webhooks.ENDPOINT},
    "change_endpoint": {200: webhooks.ENDPOINT},
    "rotate_endpoint_secret": {200: webhooks.MADE_ENDPOINT},
    "test_endpoint": {200: webhooks.TEST_DELIVERY},
    "rotate_signing_secret": {200: webhooks.SIGNING_SECRET},
    "list_deliveries": {200: webhooks.DELIVERY},
    "list_dead_letters": {200: webhooks.DEAD_LETTER},
    "replay_dead_letters": {200: webhooks.REPLAYED},
    "replay_dead_letter": {200: webhooks.REQUEUED},
    "list_connections": {200: connections.CONNECTION},
    "create_connection": {201: connections.CONNECTION, 200: connections.CONNECTION},
    "get_connection": {200: connections.CONNECTION},
    "change_connection": {200: connections.CONNECTION},
    "test_connection": {200: connections.TEST_DELIVERY},
    "list_schedules": {200: schedules.SCHEDULE},
    "create_schedule": {201: schedules.NEW_SCHEDULE, 200: schedules.SCHEDULE},
    "get_schedule": {200: schedules.SCHEDULE},
    "change_schedule": {200: schedules.SCHEDULE},
    "pause_schedule": {200: schedules.PAUSED},
    "resume_schedule": {200: schedules.SCHEDULE},
    "run_schedule": {201: schedules.RUN_NOW, 200: schedules.RUN_NOW},
    "list_fires": {200: schedules.FIRE},
    "list_files": {200: samples.FILE},
    "upload_file": {201: samples.FILE, 200: samples.FILE},
    "get_file": {200: {**samples.FILE, "download_url": samples.LINK["url"], "shared_with": []}},
    "link_file": {200: samples.LINK},
    "list_audit": {200: samples.AUDIT_LINE},
    "audit_key": {200: {"algorithm": "Ed25519", "public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}},
    "list_models": {200: samples.MODEL},
    "get_workspace": {200: samples.WORKSPACE},
    "change_workspace": {200: samples.WORKSPACE},
    "read_usage": {200: usage.USAGE},
    "list_budgets": {200: usage.BUDGET},
    "set_budgets": {200: usage.BUDGET},
    "list_projects": {200: samples.PROJECT},
    "create_project": {201: samples.PROJECT, 200: samples.PROJECT},
    "rename_project": {200: samples.PROJECT},
    "sign_in": {201: session.SESSION},
    "set_up": {201: session.SESSION},
    "accept_invitation": {201: session.SESSION},
    "get_session": {200: session.SESSION},
    "switch_session": {200: session.SESSION},
    "change_password": {200: session.SESSION},
    "list_sessions": {200: session.OWN_SESSION},
    "list_members": {200: session.MEMBER},
    "change_member": {200: session.MEMBER},
    "list_invitations": {200: session.INVITATION},
    "create_invitation": {201: session.MADE_INVITATION, 200: session.INVITATION},
    "whoami": {200: samples.WHOAMI},
    "version": {200: {"version": "0.9.0", "api": "v1"}},
    "live": {200: {"status": "ok"}},
    "ready": {200: {"status": "ok"}, 503: {"status": "unavailable"}},
    "dependencies": {200: {"database": "ok"}, 503: {"database": "unavailable"}},
}
"""What an operation answers under a status, without what stands around it."""

_PAGINATION: Json = {"total": 1, "limit": 20, "offset": 0, "page": 1, "hasMore": False, "next_cursor": None}


def put_into(name: str, operation: Json) -> None:
    """Put the examples of one operation into its description."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if name in REQUESTS:
            content["examples"] = dict(REQUESTS[name])
    for status, value in ANSWERED.get(name, {}).items():
        content = operation["responses"][str(status)]["content"]["application/json"]
        content["example"] = _wrapped(name, value, is_replay=ANSWERS[name].replays and status == 200)


def _wrapped(name: str, value: Json, *, is_replay: bool) -> Json:
    wrapping = ANSWERS[name].wrapping
    found: Json = value
    if wrapping is not Wrapping.NOTHING:
        found = {"data": value if wrapping is Wrapping.DATA else [value]}
    if wrapping is Wrapping.PAGE:
        found["pagination"] = _PAGINATION
    return {**found, "replayed": True} if is_replay else found
