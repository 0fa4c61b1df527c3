"""Schedules: runs that are placed when their time comes."""

from futurone_server.features.schedules.firing.store import ending
from futurone_server.features.schedules.firing.work import Firing
from futurone_server.features.schedules.service import ScheduleService
from futurone_server.features.schedules.types import (
    DAILY_CAP,
    Change,
    Fire,
    Missed,
    Opened,
    Outcome,
    Programme,
    Schedule,
    ScheduleOrder,
    Standing,
    Why,
)

__all__ = [
    "DAILY_CAP",
    "Change",
    "Fire",
    "Firing",
    "Missed",
    "Opened",
    "Outcome",
    "Programme",
    "Schedule",
    "ScheduleOrder",
    "ScheduleService",
    "Standing",
    "Why",
    "ending",
]
