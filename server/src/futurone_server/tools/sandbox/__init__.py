"""Sandbox: programs with bounds, and whether this machine can lock up code that nobody trusts."""

from futurone_server.tools.sandbox.ladder import Rung, probe, strict_command, why_off
from futurone_server.tools.sandbox.process import Allowance, Ended, Job, limited, own_program
from futurone_server.tools.sandbox.room import Room, sweep_rooms

__all__ = [
    "Allowance",
    "Ended",
    "Job",
    "Room",
    "Rung",
    "limited",
    "own_program",
    "probe",
    "strict_command",
    "sweep_rooms",
    "why_off",
]
