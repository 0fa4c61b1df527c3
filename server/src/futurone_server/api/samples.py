"""Examples of bodies: what callers send, and what they get. Tests hold them against the server and the schemas."""

from typing import Any

Json = dict[str, Any]
_CHANCE = "q8w2n4v7k1m3z5x6c9b0"


def _id(prefix: str, number: int = 0) -> str:
    return f"{prefix}0r9d4{number}{_CHANCE}"


REQUEST_ID = _id("req_")
RUN_ID, KEY_ID, FILE_ID, INPUT_ID = _id("fo_run_"), _id("key_"), _id("file_"), _id("inp_")
_AT = ("2026-06-09T14:22:31Z", "2026-06-09T14:22:32Z", "2026-06-09T14:23:05Z")

PROVENANCE: Json = {
    "engine": "deterministic",
    "models": [],
    "sources": [
        {
            "name": "retention-policy.md",
            "sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
            "media_type": "text/markdown",
        }
    ],
    "rubric": {"id": "research", "version": 1},
    "step": "compose",
    "version": "0.9.0",
}
ARTIFACT: Json = {
    "id": _id("art_"),
    "type": "report",
    "label": "How long is content kept?",
    "media_type": "text/markdown",
    "bytes": 18211,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "citations": 12,
    "engine": "deterministic",
    "final": True,
    "provenance": PROVENANCE,
}
USAGE: Json = {"input_tokens": 0, "output_tokens": 0, "cost_usd": "0.0000", "priced": True, "billed": True}
RUN: Json = {
    "id": RUN_ID,
    "object": "run",
    "mode": "live",
    "agent": "research",
    "status": "completed",
    "confidence": 0.94,
    "threshold": 0.85,
    "steps_completed": 6,
    "steps_total": 6,
    "artifacts": [ARTIFACT],
    "awaiting": None,
    "error": None,
    "escalation": None,
    "why": None,
    "usage": USAGE,
    "origin": {"kind": "api", "trigger_id": None, "parent_run_id": None, "attempt": 1},
    "content": {"state": "available", "erased_at": None, "erases_at": "2026-06-10T14:23:05Z"},
    "last_event_id": 47,
    "project_id": _id("prj_"),
    "workspace_id": None,
    "subject_id": None,
    "created_at": _AT[0],
    "started_at": _AT[1],
    "completed_at": _AT[2],
    "metadata": {"ticket": "RES-1042"},
    "request_id": REQUEST_ID,
}
_WHY: Json = {
    "waiting_for": "a free worker",
    "since": _AT[0],
    "worker": None,
    "next_wake_at": None,
    "recoveries": 0,
    "steps": [],
}
QUEUED: Json = {
    **RUN,
    "status": "queued",
    "confidence": None,
    "steps_completed": 0,
    "steps_total": 0,
    "artifacts": [],
    "why": _WHY,
    "content": {"state": "available", "erased_at": None, "erases_at": None},
    "last_event_id": 1,
    "started_at": None,
    "completed_at": None,
}
WAITING: Json = {
    **QUEUED,
    "status": "awaiting_input",
    "steps_completed": 2,
    "steps_total": 4,
    "awaiting": {
        "input_id": INPUT_ID,
        "kind": "form",
        "prompt": "Where, and for how many?",
        "fields": [{"name": "city", "label": "City", "type": "text", "required": True}],
        "digest": None,
        "binding": None,
        "expires_at": "2026-06-10T14:22:40Z",
    },
    "why": {**_WHY, "waiting_for": "a person's answer", "next_wake_at": "2026-06-10T14:22:40Z"},
    "last_event_id": 18,
    "started_at": _AT[1],
}
CANCELLED: Json = {**QUEUED, "status": "cancelled", "why": None, "completed_at": _AT[2], "last_event_id": 2}
ERASED: Json = {
    **RUN,
    "artifacts": [{**ARTIFACT, "label": None, "sha256": None, "provenance": {**PROVENANCE, "sources": None}}],
    "content": {"state": "erased", "erased_at": "2026-06-09T15:00:00Z", "erases_at": None},
}
RECEIPT: Json = {
    "receipt": {
        "v": 1,
        "id": _id("rcp_"),
        "run_id": RUN_ID,
        "workspace_id": _id("ws_"),
        "cause": "acknowledged",
        "erased_at": "2026-06-09T15:00:00Z",
        "issued_at": "2026-06-09T16:20:11Z",
        "key_fingerprint": "5f1b0c7a9d3e2468ace013579bdf0246",
        "destroyed": {"events": 31, "contents": 14, "artifacts": 1},
        "wrapping_key": {
            "kind": "epoch",
            "id": _id("ep_"),
            "state": "destroyed",
            "destroyed_at": "2026-06-09T16:02:20Z",
            "destroyed_by": None,
        },
    },
    "algorithm": "Ed25519",
    "public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "signature": "5VZDAMNgrHKQhuLMgG6CioSHfx64QgK5oTzBYTkqBQnQLzJ5vTnzyy5nDWxGvKCGbi0ZGvpW8oyTYg2qGZmWCQ==",
}
RERUN: Json = {
    **QUEUED,
    "id": _id("fo_run_", 1),
    "origin": {"kind": "rerun", "trigger_id": None, "parent_run_id": RUN_ID, "attempt": 2},
}
PLAN: Json = {
    "goal": "Answer two questions from the documents given.",
    "constraints": [],
    "success_criteria": ["Every claim cites a source."],
    "steps": [
        {
            "id": "s1",
            "label": "How long is content kept?",
            "kind": "research",
            "depends_on": [],
            "inputs": [],
            "outputs": ["answer"],
            "success_criteria": [],
            "state": "done",
            "attempts": 1,
            "timings": {"started_at": _AT[1], "took_ms": 412},
            "model": None,
            "substitutions": [],
        }
    ],
    "revision": 1,
    "redacted": False,
}
VERIFICATION: Json = {
    "rubric": {"id": "research", "version": 1},
    "passed": 1,
    "total": 1,
    "checks": [
        {
            "name": "quotes_verbatim",
            "kind": "gate",
            "passed": True,
            "score": 1.0,
            "grade": None,
            "reason": "Every quote is a verbatim slice of its source.",
        }
    ],
    "sections": [
        {
            "number": 1,
            "question": "How long is content kept?",
            "is_answered": True,
            "confidence": 0.94,
            "claims": [0.94],
            "reason": "The quote answers the question.",
        }
    ],
    "confidence": 0.94,
    "threshold": 0.85,
    "calibrated": False,
    "calibration": {"fit_id": None, "labels": 12, "raw_confidence": 0.94},
    "verification": "done",
    "redacted": False,
}
CAPABILITIES = ["runs:create", "runs:read"]
KEY: Json = {
    "id": KEY_ID,
    "name": "CI",
    "mode": "live",
    "key_id": KEY_ID,
    "capabilities": CAPABILITIES,
    "projects": None,
    "agents": None,
    "rate_limits": {"standard": 100, "execution": 20},
    "legacy": False,
    "created_by": _id("user_"),
    "expires_at": None,
    "revoked_at": None,
    "last_used_at": _AT[2],
    "created_at": _AT[0],
}
MINTED: Json = {**KEY, "last_used_at": None, "key": "fo_live_…", "secret": "…43 characters…"}
SCOPED: Json = {**KEY, "proposed": CAPABILITIES, "since": "2026-05-10", "applied": True}
FILE: Json = {
    "id": FILE_ID,
    "name": "report-q3.md",
    "type": "text/markdown",
    "size": 18211,
    "folder_id": None,
    "sha256": ARTIFACT["sha256"],
    "index_state": "none",
    "created_at": _AT[0],
    "updated_at": _AT[0],
}
LINK: Json = {
    "url": "http://127.0.0.1:3000/v1/vault/download/lC0xT2…",
    "expires_at": "2026-06-09T14:37:31Z",
}
MODEL: Json = {
    "id": "anthropic:claude-opus-4-5",
    "provider": "anthropic",
    "family": "claude",
    "routing_classes": ["deep", "code"],
    "context_window": None,
    "priced": True,
    "price": {"input_usd_per_million": "5", "output_usd_per_million": "25", "source": "genai-prices 0.2.3"},
}

WHOAMI: Json = {
    "id": KEY_ID,
    "email": None,
    "name": "Default",
    "avatar_url": None,
    "organization_id": _id("ws_"),
    "created_at": _AT[0],
    "key": {"id": KEY_ID, "mode": "live", "projects": None, "agents": None, "expires_at": None},
    "capabilities": CAPABILITIES,
}

AUDIT_LINE: Json = {
    "seq": 47,
    "id": _id("aud_"),
    "at": "2026-06-09T14:22:31.482113+00:00",
    "workspace_id": _id("ws_"),
    "action": "key.revoked",
    "actor": KEY_ID,
    "resource": _id("key_", 2),
    "outcome": "done",
    "request_id": REQUEST_ID,
    "details": {},
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}

WORKSPACE: Json = {
    "id": _id("ws_"),
    "name": "Default",
    "threshold": 0.85,
    "retention": {"mode": "zero", "window_s": 86400},
    "default_agent": "research",
    "default_project_id": _id("prj_"),
    "limits": {"runs_at_once": 200, "queued_runs": 10_000},
    "models": None,
    "created_at": _AT[0],
}
PROJECT: Json = {"id": _id("prj_"), "name": "Market research", "created_at": _AT[0]}
