"""What the API answers with, typed: tolerant of new members and new words, so that additions break no one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from futurone._requests import Reply

T = TypeVar("T")
M = TypeVar("M", bound="Model")


def _to_rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


# A time that is written again as the server wrote it: to the second on resources, to the millisecond in events.
Moment = Annotated[datetime, PlainSerializer(_to_rfc3339, when_used="json")]


class Model(BaseModel):
    """A resource as the server sent it; members this version does not know are kept."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run: its number in the log, its type (``plan``, ``step_start``, … ``run_done``), its payload."""

    id: int
    type: str
    data: dict[str, Any]


class Pagination(Model):
    """Where a page stands in its list."""

    total: int | None = None
    limit: int | None = None
    offset: int | None = None
    page: int | None = None
    has_more: bool = Field(default=False, alias="hasMore")
    next_cursor: str | None = None


class Page(Model, Generic[T]):
    """One page of a list."""

    data: list[T]
    pagination: Pagination = Pagination()

    @property
    def next_cursor(self) -> str | None:
        """What to ask for the next page with; None on the last one."""
        return self.pagination.next_cursor if self.pagination.has_more else None


class VaultFile(Model):
    """A file in the vault; ``size`` in bytes. ``download_url`` and ``shared_with`` come with a single file only."""

    id: str
    name: str
    type: str | None = None
    size: int | None = None
    folder_id: str | None = None
    sha256: str | None = None
    index_state: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    download_url: str | None = Field(default=None, repr=False)
    replayed: bool = False


class DownloadLink(Model):
    """A signed link to a file's bytes, good until ``expires_at``."""

    url: str = Field(repr=False)
    expires_at: Moment | None = None


class ApiKey(Model):
    """A key. ``key`` and ``secret`` are there once only: in the first answer to create and to rotate."""

    id: str
    name: str | None = None
    key: str | None = Field(default=None, repr=False)
    key_id: str | None = None
    secret: str | None = Field(default=None, repr=False)
    capabilities: list[str] | None = None
    projects: list[str] | None = None
    agents: list[str] | None = None
    mode: str | None = None
    rate_limits: dict[str, int] | None = None
    legacy: bool = False
    created_by: str | None = None
    created_at: Moment | None = None
    expires_at: Moment | None = None
    revoked_at: Moment | None = None
    last_used_at: Moment | None = None
    replayed: bool = False


class KeyScope(ApiKey):
    """A key, what it used since a day (``proposed``), and whether its capabilities were set just now (``applied``)."""

    proposed: list[str] = Field(default_factory=list)
    since: str | None = None
    applied: bool = False


class Whoami(Model):
    """Whose key this is and what it may do."""

    id: str
    email: str | None = None
    name: str | None = None
    avatar_url: str | None = None
    organization_id: str | None = None
    created_at: Moment | None = None
    key: dict[str, Any] | None = None
    capabilities: list[str] = Field(default_factory=list)


class LanguageModel(Model):
    """A language model the server is configured with. ``price`` is None where nobody knows it."""

    id: str
    provider: str | None = None
    family: str | None = None
    routing_classes: list[str] = Field(default_factory=list)
    context_window: int | None = None
    priced: bool = False
    price: dict[str, Any] | None = None


class AuditLine(Model):
    """A line of the audit trail: who did what to which thing. ``seq`` is dense in the workspace."""

    seq: int
    id: str
    at: str
    action: str
    actor: str
    resource: str
    outcome: str
    request_id: str | None = None
    details: dict[str, Any] = Field(default_factory=dict)
    hash: str


class DefaultRetention(Model):
    """What becomes of the content of a run after its end; ``window_s`` in seconds."""

    mode: str
    window_s: int


class WorkspaceLimits(Model):
    """How much of the server a workspace takes at most."""

    runs_at_once: int
    queued_runs: int


class WorkspaceSettings(Model):
    """A workspace with the settings that runs start from."""

    id: str
    name: str
    threshold: float
    retention: DefaultRetention
    default_agent: str
    default_project_id: str
    limits: WorkspaceLimits
    models: list[str] | None
    created_at: Moment


class Project(Model):
    """A part of a workspace that keys can be limited to."""

    id: str
    name: str
    created_at: Moment


class SigningKey(Model):
    """A public key of the server's, base64."""

    algorithm: str
    public_key: str


class ServerVersion(Model):
    """What the server is."""

    version: str


def resource(model: type[M]) -> Callable[[Reply], M]:
    """The reading of a resource, bare or as ``{"data": …}``; ``replayed``, which stands beside it, is taken along."""

    def read(reply: Reply) -> M:
        body = reply.json()
        if isinstance(body, dict) and isinstance(body.get("data"), dict):
            replayed = {"replayed": True} if body.get("replayed") is True else {}
            body = body["data"] | replayed
        return _validate(model, body, reply=reply)

    return read


def nothing(_reply: Reply) -> None:
    """The reading of an answer that only says: done."""


def _validate(model: type[M], value: object, *, reply: Reply) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise reply.nonsense(f"{model.__name__} has an unexpected {where or 'shape'}") from None
