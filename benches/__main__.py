"""``python -m benches [NAME …]``: measure, print, and with --write put the table into the README."""

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path

from benches.bed import FULL, SMALL, Bed, Bench, LoadError, made
from benches.figures import Taken, line, table
from benches.latency import commit, latency, steps
from benches.processes import cpu_ms, family, load_average, machine_ms
from benches.rates import rates
from benches.recovery import recovery
from benches.rest import idle, memory
from benches.server import ServerError
from benches.starts import starts
from benches.streams import streams
from benches.throughput import throughput

BENCHES: Mapping[str, Bench] = {
    "commit": commit,
    "latency": latency,
    "steps": steps,
    "throughput": throughput,
    "rates": rates,
    "streams": streams,
    "memory": memory,
    "idle": idle,
    "starts": starts,
    "recovery": recovery,
}
"""Every bench by its name, in the order in which they are taken."""

_KILLING = (
    "starts",
    "recovery",
)  # a PostgreSQL whose server was killed is nobody's child, and cannot be told from others

PAGE = Path(__file__).with_name("README.md")
BEGIN = "<!-- results: written by `python -m benches --write` -->"
END = "<!-- end of the results -->"


def main() -> int:
    """Take the benches that were asked for."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves through the blocks that clear everything away
    if load_average() > 1:
        _say(f"Note: the load average is {load_average():.1f}. Read the ratios; the absolute figures are too high.")
    wanted = options.names or list(BENCHES)
    with made(SMALL if options.small else FULL) as bed:
        taken = [one for name in wanted if (one := _take(name, bed, as_json=options.json))]
    if len(taken) < len(wanted):
        return 1
    if options.write:
        PAGE.write_text(rewritten(PAGE.read_text("utf-8"), f"{_machine()}\n\n{table(taken)}"), "utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benches", description="Measure a real server.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which benches (default all): {', '.join(BENCHES)}")
    parser.add_argument("--small", action="store_true", help="tiny sizes: to see that it works, not to measure")
    parser.add_argument("--json", action="store_true", help="one line of JSON per figure on standard output")
    parser.add_argument("--write", action="store_true", help="write the table into benches/README.md")
    options = parser.parse_args()
    unknown = set(options.names) - set(BENCHES)
    if unknown:
        parser.error(f"no bench is called {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    if options.write and (options.small or options.names):
        parser.error("--write needs all benches at full size")
    if not Path("/proc/self/smaps_rollup").exists():
        parser.error("the benches read /proc, which only Linux has")
    return options


def _take(name: str, bed: Bed, *, as_json: bool) -> Taken | None:
    """One bench, taken and shown; None when it could not be taken, which is said."""
    load, began, others_ms = load_average(), time.perf_counter(), _others_ms()
    try:
        figures = BENCHES[name](bed)
    except (LoadError, ServerError) as error:
        _say(f"{name}: {error}")
        return None
    took_s = time.perf_counter() - began
    others_cores = max(0.0, _others_ms() - others_ms) / 1000 / took_s
    taken = Taken(
        bench=name,
        figures=figures,
        load_average=load,
        others_cores=None if name in _KILLING else others_cores,
        took_s=took_s,
    )
    _show(taken, as_json=as_json)
    return taken


def _others_ms() -> float:
    """Processor time of everything that is not ours: neither this process nor any that it started."""
    return machine_ms() - cpu_ms(family(os.getpid()))


def _show(taken: Taken, *, as_json: bool) -> None:
    if as_json:
        around = {"load_average": taken.load_average, "others_cores": taken.others_cores}
        for figure in taken.figures:
            print(json.dumps({"bench": taken.bench, **asdict(figure), **around}), flush=True)
        return
    print(f"{taken.bench} ({taken.took_s:.0f} s; load average, cores that others used: {taken.around})")
    for figure in taken.figures:
        print(line(figure), flush=True)


def rewritten(page: str, results: str) -> str:
    """The page with these results between its two marks. Raises ValueError where a mark is missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} needs the two lines {BEGIN} and {END}")
    return f"{before}{begin}\n\n{results}\n\n{end}{after}"


def _machine() -> str:
    system = f"{platform.system()} {platform.release()}"
    return f"{date.today()}: {os.cpu_count()} cores, {system}, Python {platform.python_version()}."


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
