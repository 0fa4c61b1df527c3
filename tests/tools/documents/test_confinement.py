"""The process that reads a document ends in bounds, and can reach neither the house nor the network."""

import subprocess
import sys
import time
from dataclasses import replace

import pytest

from futurone_server.tools.documents import Document, UnreadableDocument, parse
from futurone_server.tools.documents.process import ALLOWANCE, read_confined
from futurone_server.tools.sandbox import Allowance
from tools.documents.making import docx_file, epub_file, pdf_file

WALLED = sys.platform.startswith("linux")
WALLS = """
import os, socket, subprocess, sys, ctypes
from futurone_server.tools.sandbox.confinement import confine
walls = confine(memory_bytes=1 << 28, cpu_s=5, wall_s=30)
if set(walls) != {"landlock", "seccomp"}:
    print("no walls")
    sys.exit()
try:
    result = eval(sys.argv[1])
except BaseException as error:
    print(type(error).__name__)
else:
    print("done", result)
"""


def _attempt(expression: str) -> str:
    done = subprocess.run([sys.executable, "-I", "-c", WALLS, expression], capture_output=True, text=True, check=False)
    said = done.stdout.strip()
    if said == "no walls":
        pytest.skip("this kernel offers no Landlock or no seccomp")
    return said


def _refusal(data: bytes, format_name: str, allowance: Allowance) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        read_confined(format_name, data, allowance)
    return refused.value.reason_code


@pytest.mark.skipif(not WALLED, reason="the second wall is Linux's")
@pytest.mark.parametrize(
    "expression",
    [
        "open('/etc/passwd').read()",
        "os.listdir('/')",
        "open('/dev/shm/x', 'w')",
        "os.mkdir('/dev/shm/x')",
        "os.unlink(os.__file__)",
        "socket.socket()",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX)",
        "os.fork()",
        "subprocess.run(['/bin/true'])",
        "os.kill(os.getppid(), 0)",
    ],
)
def test_nothing_outside_can_be_reached(expression: str) -> None:
    assert _attempt(expression) == "PermissionError"


@pytest.mark.skipif(not WALLED, reason="the second wall is Linux's")
def test_libraries_can_still_be_loaded() -> None:
    assert _attempt("__import__('encodings.cp437').__name__") == "done encodings"


def test_a_reader_that_takes_too_much_memory_is_ended() -> None:
    allowance = replace(ALLOWANCE, memory_bytes=96 << 20)
    large = epub_file({"one.xhtml": "<p>" + " " * (60 << 20)})
    assert _refusal(large, "epub", allowance) == "DOCUMENT_TOO_COMPLEX"
    assert read_confined("epub", epub_file(), allowance).text


def test_a_reader_that_computes_too_long_is_ended() -> None:
    long = epub_file({f"{number}.xhtml": "<p>x" * 200_000 for number in range(20)})
    assert _refusal(long, "epub", replace(ALLOWANCE, cpu_s=1)) == "DOCUMENT_TOO_COMPLEX"


def test_a_reader_that_says_too_much_is_ended() -> None:
    assert _refusal(docx_file(), "docx", replace(ALLOWANCE, answer_bytes=100)) == "DOCUMENT_TOO_COMPLEX"


def test_the_clock_ends_a_reader_that_is_slow_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    sleeper = f"{tmp_path}/python"
    with open(sleeper, "w") as script:
        script.write("#!/bin/sh\nexec sleep 60\n")
    subprocess.run(["chmod", "700", sleeper], check=True)
    monkeypatch.setattr(sys, "executable", sleeper)
    begun = time.monotonic()
    assert _refusal(b"x" * 1_000_000, "pdf", replace(ALLOWANCE, wall_s=1)) == "DOCUMENT_TOO_COMPLEX"
    assert time.monotonic() - begun < 30


def test_a_reader_that_cannot_be_started_is_a_fault_of_the_house_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert _refusal(pdf_file([[]]), "pdf", ALLOWANCE) == "DOCUMENT_READER_FAILED"
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert _refusal(pdf_file([[]]), "pdf", ALLOWANCE) == "DOCUMENT_READER_FAILED"


def test_the_environment_of_the_house_stays_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    # A reader that saw these variables would load another library, and fail.
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    document = parse("a.pdf", "application/pdf", pdf_file([[(72, 700, 10, "Words.")]]))
    assert isinstance(document, Document)
    assert document.text == "Words."
