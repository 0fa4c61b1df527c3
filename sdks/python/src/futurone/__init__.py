"""The Python SDK of FuturOne: durable, verified runs of AI agents.

``from futurone import FuturOne; client = FuturOne()`` reads FUTURONE_API_KEY and FUTURONE_BASE_URL. Names are loaded
when they are first used, so that ``import futurone`` and the command line do not pay for HTTP and validation.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from futurone._version import VERSION

if TYPE_CHECKING:
    from futurone._audit_chain import AuditVerdict, verify_audit
    from futurone._client import AsyncFuturOne, FuturOne
    from futurone._connection_models import Connection
    from futurone._errors import (
        APIError,
        AuthenticationError,
        ConflictError,
        ConnectionFailed,
        FuturOneError,
        GoneError,
        InvalidRequestError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        ServerError,
        TimedOut,
        TooLargeError,
    )
    from futurone._models import (
        ApiKey,
        AuditLine,
        Event,
        KeyScope,
        LanguageModel,
        Page,
        Project,
        ServerVersion,
        VaultFile,
        Whoami,
        WorkspaceSettings,
    )
    from futurone._orders import (
        AuditFilter,
        BudgetOrder,
        FileFilter,
        KeyOrder,
        ReviewFilter,
        RunFilter,
        RunOrder,
        ScheduleChanges,
        ScheduleSettings,
        UsageFilter,
        WorkspaceChanges,
    )
    from futurone._pages import AsyncPages, Pages
    from futurone._people_models import Invitation, Member
    from futurone._review_models import CalibrationReport, Disposition, Review, ReviewComment, ReviewedArtifact
    from futurone._run_calls import Content
    from futurone._run_models import (
        Artifact,
        Plan,
        PlanStep,
        Provenance,
        Receipt,
        Run,
        RunEvent,
        RunStatus,
        Verification,
    )
    from futurone._schedule_models import Schedule, ScheduleFire
    from futurone._signatures import SignatureError, sign_webhook, verify_webhook
    from futurone._usage_models import Budget, BudgetAmount, UsageBucket, UsageReport, UsageSums, UsedTokens
    from futurone._webhook_models import (
        EndpointHealth,
        Replayed,
        WebhookDelivery,
        WebhookEndpoint,
        WebhookEvent,
        WebhookSecret,
    )

__version__ = VERSION

__all__ = [
    "APIError",
    "ApiKey",
    "Artifact",
    "AsyncFuturOne",
    "AsyncPages",
    "AuditFilter",
    "AuditLine",
    "AuditVerdict",
    "AuthenticationError",
    "Budget",
    "BudgetAmount",
    "BudgetOrder",
    "CalibrationReport",
    "ConflictError",
    "Connection",
    "ConnectionFailed",
    "Content",
    "Disposition",
    "EndpointHealth",
    "Event",
    "FileFilter",
    "FuturOne",
    "FuturOneError",
    "GoneError",
    "InvalidRequestError",
    "Invitation",
    "KeyOrder",
    "KeyScope",
    "LanguageModel",
    "Member",
    "NotFoundError",
    "Page",
    "Pages",
    "PermissionDeniedError",
    "Plan",
    "PlanStep",
    "Project",
    "Provenance",
    "RateLimitError",
    "Receipt",
    "Replayed",
    "Review",
    "ReviewComment",
    "ReviewFilter",
    "ReviewedArtifact",
    "Run",
    "RunEvent",
    "RunFilter",
    "RunOrder",
    "RunStatus",
    "Schedule",
    "ScheduleChanges",
    "ScheduleFire",
    "ScheduleSettings",
    "ServerError",
    "ServerVersion",
    "SignatureError",
    "TimedOut",
    "TooLargeError",
    "UsageBucket",
    "UsageFilter",
    "UsageReport",
    "UsageSums",
    "UsedTokens",
    "VaultFile",
    "Verification",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookSecret",
    "Whoami",
    "WorkspaceChanges",
    "WorkspaceSettings",
    "__version__",
    "sign_webhook",
    "verify_audit",
    "verify_webhook",
]

_HOMES = {
    "_signatures": "SignatureError sign_webhook verify_webhook",
    "_webhook_models": "EndpointHealth Replayed WebhookDelivery WebhookEndpoint WebhookEvent WebhookSecret",
    "_audit_chain": "AuditVerdict verify_audit",
    "_client": "AsyncFuturOne FuturOne",
    "_connection_models": "Connection",
    "_errors": "APIError AuthenticationError ConflictError ConnectionFailed FuturOneError GoneError "
    "InvalidRequestError NotFoundError PermissionDeniedError RateLimitError ServerError TimedOut TooLargeError",
    "_models": "ApiKey AuditLine Event KeyScope LanguageModel Page Project ServerVersion VaultFile Whoami "
    "WorkspaceSettings",
    "_orders": "AuditFilter BudgetOrder FileFilter KeyOrder ReviewFilter RunFilter RunOrder ScheduleChanges "
    "ScheduleSettings UsageFilter WorkspaceChanges",
    "_pages": "AsyncPages Pages",
    "_review_models": "CalibrationReport Disposition Review ReviewComment ReviewedArtifact",
    "_people_models": "Invitation Member",
    "_run_calls": "Content",
    "_run_models": "Artifact Plan PlanStep Provenance Receipt Run RunEvent RunStatus Verification",
    "_schedule_models": "Schedule ScheduleFire",
    "_usage_models": "Budget BudgetAmount UsageBucket UsageReport UsageSums UsedTokens",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Load a public name from its module: the one lazy place of the SDK."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'futurone' has no attribute {name!r}")
    value = getattr(import_module(f"futurone.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted(__all__)
