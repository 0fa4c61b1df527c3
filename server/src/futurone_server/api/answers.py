"""What each operation answers: one table of shapes and statuses, from which the reference is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from futurone_server.api.audit.shapes import AuditLine, SigningKey
from futurone_server.api.budgets.shapes import Budget
from futurone_server.api.connections.shapes import Connection
from futurone_server.api.health.shapes import Dependencies, Health, Version
from futurone_server.api.keys.shapes import Key, MintedKey, ScopedKey
from futurone_server.api.members.shapes import Invitation, MadeInvitation, Member
from futurone_server.api.models.shapes import Model
from futurone_server.api.receipts.shapes import Receipt, ReceiptKey
from futurone_server.api.reviews.shapes import CalibrationReport, Disposition, OpenReview, Review, ReviewComment
from futurone_server.api.runs.shapes import Artifact, Plan, Run, Verification
from futurone_server.api.schedules.shapes import Fire, Schedule
from futurone_server.api.session.shapes import OwnSession, PersonalSession
from futurone_server.api.shapes import Shape
from futurone_server.api.usage.shapes import UsageReport
from futurone_server.api.vault.shapes import File, Link, SingleFile
from futurone_server.api.webhooks.shapes import DeadLetter, Delivery, Endpoint, MadeEndpoint, Replayed, SigningSecret
from futurone_server.api.workspaces.shapes import Project, Whoami, Workspace


class Wrapping(Enum):
    """What stands around a shape in an answer."""

    NOTHING = auto()
    DATA = auto()
    PAGE = auto()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One operation's good answer, and the errors it knows beside those of all operations.

    ``replays``: the same request with the same Idempotency-Key gives 200 with ``replayed``. ``also``: other statuses
    with the same body. ``shape`` is None where there is no body, or one that the route describes itself.
    """

    shape: type[Shape] | None
    says: str
    wrapping: Wrapping = Wrapping.NOTHING
    status: int = 200
    also: Mapping[int, str] = field(default_factory=dict)
    replays: bool = False
    errors: tuple[int, ...] = ()


def _run(says: str, *errors: int, status: int = 200, replays: bool = False) -> Answer:
    return Answer(shape=Run, says=says, status=status, replays=replays, errors=errors)


_DATA, _PAGE = Wrapping.DATA, Wrapping.PAGE


def _session(says: str, *errors: int, status: int = 200) -> Answer:
    return Answer(shape=PersonalSession, says=says, wrapping=_DATA, status=status, errors=(401, 403, 429, *errors))


