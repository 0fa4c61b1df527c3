"""What libraries warn of is heard without its words: where, and which kind of warning."""

import subprocess
import sys

_MARK = "mk-prompt-77ac"
_PROGRAM = f"""
import sys, warnings
{{configure}}
class Odd(UserWarning): pass
warnings.warn("{_MARK}", Odd)
warnings.warn("{_MARK}")
def again(): warnings.warn("{_MARK} once more", DeprecationWarning, stacklevel=1)
again()
"""
_CONFIGURE = "from futurone_server.kit.logs import configure; configure('info')"


def said(configure: str) -> str:
    """What a process that is warned writes to standard error."""
    program = [sys.executable, "-c", _PROGRAM.format(configure=configure)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == ""
    return done.stderr


def test_a_librarys_warning_is_a_line_with_its_kind_and_place() -> None:
    told = said(_CONFIGURE)
    assert _MARK not in told
    lines = told.splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("level=warning event=library.warned category=Odd at=<string>:5")
    assert "category=UserWarning" in lines[1]


def test_without_our_own_way_the_words_would_be_heard() -> None:
    assert _MARK in said("")
