"""What a key is, what it may do, and who a caller is."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from futurone_server.eventlog import Actor, AuditLine
from futurone_server.kit.errors import Forbidden


class Capability(StrEnum):
    """What a key can be allowed to do (the contract's section 1.2)."""

    RUNS_CREATE = "runs:create"
    RUNS_READ = "runs:read"
    RUNS_CANCEL = "runs:cancel"
    RUNS_SIGNAL = "runs:signal"
    AGENTS_MANAGE = "agents:manage"
    AGENTS_RUN = "agents:run"
    CONNECTIONS_MANAGE = "connections:manage"
    CHATS_USE = "chats:use"
    VAULT_READ = "vault:read"
    VAULT_WRITE = "vault:write"
    WORKFLOWS_MANAGE = "workflows:manage"
    WORKFLOWS_RUN = "workflows:run"
    DASHBOARDS_MANAGE = "dashboards:manage"
    REVIEWS_DECIDE = "reviews:decide"
    WEBHOOKS_MANAGE = "webhooks:manage"
    KEYS_MANAGE = "keys:manage"
    AUDIT_READ = "audit:read"
    USAGE_READ = "usage:read"
    WORKSPACE_MANAGE = "workspace:manage"


class Mode(StrEnum):
    """Whether runs made with a key are real, or scripted for testing a client."""

    LIVE = "live"
    TEST = "test"


class RateClass(StrEnum):
    """The two kinds of requests that are counted by themselves."""

    STANDARD = "standard"
    EXECUTION = "execution"


@dataclass(frozen=True, kw_only=True)
class RateLimits:
    """How many requests a minute a key may make, by class."""

    standard: int = 100
    execution: int = 20

    def of(self, rate: RateClass) -> int:
        """The limit of one class."""
        return self.execution if rate is RateClass.EXECUTION else self.standard


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The caller: a key that held, or a person who is signed in; then ``key_id`` is the person's id.

    ``projects`` and ``agents`` are None where the key is not limited to some.
    """

    key_id: str
    workspace_id: str
    mode: Mode
    capabilities: frozenset[Capability]
    projects: frozenset[str] | None
    agents: frozenset[str] | None
    expires_at: datetime | None
    rate_limits: RateLimits = RateLimits()
    request_id: str | None = None
    acts_as: str | None = None
    """What does as the key lets it, such as a schedule: the audit trail names it and not the key."""

    session_id: str | None = None
    """The session that a person came in with; None for a key, and for what is done in a person's name later."""

    uses: set[Capability] = field(default_factory=set, compare=False, repr=False)
    """What it made use of: proposals of a scope are made from it."""

    @property
    def actor(self) -> Actor:
        """The caller as the audit trail names it."""
        return Actor(id=self.acts_as or self.key_id, request_id=self.request_id)

    @property
    def credential_id(self) -> str:
        """What the caller came in with: its streams are counted by it, and cut when it holds no more."""
        return self.session_id or self.key_id

    def signed_in(self) -> str:
        """The session of a person. Raises Forbidden for a key."""
        if self.session_id is None:
            raise Forbidden("This is for people who are signed in; keys have no session.", "SESSION_REQUIRED")
        return self.session_id

    def act(self, action: str, resource: str, **details: object) -> AuditLine:
        """What the audit trail says of something this caller does; ``details`` are free of content."""
        return AuditLine(action=action, actor=self.actor, resource=resource, details=details)

    def can(self, capability: Capability) -> bool:
        """Whether the key has a capability."""
        if capability not in self.capabilities:
            return False
        self.uses.add(capability)
        return True

    def require(self, capability: Capability) -> None:
        """Refuse unless the key has a capability; the refusal names it."""
        if not self.can(capability):
            holder = "this key" if self.session_id is None else "your role"
            raise Forbidden(
                f"This needs the {capability} capability, which {holder} does not have.",
                details={"capability": capability.value},
            )

    def require_agent(self, agent: str) -> None:
        """Refuse an agent or domain outside the key's set."""
        if self.agents is not None and agent not in self.agents:
            raise Forbidden(f"This key may not use the agent {agent}.", "AGENT_OUT_OF_SCOPE", details={"agent": agent})

    def require_whole(self) -> None:
        """Refuse a key that is limited to a part, for what is the whole workspace's. Raises Forbidden."""
        whole = "This is for the whole workspace; this key is limited to some of its"
        if self.projects is not None:
            raise Forbidden(f"{whole} projects.", "PROJECT_OUT_OF_SCOPE")
        if self.agents is not None:
            raise Forbidden(f"{whole} agents.", "AGENT_OUT_OF_SCOPE")

    def require_project(self, project_id: str) -> None:
        """Refuse a project outside the key's set."""
        if self.projects is not None and project_id not in self.projects:
            raise Forbidden("This key is limited to other projects.", "PROJECT_OUT_OF_SCOPE")


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key as it is stored: never the secret, only its keyed digest. ``old_digest`` holds until ``old_until``.

    ``rate_standard`` and ``rate_execution`` are None where the server's own limits hold. ``is_legacy``: it was made
    without saying what it is for, and may do whatever its maker might.
    """

    id: str
    workspace_id: str
    name: str
    mode: Mode
    digest: bytes
    old_digest: bytes | None
    old_until: datetime | None
    capabilities: frozenset[Capability]
    projects: frozenset[str] | None
    agents: frozenset[str] | None
    expires_at: datetime | None
    revoked_at: datetime | None
    created_by: str | None
    created_at: datetime
    last_used_at: datetime | None
    rate_standard: int | None = None
    rate_execution: int | None = None
    rotated_at: datetime | None = None
    is_legacy: bool = False

    def rate_limits(self, usual: RateLimits) -> RateLimits:
        """What holds for the key: its own limits, and where it has none the server's."""
        return RateLimits(
            standard=usual.standard if self.rate_standard is None else self.rate_standard,
            execution=usual.execution if self.rate_execution is None else self.rate_execution,
        )


@dataclass(frozen=True, kw_only=True)
class KeyOrder:
    """What a new key is asked to be."""

    name: str
    mode: Mode
    capabilities: frozenset[Capability] | None
    projects: frozenset[str] | None
    agents: frozenset[str] | None
    expires_at: datetime | None
    rate_standard: int | None = None
    rate_execution: int | None = None


@dataclass(frozen=True, kw_only=True)
class Minted:
    """A key with its two spellings, shown once. Both are None on an idempotent replay."""

    key: Key
    token: str | None
    secret: str | None


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A key, the capabilities it made use of since a day, and whether its scope has just been set."""

    key: Key
    proposed: frozenset[Capability]
    since: date
    applied: bool
