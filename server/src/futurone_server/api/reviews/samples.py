"""Examples of reviews, dispositions and calibration."""

from futurone_server.api.samples import ARTIFACT, KEY_ID, RUN_ID, VERIFICATION, Json

_CHANCE = "0r9d40q8w2n4v7k1m3z5x6c9b0"
REVIEW_ID = f"rev_{_CHANCE}"
_HASH = "0be64ae89ddd24e225434de95d501711339baeee18f009ba9b4369af27d30d60"
_SECTION: Json = {**VERIFICATION["sections"][0], "confidence": 0.61, "claims": [0.61]}

REVIEW: Json = {
    "id": REVIEW_ID,
    "status": "pending",
    "run_id": RUN_ID,
    "agent": "research",
    "mode": "live",
    "project_id": f"prj_{_CHANCE}",
    "reason_code": "VERIFICATION_BELOW_THRESHOLD",
    "message": "The confidence 0.61 is below the threshold 0.85, or a gate failed.",
    "checks": ["relevance"],
    "needs": ["Section 1 may not answer its question: give a source that does."],
    "confidence": 0.61,
    "threshold": 0.85,
    "assignee": KEY_ID,
    "due_at": "2026-06-12T14:23:05Z",
    "comments": 1,
    "content": {"state": "available", "erased_at": None, "erases_at": "2026-06-12T14:23:05Z"},
    "created_at": "2026-06-09T14:23:05Z",
    "decided_at": None,
    "decided_by": None,
    "child_run_id": None,
    "artifact_id": None,
}
COMMENT: Json = {
    "id": f"cmt_{_CHANCE}",
    "author": KEY_ID,
    "text": "The second source is from last year.",
    "created_at": "2026-06-09T15:02:11Z",
}
OPEN_REVIEW: Json = {
    **REVIEW,
    "deliverable": [
        {
            **ARTIFACT,
            "final": False,
            "content": "# How long is content kept?\n",
            "url": f"/v1/runs/{RUN_ID}/artifacts/{ARTIFACT['id']}",
        }
    ],
    "verification": VERIFICATION["checks"],
    "flagged": [_SECTION],
    "discussion": [COMMENT],
    "note": None,
    "content_hash": _HASH,
}
DECIDED: Json = {
    **OPEN_REVIEW,
    "status": "accepted",
    "decided_at": "2026-06-09T15:10:40Z",
    "decided_by": KEY_ID,
    "note": "Checked against the policy itself.",
}
ACCEPT: Json = {"decision": "accept", "content_hash": _HASH, "note": DECIDED["note"]}
EDIT: Json = {**ACCEPT, "edited_content": "# How long is content kept?\n\nFor a day, unless the run says otherwise.\n"}
REVISE: Json = {"decision": "revise", "content_hash": _HASH, "note": "Use this year's policy alone."}
DISPOSITION: Json = {
    "run_id": RUN_ID,
    "disposition": "accepted",
    "decided_by": KEY_ID,
    "decided_at": "2026-06-09T15:10:40Z",
}
CALIBRATION: Json = {
    "agent": "research",
    "rubric": "research",
    "version": 1,
    "n": 120,
    "right": 84,
    "calibrated": True,
    "labels_wanted": 50,
    "fit_id": "fit_1f0c6d2a9b8e4f7a5c3d2e1b0a",
    "fitted_on": 118,
    "told": {"brier": 0.1421, "ece": 0.0312},
    "raw": {"brier": 0.1873, "ece": 0.1204},
    "curve": [{"low": 0.8, "high": 0.9, "n": 31, "mean_predicted": 0.8432, "observed": 0.8387}],
    "thresholds": [
        {
            "threshold": 0.85,
            "escalated": 66,
            "escalated_share": 0.55,
            "let_through": 54,
            "errors_let_through": 4,
        }
    ],
}
