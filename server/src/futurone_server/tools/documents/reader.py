"""The confined reader: takes a document's bytes from its parent, and answers with a transcript or a refusal."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence

from futurone_server.kit import json
from futurone_server.tools.documents.refusals import BROKEN, TOO_COMPLEX
from futurone_server.tools.documents.transcript import Refused, Transcript, TranscriptFull
from futurone_server.tools.sandbox.confinement import confine

FORMATS = ("pdf", "docx", "pptx", "xlsx", "epub")

_CUT = "the document is too large: its end was left out"

Read = Callable[[bytes, Transcript], None]


def main(arguments: Sequence[str]) -> None:
    """Read one document: format, bytes of memory, seconds of processor and of clock.

    The library is loaded before the walls stand, the document read after.
    """
    format_name, memory_bytes, cpu_s, wall_s = arguments
    if format_name not in FORMATS:
        raise SystemExit(2)
    read: Read = importlib.import_module(f"futurone_server.tools.documents.formats.{format_name}").read
    confine(memory_bytes=int(memory_bytes), cpu_s=int(cpu_s), wall_s=int(wall_s))
    for line in answer_to(read, sys.stdin.buffer.read()):
        sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
    # Libraries that tidy up after a hostile file are another chance to crash.
    os._exit(0)


def answer_to(read: Read, data: bytes) -> Iterator[bytes]:
    """The lines of the transcript, or of a refusal: whatever a library says of a file stays here."""
    transcript = Transcript()
    try:
        read(data, transcript)
    except TranscriptFull:
        transcript.note(_CUT)
    except Refused as refused:
        return iter([json.dump({"refused": refused.reason_code})])
    except (MemoryError, RecursionError):
        return iter([json.dump({"refused": TOO_COMPLEX})])
    except Exception:  # noqa: BLE001 - a library may fail in any way on a broken file
        return iter([json.dump({"refused": BROKEN})])
    return transcript.lines()


if __name__ == "__main__":
    main(sys.argv[1:])
