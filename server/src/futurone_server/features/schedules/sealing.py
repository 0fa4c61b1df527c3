"""Sealing of what schedules run: each under a key of its own, wrapped by the root key, that dies with the row."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from futurone_server.eventlog import Content, Seals
from futurone_server.features.runs import Budget, Order, Retention
from futurone_server.features.schedules.types import Programme, Schedule
from futurone_server.features.workspaces import RetentionMode
from futurone_server.kit import json
from futurone_server.kit.crypto import CannotOpen, Sealer, new_key
from futurone_server.kit.errors import Gone


class ScheduleSeals:
    """Seals and opens what schedules run."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def seal(self, workspace_id: str, schedule_id: str, run: Programme) -> tuple[bytes, bytes]:
        """A programme under a fresh key: the key as it is stored, and the programme as it is stored."""
        key = new_key()
        owner = f"{workspace_id}|{schedule_id}"
        plain = json.dump({"body": run.body.value, "order": _written(run.order)})
        return self._seals.wrap(key, f"{owner}|key"), Sealer(key).seal(plain, f"{owner}|run")

    def open(self, schedule: Schedule) -> Programme:
        """What a schedule runs, as an order in its name. Raises Gone when it does not open."""
        owner = f"{schedule.workspace_id}|{schedule.id}"
        try:
            key = self._seals.unwrap(schedule.sealed_key, f"{owner}|key")
            found = json.load(Sealer(key).open(schedule.sealed_run, f"{owner}|run"))
        except CannotOpen:
            raise Gone("What this schedule runs does not open with this server's root key. Write it again.") from None
        assert isinstance(found, dict)
        return Programme(body=Content(found["body"]), order=_read(found["order"], schedule.id))


def _written(order: Order) -> Mapping[str, object]:
    retention = order.retention and {"mode": order.retention.mode.value, "window_s": order.retention.window_s}
    return {
        "agent": order.agent,
        "brief": order.brief.value,
        "files": list(order.files),
        "connections": list(order.connections),
        "deliver_to": list(order.deliver_to),
        "webhook_url": order.webhook_url,
        "metadata": dict(order.metadata),
        "project_id": order.project_id,
        "threshold": order.threshold,
        "budget": asdict(order.budget),
        "retention": retention,
        "rubric": order.rubric,
        "caller_workspace_id": order.caller_workspace_id,
        "subject_id": order.subject_id,
    }


def _read(written: Mapping[str, Any], schedule_id: str) -> Order:
    retention = written["retention"]
    lasting = retention and Retention(mode=RetentionMode(retention["mode"]), window_s=retention["window_s"])
    made = {
        "brief": Content(written["brief"]),
        "files": tuple(written["files"]),
        "connections": tuple(written["connections"]),
        "deliver_to": tuple(written.get("deliver_to", ())),
        "budget": Budget(**written["budget"]),
        "retention": lasting,
    }
    return Order(**{**written, **made}, origin="schedule", trigger_id=schedule_id)
