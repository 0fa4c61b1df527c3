"""The members of request bodies and filters, as the keyword arguments of the client's methods."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Required, TypedDict

from futurone._run_models import Budget


class RunOrder(TypedDict, total=False):
    """What a new run is told: one of ``task`` and ``input``; ``agent`` is a domain or an ``agt_`` id.

    ``deliver_to`` is ``{"connection": "conn_…"}``, or several of them: people who are told how it ended.
    """

    agent: str
    task: str
    input: Mapping[str, Any]
    connections: Sequence[str]
    deliver_to: Mapping[str, str] | Sequence[Mapping[str, str]] | None
    webhook_url: str | None
    metadata: Mapping[str, str | int | float | bool] | None
    files: Sequence[str]
    project_id: str | None
    threshold: float | None
    budget: Budget | None
    retention: str | None
    rubric: Any
    workspace_id: str | None
    subject_id: str | None
    attachment_refs: Sequence[str] | None
    sensitivity_tags: Sequence[str] | None
    streaming: bool | None
    routing_hint: str | None


class ScheduleSettings(TypedDict, total=False):
    """How a schedule goes about it: ``missed`` is ``skip``, ``once`` or ``all``; ``daily_cap`` is runs a day."""

    timezone: str | None
    missed: str | None
    daily_cap: int | None


class ScheduleChanges(ScheduleSettings, total=False):
    """What is to be different about a schedule. ``run`` replaces all that it ran before."""

    name: str
    cron: str
    run: RunOrder


class RunFilter(TypedDict, total=False):
    """Which runs to list. ``q`` looks in ids, metadata and labels; ``page_size`` (at most 100) is of one request."""

    status: str | Sequence[str] | None
    agent: str | None
    project_id: str | None
    origin: str | None
    created_after: datetime | str | None
    created_before: datetime | str | None
    min_confidence: float | None
    mode: str | None
    metadata: Mapping[str, str] | None
    q: str | None
    page_size: int | None


class FileFilter(TypedDict, total=False):
    """Which files to list. ``type`` is a MIME type, ``image/*`` or an extension."""

    folder_id: str | None
    search: str | None
    type: str | None
    page_size: int | None


class AuditFilter(TypedDict, total=False):
    """Which lines of the audit trail to list. Times are RFC 3339; the first is included, the second is not."""

    action: str | None
    actor: str | None
    resource: str | None
    created_after: str | None
    created_before: str | None
    page_size: int | None


class EndpointChanges(TypedDict, total=False):
    """What is to be different about a webhook endpoint. ``description=None`` removes it."""

    url: str
    events: Sequence[str]
    description: str | None
    status: str


class ConnectionChanges(TypedDict, total=False):
    """What is to be different about a connection."""

    name: str
    url: str


class DeliveryFilter(TypedDict, total=False):
    """Which deliveries of webhooks to list; ``state`` is for ``deliveries`` only."""

    state: str | Sequence[str] | None
    endpoint_id: str | None
    connection_id: str | None
    run_id: str | None
    type: str | None
    page_size: int | None


class ReviewFilter(TypedDict, total=False):
    """Which reviews to list; ``mode`` is ``live``, ``test`` or ``all``."""

    status: str | Sequence[str] | None
    assignee: str | None
    agent: str | None
    mode: str | None
    page_size: int | None


class WorkspaceChanges(TypedDict, total=False):
    """What is to change of a workspace. ``retention`` is ``{"mode": "zero" | "keep", "window_s": seconds}``.

    ``limits`` is ``{"runs_at_once": int, "queued_runs": int}``. ``models`` are those that new runs may ask: None for
    all of the server, an empty list for none.
    """

    name: str | None
    threshold: float | None
    retention: Mapping[str, Any] | None
    default_agent: str | None
    limits: Mapping[str, int] | None
    models: Sequence[str] | None


class KeyOrder(TypedDict, total=False):
    """What a new key may do: capabilities, projects, agent domains, requests a minute by class, and until when."""

    capabilities: Sequence[str] | None
    projects: Sequence[str] | None
    agents: Sequence[str] | None
    rate_limits: Mapping[str, int] | None
    expires_at: datetime | str | None


class UsageFilter(TypedDict, total=False):
    """Which usage to sum up: ``granularity`` hour, day, month; ``group_by`` agent, project, key, model, subject_id."""

    start: datetime | str | None
    end: datetime | str | None
    granularity: str | None
    group_by: str | None
    event_type: str | None
    workspace_id: str | None
    subject_id: str | None
    mode: str | None


class BudgetOrder(TypedDict, total=False):
    """A budget: ``scope`` workspace, project, key; ``period`` day, month, total; ``policy`` queue, pause, refuse."""

    scope: Required[str]
    period: Required[str]
    scope_id: str | None
    max_cost_usd: float | None
    max_tokens: int | None
    policy: str
