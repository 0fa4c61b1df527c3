"""How this command is called from where it was called, so that the commands it shows can be pasted."""

import shlex
import shutil
import sys
from pathlib import Path

NAME = "futurone"


def invocation(*arguments: str) -> str:
    """The command line with these arguments: by the bare name where the shell finds it, else as it was called."""
    called = sys.argv[0]
    is_by_path = Path(called).name == NAME and shutil.which(NAME) is None
    return shlex.join([called if is_by_path else NAME, *arguments])
