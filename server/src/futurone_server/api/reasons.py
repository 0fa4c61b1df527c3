"""Every reason an error can give, by status: the words of the reference, and what a test holds the code against."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ErrorRow:
    """One row of the contract's table of errors, with the reasons that stand behind its status."""

    name: str
    says: str
    reasons: Mapping[str, str]


ERRORS: Mapping[int, ErrorRow] = {
    400: ErrorRow(
        name="Invalid",
        says="The request is malformed, or a field does not fit; `details.field` names it",
        reasons={
            "FIELD_MISSING": "A field must be there.",
            "FIELD_INVALID": "A field has a value that does not fit; the message says what would.",
            "UNKNOWN_FIELD": "There is no such field, or no such parameter.",
            "MALFORMED_JSON": "The body is not JSON, or holds what JSON should not: duplicate names, NULs, half "
            "surrogates, endless depth, numbers beyond 64 bits.",
            "MALFORMED_REQUEST": "What has come is not a request as HTTP/1.1 has it. The connection is closed.",
            "MALFORMED_FORM": "The upload form cannot be read.",
            "HOST_NOT_ALLOWED": "The request was sent to a name that this server does not answer to.",
            "BODY_TIMEOUT": "The body did not arrive in time.",
            "INVALID_CURSOR": "A cursor, `after` or `Last-Event-ID` is not one of this server's.",
            "IDEMPOTENCY_KEY_MISSING": "This form of the request needs the header.",
            "IDEMPOTENCY_KEY_INVALID": "The header is empty, doubled, too long, or not visible ASCII.",
        },
    ),
    401: ErrorRow(
        name="Unauthenticated",
        says="No key and no session, or one that does not hold",
        reasons={
            "AUTH_MISSING_HEADER": "Send `Authorization: Bearer <key>`.",
            "AUTH_KEY_INVALID": "The key is not one of this server's.",
            "AUTH_KEY_REVOKED": "The key has been revoked.",
            "AUTH_KEY_EXPIRED": "The key has expired.",
            "AUTH_SESSION_ENDED": "The session has ended, or never was. Sign in again.",
            "AUTH_LOGIN_FAILED": "The e-mail address or the password is not right.",
            "AUTH_MEMBER_REMOVED": "The person in whose name it was left is no member any more.",
        },
    ),
    403: ErrorRow(
        name="Forbidden",
        says="A good key or session without the right",
        reasons={
            "CAPABILITY_MISSING": "`details.capability` names what the key lacks.",
            "PROJECT_OUT_OF_SCOPE": "The key is limited to other projects.",
            "AGENT_OUT_OF_SCOPE": "The key is limited to other agents.",
            "SESSION_REQUIRED": "This is for people who are signed in, not for keys.",
            "CSRF_REFUSED": "A change with a session came from elsewhere, or without the session's `X-CSRF-Token`.",
            "PASSWORD_WRONG": "The current password is not right.",
            "ROLE_ABOVE_OWN": "Nobody gives or takes a role above their own; keys make no owners.",
        },
    ),
    404: ErrorRow(
        name="NotFound",
        says="There is nothing of this id or path; what belongs to others is as absent as what never was",
        reasons={"NOT_FOUND": "Absent, or another workspace's."},
    ),
    409: ErrorRow(
        name="Conflict",
        says="The thing is in a state that does not allow this",
        reasons={
            "CONFLICT": "The message says why.",
            "LAST_OWNER": "A workspace keeps at least one owner.",
            "OWNER_MISSING": "Nobody owns the workspace in person yet: use a set-up link first.",
            "IDEMPOTENCY_KEY_REUSED": "The key was used before with another request.",
            "RUN_NOT_WAITING": "The run waits for no answer, or another answer came first.",
            "RUN_ALREADY_TERMINAL": "The run has ended and can no longer change; `details.status` says how.",
            "RUN_NOT_TERMINAL": "The run has not ended yet.",
            "CONTENT_NOT_ERASED": "There is no receipt before the erasure; `details.erases_at` says when that will be.",
            "INPUT_EXPIRED": "The time to answer is over.",
            "CURSOR_AHEAD": "`Last-Event-ID` lies beyond the log: it belongs to another run or another server.",
            "HELD_FOR_REVIEW": "An escalated run's artifacts are shown to keys with `reviews:decide`.",
            "DECISION_STALE": "The decision is about something else than what the review shows.",
            "REVIEW_DECIDED": "Another decision was made before; `details` says which and by whom.",
            "RUN_NOT_COMPLETED": "Only what a completed run delivered can be accepted or rejected.",
        },
    ),
    410: ErrorRow(
        name="Gone",
        says="It was there and has been erased",
        reasons={
            "CONTENT_ERASED": "The run's content has been erased, or the run deleted.",
            "CONTENT_DAMAGED": "What is stored of a file does not open any more.",
            "LINK_EXPIRED": "Ask for another link.",
        },
    ),
    413: ErrorRow(
        name="TooLarge",
        says="Over a stated bound",
        reasons={
            "BODY_TOO_LARGE": "Send files through the vault.",
            "FILE_TOO_LARGE": "The file is too large.",
            "HEAD_TOO_LARGE": "The path and headers are over 64 KiB. The status is 431, and the connection is closed.",
        },
    ),
    429: ErrorRow(
        name="RateLimited",
        says="Too often or too much; `Retry-After` says when to try again",
        reasons={
            "RATE_LIMITED": "Slow down.",
            "QUEUE_FULL": "Too many runs of the workspace wait.",
            "BUDGET_EXHAUSTED": "A budget that refuses new runs is used up; `details` name it.",
        },
    ),
    500: ErrorRow(
        name="ServerError",
        says="Something failed on the server's side. It is logged under the request's id; it is safe to try again",
        reasons={"INTERNAL": "A defect."},
    ),
    503: ErrorRow(
        name="Unavailable",
        says="The server cannot do it now; nothing was done",
        reasons={"UNAVAILABLE": "Try again shortly."},
    ),
}
"""By status."""