ANSWERS: Mapping[str, Answer] = {
    "create_run": _run("The run, queued", 404, 409, 410, 413, 429, status=201, replays=True),
    "list_runs": Answer(shape=Run, says="The runs, newest first", wrapping=_PAGE),
    "get_run": _run("The run", 404),
    "signal_run": _run("The run, going on or failed", 404, 409, 413, replays=True),
    "resume_run": _run("The run", 404),
    "cancel_run": Answer(
        shape=Run, says="The run, cancelled", status=202, also={200: "It was cancelled already"}, errors=(404, 409)
    ),
    "acknowledge_run": _run("The run, its content erased", 404, 409),
    "delete_run": Answer(shape=None, says="It is gone", status=204, errors=(404,)),
    "rerun": _run("The new run, queued", 404, 409, 410, 429, status=201, replays=True),
    "list_artifacts": Answer(shape=Artifact, says="The artifacts, all on one page", wrapping=_PAGE, errors=(404,)),
    "read_artifact": Answer(shape=None, says="The content", errors=(404, 409, 410)),
    "read_plan": Answer(shape=Plan, says="The plan", errors=(404,)),
    "read_verification": Answer(shape=Verification, says="The account", errors=(404,)),
    "read_receipt": Answer(shape=Receipt, says="The receipt", errors=(404, 409)),
    "receipt_key": Answer(shape=ReceiptKey, says="The key", wrapping=_DATA),
    "stream_events": Answer(shape=None, says="The stream, or a page", errors=(404, 409, 429)),
    "stream_run_events": Answer(shape=None, says="The stream", errors=(404, 409, 429)),
    "list_reviews": Answer(shape=Review, says="The reviews, newest first", wrapping=_PAGE),
    "get_review": Answer(shape=OpenReview, says="The review", wrapping=_DATA, errors=(404,)),
    "assign_review": Answer(
        shape=OpenReview, says="The review", wrapping=_DATA, replays=True, errors=(404, 409, 410, 413)
    ),
    "comment_review": Answer(
        shape=ReviewComment,
        says="The comment",
        wrapping=_DATA,
        status=201,
        replays=True,
        errors=(404, 409, 410, 413),
    ),
    "decide_review": Answer(shape=OpenReview, says="The review, decided", wrapping=_DATA, errors=(404, 409, 410, 413)),
    "dispose_run": Answer(shape=Disposition, says="What was said", wrapping=_DATA, errors=(404, 409, 410, 413)),
    "read_calibration": Answer(shape=CalibrationReport, says="One report for each kind of work", wrapping=_PAGE),
    "create_key": Answer(shape=MintedKey, says="The key", wrapping=_DATA, status=201, replays=True, errors=(409, 413)),
    "list_keys": Answer(shape=Key, says="The keys, newest first", wrapping=_PAGE),
    "revoke_key": Answer(shape=None, says="It is revoked", status=204, errors=(404,)),
    "rotate_key": Answer(shape=MintedKey, says="The key", wrapping=_DATA, replays=True, errors=(404, 409, 413)),
    "scope_key": Answer(shape=ScopedKey, says="The key and what is proposed", wrapping=_DATA, errors=(404, 409, 413)),
    "list_endpoints": Answer(shape=Endpoint, says="The endpoints, newest first", wrapping=_PAGE),
    "create_endpoint": Answer(
        shape=MadeEndpoint, says="The endpoint", wrapping=_DATA, status=201, replays=True, errors=(409, 410, 413)
    ),
    "get_endpoint": Answer(shape=Endpoint, says="The endpoint", wrapping=_DATA, errors=(404,)),
    "change_endpoint": Answer(shape=Endpoint, says="The endpoint", wrapping=_DATA, errors=(404, 413)),
    "delete_endpoint": Answer(shape=None, says="It is gone", status=204, errors=(404,)),
    "rotate_endpoint_secret": Answer(
        shape=MadeEndpoint, says="The endpoint", wrapping=_DATA, replays=True, errors=(404, 409, 413)
    ),
    "test_endpoint": Answer(shape=Delivery, says="What came of it", wrapping=_DATA, replays=True, errors=(404, 409)),
    "rotate_signing_secret": Answer(
        shape=SigningSecret, says="The secret", wrapping=_DATA, replays=True, errors=(409, 413)
    ),
    "list_deliveries": Answer(shape=Delivery, says="The deliveries, newest first", wrapping=_PAGE),
    "list_dead_letters": Answer(shape=DeadLetter, says="The dead letters, newest first", wrapping=_PAGE),
    "replay_dead_letters": Answer(
        shape=Replayed, says="What is on its way again", wrapping=_DATA, replays=True, errors=(409, 413)
    ),
    "replay_dead_letter": Answer(
        shape=Delivery, says="The delivery, on its way again", wrapping=_DATA, replays=True, errors=(404, 409)
    ),
    "list_connections": Answer(shape=Connection, says="The connections, newest first", wrapping=_PAGE),
    "create_connection": Answer(
        shape=Connection, says="The connection", wrapping=_DATA, status=201, replays=True, errors=(409, 410, 413)
    ),
    "get_connection": Answer(shape=Connection, says="The connection", wrapping=_DATA, errors=(404,)),
    "change_connection": Answer(shape=Connection, says="The connection", wrapping=_DATA, errors=(404, 413)),
    "delete_connection": Answer(shape=None, says="It is gone", status=204, errors=(404,)),
    "test_connection": Answer(shape=Delivery, says="What came of it", wrapping=_DATA, replays=True, errors=(404, 409)),
    "list_schedules": Answer(shape=Schedule, says="The schedules, newest first", wrapping=_PAGE),
    "create_schedule": Answer(
        shape=Schedule, says="The schedule", wrapping=_DATA, status=201, replays=True, errors=(404, 409, 410, 413)
    ),
    "get_schedule": Answer(shape=Schedule, says="The schedule", wrapping=_DATA, errors=(404,)),
    "change_schedule": Answer(shape=Schedule, says="The schedule", wrapping=_DATA, errors=(404, 409, 413)),
    "delete_schedule": Answer(shape=None, says="It is gone", status=204, errors=(404,)),
    "pause_schedule": Answer(shape=Schedule, says="The schedule, paused", wrapping=_DATA, errors=(404, 409)),
    "resume_schedule": Answer(shape=Schedule, says="The schedule, going on", wrapping=_DATA, errors=(404, 409, 410)),
    "run_schedule": _run("The run, queued", 404, 409, 410, 429, status=201, replays=True),
    "list_fires": Answer(shape=Fire, says="The due times, newest first", wrapping=_PAGE, errors=(404,)),
    "list_files": Answer(shape=File, says="The files, newest first", wrapping=_PAGE),
    "upload_file": Answer(
        shape=File, says="The file", wrapping=_DATA, status=201, replays=True, errors=(409, 410, 413)
    ),
    "get_file": Answer(shape=SingleFile, says="The file", wrapping=_DATA, errors=(404,)),
    "link_file": Answer(shape=Link, says="The link", wrapping=_DATA, errors=(404,)),
    "delete_file": Answer(shape=None, says="It is gone", status=204, errors=(404,)),
    "download": Answer(shape=None, says="The file, as an attachment", errors=(404, 410)),
    "list_audit": Answer(shape=AuditLine, says="The lines, newest first", wrapping=_PAGE),
    "audit_key": Answer(shape=SigningKey, says="The key", wrapping=_DATA),
    "list_models": Answer(shape=Model, says="The models, all on one page", wrapping=_PAGE),
    "read_usage": Answer(shape=UsageReport, says="What was used", wrapping=_DATA),
    "list_budgets": Answer(shape=Budget, says="The budgets, all on one page", wrapping=_PAGE),
    "set_budgets": Answer(shape=Budget, says="The budgets as they now are", wrapping=_PAGE, errors=(413,)),
    "get_workspace": Answer(shape=Workspace, says="The workspace", wrapping=_DATA),
    "change_workspace": Answer(shape=Workspace, says="The workspace, changed", wrapping=_DATA, errors=(413,)),
    "list_projects": Answer(shape=Project, says="The projects, oldest first", wrapping=_PAGE),
    "create_project": Answer(
        shape=Project, says="The project", wrapping=_DATA, status=201, replays=True, errors=(409, 413)
    ),
    "rename_project": Answer(shape=Project, says="The project, renamed", wrapping=_DATA, errors=(404, 413)),
    "sign_in": _session("The session", 413, status=201),
    "set_up": _session("The owner's session", 409, 410, 413, status=201),
    "accept_invitation": _session("The new member's session", 409, 410, 413, status=201),
    "get_session": _session("The session"),
    "switch_session": _session("The session in the other workspace", 404, 413),
    "change_password": _session("The session, under another cookie", 413),
    "sign_out": Answer(shape=None, says="It has ended", status=204, errors=(403,)),
    "list_sessions": Answer(shape=OwnSession, says="The sessions, newest first", wrapping=_PAGE, errors=(403,)),
    "end_session": Answer(shape=None, says="It has ended", status=204, errors=(403, 404)),
    "list_members": Answer(shape=Member, says="The members, those who joined first before others", wrapping=_PAGE),
    "change_member": Answer(shape=Member, says="The member", wrapping=_DATA, errors=(404, 409, 413)),
    "remove_member": Answer(shape=None, says="The member is out", status=204, errors=(404, 409)),
    "list_invitations": Answer(shape=Invitation, says="The invitations, newest first", wrapping=_PAGE),
    "create_invitation": Answer(
        shape=MadeInvitation, says="The invitation", wrapping=_DATA, status=201, replays=True, errors=(404, 409, 413)
    ),
    "revoke_invitation": Answer(shape=None, says="It is revoked", status=204, errors=(404, 409)),
    "whoami": Answer(shape=Whoami, says="Who the key belongs to", wrapping=_DATA),
    "version": Answer(shape=Version, says="The version", wrapping=_DATA),
    "live": Answer(shape=Health, says="It lives"),
    "ready": Answer(shape=Health, says="It is ready", also={503: "It is not"}),
    "dependencies": Answer(
        shape=Dependencies, says="All of them answer", wrapping=_DATA, also={503: "One does not answer"}
    ),
    "read_document": Answer(shape=None, says="This document"),
    "read_reference": Answer(shape=None, says="The page"),
    "read_setup": Answer(shape=None, says="The page"),
    "read_invite": Answer(shape=None, says="The page"),
}
"""By operation: the name of the route's function."""
