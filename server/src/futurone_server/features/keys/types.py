"""What a key is, what it may do, and who a caller is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The caller: a key that held. ``projects`` and ``agents`` are None where the key is not limited to some."""

    key_id: str
    workspace_id: str
    mode: Mode
    capabilities: frozenset[Capability]
    projects: frozenset[str] | None
    agents: frozenset[str] | None
    expires_at: datetime | None

    def can(self, capability: Capability) -> bool:
        """Whether the key has a capability."""
        return capability in self.capabilities

    def require(self, capability: Capability) -> None:
        """Refuse unless the key has a capability; the refusal names it."""
        if capability not in self.capabilities:
            raise Forbidden(
                f"This needs the {capability} capability, which this key does not have.",
                details={"capability": capability.value},
            )

    def require_agent(self, agent: str) -> None:
        """Refuse an agent or domain outside the key's set."""
        if self.agents is not None and agent not in self.agents:
            raise Forbidden(f"This key may not use the agent {agent}.", "AGENT_OUT_OF_SCOPE", details={"agent": agent})

    def require_project(self, project_id: str) -> None:
        """Refuse a project outside the key's set."""
        if self.projects is not None and project_id not in self.projects:
            raise Forbidden("This key is limited to other projects.", "PROJECT_OUT_OF_SCOPE")


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key as it is stored: never the secret, only its keyed digest. ``old_digest`` holds until ``old_until``."""

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


@dataclass(frozen=True, kw_only=True)
class KeyOrder:
    """What a new key is asked to be."""

    name: str
    mode: Mode
    capabilities: frozenset[Capability] | None
    projects: frozenset[str] | None
    agents: frozenset[str] | None
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Minted:
    """A key with its two spellings, shown once. Both are None on an idempotent replay."""

    key: Key
    token: str | None
    secret: str | None
