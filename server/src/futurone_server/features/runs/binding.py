"""What an approval is bound to: exactly what was shown to the person, by its digest."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from futurone_server.kit import json
from futurone_server.kit.clock import to_second

_NONCE_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Use:
    """One use of a tool that a person is to approve: of this tool, with these arguments, through this connection."""

    tool: str | None
    args: Mapping[str, object]
    connection: str | None = None


def bind(use: Use, *, run_id: str, step_id: str, expires_at: datetime) -> dict[str, object]:
    """Everything that an approval is about. It is shown and sealed, and with the content it is erased.

    The nonce keeps the digest, which is kept for ever, from telling of what was shown: no guess at it can be tried.
    """
    return {
        "tool": use.tool,
        "args": dict(use.args),
        "connection": use.connection,
        "run_id": run_id,
        "step": step_id,
        "expires_at": to_second(expires_at),
        "nonce": secrets.token_hex(_NONCE_BYTES),
    }


def digest_of(bound: Mapping[str, object]) -> str:
    """SHA-256 over the canonical JSON (names sorted, no spaces, UTF-8) of what an approval is about, in hex."""
    return hashlib.sha256(json.canonical(dict(bound))).hexdigest()


def approves(answer: Mapping[str, object], use: Use, *, run_id: str, step_id: str) -> bool:
    """Whether an answer that a person gave is the approval of this very use, in this step of this run."""
    bound = answer.get("binding")
    if answer.get("action") != "approve" or not isinstance(bound, dict):
        return False
    now = {"tool": use.tool, "args": dict(use.args), "connection": use.connection, "run_id": run_id, "step": step_id}
    return digest_of({**bound, **now}) == answer.get("digest")
