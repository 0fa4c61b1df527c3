"""Revising: what a reviewer has asked for reaches those who plan and write the next run, not those who judge it."""

from collections.abc import Mapping
from dataclasses import replace

from futurone_server.models.port import Ask
from futurone_server.pipelines.prompting import outside, paragraphs

_SAID = "A person has reviewed the result of an earlier run of this task, and asks for this now:"


def note_of(brief: Mapping[str, object]) -> str | None:
    """What a reviewer asks for, in the brief of a run that revises another; None for any other run."""
    revision = brief.get("revision")
    note = revision.get("note") if isinstance(revision, dict) else None
    return note if isinstance(note, str) else None


def told_of(ask: Ask, brief: Mapping[str, object]) -> Ask:
    """What is asked of a model, with the reviewer's note where there is one. Judges are not told what is hoped for."""
    note = note_of(brief)
    is_judging = bool(ask.avoid)
    if note is None or is_judging:
        return ask
    return replace(ask, prompt=paragraphs((ask.prompt, _SAID, outside("reviewer_note", note))))
