"""Examples of sessions, members and invitations: what callers get."""

from futurone_server.api.samples import CAPABILITIES, KEY_ID, Json

_CHANCE = "0r9d40q8w2n4v7k1m3z5x6c9b0"
_AT = "2026-06-09T14:22:31Z"
_WEEK_LATER = "2026-06-16T14:22:31Z"
USER_ID = f"user_{_CHANCE}"
_PLACE: Json = {"id": f"ws_{_CHANCE}", "name": "Default", "role": "owner"}

SESSION: Json = {
    "id": f"ses_{_CHANCE}",
    "person": {"id": USER_ID, "email": "ada@example.com", "name": "Ada", "created_at": _AT},
    "workspace": _PLACE,
    "workspaces": [_PLACE],
    "capabilities": CAPABILITIES,
    "csrf_token": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "created_at": _AT,
    "expires_at": _WEEK_LATER,
}
OWN_SESSION: Json = {
    "id": SESSION["id"],
    "workspace": _PLACE["id"],
    "current": True,
    "created_at": _AT,
    "last_seen_at": _AT,
    "expires_at": _WEEK_LATER,
}
MEMBER: Json = {
    "user_id": USER_ID,
    "name": "Ada",
    "email": "ada@example.com",
    "role": "owner",
    "created_at": _AT,
}
INVITATION: Json = {
    "id": f"inv_{_CHANCE}",
    "email": "grace@example.com",
    "role": "developer",
    "status": "pending",
    "invited_by": KEY_ID,
    "created_at": _AT,
    "expires_at": _WEEK_LATER,
}
MADE_INVITATION: Json = {
    **INVITATION,
    "token": "fo_inv_…",
    "url": "http://127.0.0.1:3000/invite#token=fo_inv_…",
}
