"""Holds: what keeps new runs of a workspace, a project or a key from starting, and until when."""

from futurone_server.features.runs.holds.tables import run_holds

__all__ = ["run_holds"]
