"""The first run: a real research task over the handbook, carried out through the client's own command."""

import asyncio
import sys
from importlib.util import find_spec
from pathlib import Path

import futurone_server
from futurone_server.commands.house import say

HANDBOOK = Path(futurone_server.__file__).parent / "handbook"
_COMMAND = "import sys; from futurone.cli import main; sys.exit(main())"
_OUTCOMES = {
    0: "The first run is completed: its confidence reached the threshold.",
    3: (
        "The first run is escalated, which is no error: one of its six questions has no answer in the handbook,\n"
        "on purpose. The run says so instead of inventing one. That keeps its confidence below the threshold,\n"
        "and there a person decides."
    ),
    4: "The first run has failed.",
    5: "The first run was cancelled.",
}


async def show(url: str, key: str, data_dir: Path) -> None:
    """Carry out the first task against the server that has just started; events live, the report in a file."""
    task = (HANDBOOK / "first-task.txt").read_text()
    out = data_dir / "first-run"
    if find_spec("futurone") is None:
        say("The client command is not installed, so there is no first run: pip install 'futurone[cli]'")
        return
    files = [part for path in sorted(HANDBOOK.glob("*.md")) for part in ("--file", str(path))]
    say(f"\nThe first run: six questions to the handbook in {HANDBOOK}\n")
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
    say("\n" + _OUTCOMES.get(code, "The first run is not finished."))
    for report in sorted(out.glob("*.md")):
        say(f"Its report: {report}")
