"""What Linux says of processes: their descendants, processor time and memory, and how busy the machine is."""

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
_TIMES = slice(11, 15)  # utime, stime and those of children that have ended, counted from after the name


def _fields(pid: int) -> list[str]:
    # A name may hold blanks and brackets: what follows the last bracket is plain.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def family(pid: int) -> set[int]:
    """A process and all its descendants."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                children[int(_fields(int(entry.name))[1])].append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, open_ones = set(), [pid]
    while open_ones:
        one = open_ones.pop()
        found.add(one)
        open_ones += children[one]
    return found


def cpu_ms(pids: Iterable[int]) -> float:
    """Processor time that processes have used so far, with that of their children which have ended."""
    ticks = 0
    for pid in pids:
        try:
            ticks += sum(map(int, _fields(pid)[_TIMES]))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return ticks * _TICK_MS


def pss_kb(pids: Iterable[int], *, part: str = "Pss") -> float:
    """Memory of processes in kB: their own pages, and their part of those that they share.

    The part ``Pss_Anon`` leaves out files such as libraries, which other programs may cease to share meanwhile.
    """
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith(f"{part}:"))
    return total * 1.024  # Linux says kB and means 1,024 bytes


def machine_ms() -> float:
    """Processor time that the whole machine has used so far, what its host took away included."""
    user, nice, system, _idle, _wait, irq, soft, steal, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
    return (user + nice + system + irq + soft + steal) * _TICK_MS


def load_average() -> float:
    """The machine's load average over one minute."""
    return os.getloadavg()[0]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Processor time of the server and of its PostgreSQL, in milliseconds."""

    server_ms: float
    postgres_ms: float

    def __sub__(self, earlier: "Usage") -> "Usage":
        """What was used since."""
        return Usage(server_ms=self.server_ms - earlier.server_ms, postgres_ms=self.postgres_ms - earlier.postgres_ms)
