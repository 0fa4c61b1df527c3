"""The first run: a real research task over the handbook, carried out through the client's own command."""

import asyncio
import sys
from importlib.util import find_spec
from pathlib import Path

import futurone_server
from futurone_server.commands.house import say

HANDBOOK = Path(futurone_server.__file__).parent / "handbook"
_COMMAND = "import sys; from futurone.cli import main; sys.exit(main())"
_OUTCOMES = {0: "completed", 3: "held for a person (escalated)", 4: "failed", 5: "cancelled", 6: "waiting for input"}


async def show(url: str, key: str, data_dir: Path) -> None:
    """Carry out the first task against the server that has just started; events live, the report in a file."""
    task = (HANDBOOK / "first-task.txt").read_text()
    out = data_dir / "first-run"
    if find_spec("futurone") is None:
        say("The client command is not installed, so there is no first run: pip install 'futurone[cli]'")
        return
    files = [part for path in sorted(HANDBOOK.glob("*.md")) for part in ("--file", str(path))]
    say("\nThe first run: a research task over the handbook in " + str(HANDBOOK) + "\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _COMMAND,
        "--base-url",
        url,
        "run",
        "research",
        task,
        *files,
        "--follow",
        "--out",
        str(out),
        env={"FUTURONE_API_KEY": key, "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", "HOME": str(Path.home())},
        stdin=asyncio.subprocess.DEVNULL,
    )
    code = await process.wait()
    say(f"\nThe first run is {_OUTCOMES.get(code, 'not finished')}; its report is in {out}")
