"""A run's deliverables as files on this machine."""

import mimetypes
import os
from collections.abc import Iterator
from pathlib import Path

from futurone._errors import ConflictError, GoneError
from futurone._run_models import Artifact
from futurone.cli._desk import Desk
from futurone.cli._text import safe_name

_SUFFIXES = {"text/markdown": ".md", "text/html": ".html", "text/plain": ".txt", "text/csv": ".csv"}
_SUFFIXES |= {"application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx"}
_COPIES_MAX = 10_000


def save_artifacts(desk: Desk, run_id: str, *, directory: Path, output_format: str | None = None) -> bool:
    """Write every deliverable into a directory and say where; say also what may not be read (held, erased).

    Returns whether all of them were written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    all_saved = True
    for artifact in desk.client.runs.artifacts(run_id):
        is_text = artifact.media_type in (None, "text/markdown")  # anything else has no other form than its own
        try:
            content = desk.client.runs.artifact(run_id, artifact.id, format=output_format if is_text else None)
        except (ConflictError, GoneError) as error:
            desk.out.words(f"{artifact.label or artifact.id} is not saved: {error}")
            all_saved = False
            continue
        path = write_new(directory, name_of(artifact, media_type=content.media_type), content=content.data)
        desk.out.line(f"Saved {path}")
        desk.out.record({"object": "saved_artifact", "id": artifact.id, "path": str(path), "bytes": len(content.data)})
    return all_saved


def name_of(artifact: Artifact, *, media_type: str) -> str:
    """A file name for a deliverable: its label and the ending of its kind."""
    suffix = _SUFFIXES.get(media_type) or mimetypes.guess_extension(media_type) or ".bin"
    label = artifact.label or artifact.type or artifact.id
    return safe_name(label.removesuffix(suffix), suffix=suffix)


def write_new(directory: Path, name: str, *, content: bytes) -> Path:
    """Write a new file, numbered if the name is taken: never through a link, never over another."""
    for path in _candidates(directory, name):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return path
    raise FileExistsError(f"{directory} is full of files called {name}")


def _candidates(directory: Path, name: str) -> Iterator[Path]:
    path = directory / name
    yield path
    for number in range(2, _COPIES_MAX):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
