"""An approval holds for exactly what was shown: whatever is changed afterwards is not approved."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from futurone_server.features.runs import Use, approves, digest_of
from futurone_server.features.runs.binding import bind

AT = datetime(2026, 6, 9, 14, 22, 31, tzinfo=UTC)
USE = Use(tool="send_mail", args={"to": "a@example.com", "text": "hello", "count": 3}, connection="conn_1")
HERE = {"run_id": "fo_run_1", "step_id": "s2"}
CHANGES = 200


def approved(use: Use = USE, action: str = "approve") -> dict[str, Any]:
    """The answer of a person to whom this use was shown."""
    bound = bind(use, run_id=HERE["run_id"], step_id=HERE["step_id"], expires_at=AT)
    return {"action": action, "binding": bound, "digest": digest_of(bound)}


def test_what_was_shown_is_approved_whatever_the_order_of_its_members() -> None:
    turned = Use(tool=USE.tool, args=dict(reversed(list(USE.args.items()))), connection=USE.connection)
    assert approves(approved(), turned, **HERE)


def test_of_two_hundred_changes_after_the_approval_none_is_approved() -> None:
    chance = random.Random(7)
    changes: list[tuple[Use, dict[str, str]]] = []
    while len(changes) < CHANGES:
        args: dict[str, Any] = dict(USE.args)
        kind = chance.randrange(7)
        if kind == 0:
            args["to"] = f"{chance.randrange(10**9)}@example.com"
        elif kind == 1:
            args["text"] = args["text"] + chance.choice([" ", "\u200b", "\u202e", "!", "a"])
        elif kind == 2:
            args[f"bcc{chance.randrange(9)}"] = "x@example.com"
        elif kind == 3:
            del args[chance.choice(list(args))]
        elif kind == 4:
            args["count"] = chance.choice([4, 3.5, "3", True, None, [3]])
        use = Use(
            tool="send_mails" if kind == 5 else USE.tool,
            args=args,
            connection=chance.choice([None, "conn_2"]) if kind == 6 else USE.connection,
        )
        changes.append((use, HERE))
    assert not any(approves(approved(), use, **place) for use, place in changes)


@pytest.mark.parametrize("place", [{**HERE, "run_id": "fo_run_2"}, {**HERE, "step_id": "s3"}])
def test_an_approval_is_not_for_another_run_or_step(place: dict[str, str]) -> None:
    assert not approves(approved(), USE, **place)


def test_only_an_approval_approves_and_only_with_what_it_was_bound_to() -> None:
    assert not approves(approved(action="submit_input"), USE, **HERE)
    assert not approves({"action": "approve", "payload": None}, USE, **HERE)
    later = {**approved()["binding"], "expires_at": "2027-01-01T00:00:00Z"}
    assert not approves({**approved(), "binding": later}, USE, **HERE)


def test_the_same_thing_shown_twice_has_two_digests() -> None:
    """So that the trail, which keeps them, says nothing of what was shown."""
    assert approved()["digest"] != approved()["digest"]
