"""Changes: what a review is to look at, read out of patches, archives, repositories and single source files."""

from futurone_server.tools.changes.change import TOO_MUCH, ChangedFile, Changes, Given, LeftOut, Note, Scope
from futurone_server.tools.changes.fragments import TOO_COMPLEX
from futurone_server.tools.changes.process import Reading, UnreadableChangesError, read_changes

__all__ = [
    "TOO_COMPLEX",
    "TOO_MUCH",
    "ChangedFile",
    "Changes",
    "Given",
    "LeftOut",
    "Note",
    "Reading",
    "Scope",
    "UnreadableChangesError",
    "read_changes",
]
