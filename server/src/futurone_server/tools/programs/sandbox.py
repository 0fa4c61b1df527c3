"""The sandbox: a small Python program in a process of its own that has no files, no network, no clock and no chance.

pydantic-monty is another interpreter than this one, in another process for each program: it knows no ``open``, no
sockets and no modules but a few pure ones, and it meters memory, time and depth itself. Its blocking interface is used,
in threads, because the asynchronous one can abort the whole process when Python ends.
"""

import asyncio
import keyword
import sysconfig
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from types import ModuleType
from typing import Final

from futurone_server.tools.port import ToolFailedError
from futurone_server.tools.programs.values import UnfitValueError, to_plain

PROGRAM_CHARS_MAX = 20_000
TIME_S_MAX = 2.0
MEMORY_BYTES_MAX = 64 << 20
DEPTH_MAX = 200
PRINTED_BYTES_MAX = 16 << 10
DETAIL_CHARS_MAX = 300

_KILLED_AFTER_S = TIME_S_MAX + 3.0
_AT_ONCE_MAX = 4
_THREADS = ThreadPoolExecutor(_AT_ONCE_MAX, thread_name_prefix="program")
_LOADING = threading.Lock()

TOO_LONG: Final = "PROGRAM_TOO_LONG"
FAILED: Final = "PROGRAM_FAILED"
INVALID: Final = "PROGRAM_INVALID"
TIMEOUT: Final = "PROGRAM_TIMEOUT"
TOO_LARGE: Final = "PROGRAM_TOO_LARGE"
UNFIT_RESULT: Final = "PROGRAM_UNFIT_RESULT"
UNFIT_INPUT: Final = "PROGRAM_UNFIT_INPUT"
UNAVAILABLE: Final = "PROGRAM_UNAVAILABLE"

_WORDS = {
    TOO_LONG: f"The program is longer than {PROGRAM_CHARS_MAX} characters.",
    FAILED: "The program ended with an error",
    INVALID: "The program is not valid Python as the sandbox knows it",
    TIMEOUT: f"The program ran for more than {TIME_S_MAX:g} seconds.",
    TOO_LARGE: "The program used more memory, or printed more, than it may.",
    UNFIT_RESULT: "The program's result is not plain JSON, or is too large.",
    UNFIT_INPUT: "An input has no Python name, or a value that is not plain.",
    UNAVAILABLE: "The sandbox could not be started.",
}


class ProgramFailedError(ToolFailedError):
    """A program that gave no result.

    ``line`` is where, from 1, if it is known. ``detail`` is what the interpreter says, cut and on one line: it may
    quote the program's values, so it goes to whoever wrote the program and nowhere else.
    """

    def __init__(self, reason_code: str, *, line: int | None = None, detail: str = "") -> None:
        words = _WORDS[reason_code]
        at = "" if words.endswith(".") else f" at line {line}." if line else "."
        super().__init__(reason_code, words + at, is_transient=reason_code == UNAVAILABLE)
        self.line = line
        self.detail = " ".join(detail.split())[:DETAIL_CHARS_MAX]


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a program gave: the value of its last expression as plain JSON, and what it printed."""

    value: object
    printed: str


async def run(program: str, inputs: Mapping[str, object]) -> object:
    """The value of a program's last expression, as plain JSON values. ``inputs`` are its global names.

    Raises ProgramFailedError: ``PROGRAM_TOO_LONG``, ``PROGRAM_INVALID``, ``PROGRAM_FAILED``, ``PROGRAM_TIMEOUT``,
    ``PROGRAM_TOO_LARGE``, ``PROGRAM_UNFIT_RESULT``, ``PROGRAM_UNFIT_INPUT``, ``PROGRAM_UNAVAILABLE``.
    """
    return (await carry_out(program, inputs)).value


async def carry_out(program: str, inputs: Mapping[str, object]) -> Finished:
    """Like ``run``, with what the program printed. The same program and inputs always give the same."""
    if len(program) > PROGRAM_CHARS_MAX:
        raise ProgramFailedError(TOO_LONG)
    if any(not name.isidentifier() or keyword.iskeyword(name) for name in inputs):
        raise ProgramFailedError(UNFIT_INPUT, detail="an input's name is not a Python name")
    try:
        given = {name: to_plain(value, _as_it_is) for name, value in inputs.items()}
    except UnfitValueError as error:
        raise ProgramFailedError(UNFIT_INPUT, detail=str(error)) from None
    value, printed = await asyncio.get_running_loop().run_in_executor(_THREADS, _feed, program, given)
    try:
        return Finished(value=to_plain(value, str), printed=printed)
    except UnfitValueError as error:
        raise ProgramFailedError(UNFIT_RESULT, detail=str(error)) from None


def _as_it_is(number: Decimal) -> object:
    return number


def _load() -> ModuleType:
    # Python 3.11 fills sysconfig's table without a lock, and threads that meet there fail.
    with _LOADING:
        sysconfig.get_config_vars()
        import pydantic_monty  # noqa: PLC0415 - an interpreter, loaded with the first program
    return pydantic_monty


def _feed(program: str, inputs: dict[str, object]) -> tuple[object, str]:
    """Carry out a program in a new process. Runs in a thread; the process is killed if it does not end itself."""
    monty = _load()
    printed = monty.CollectString(max_bytes=PRINTED_BYTES_MAX)
    try:
        with (
            monty.Monty(min_processes=0, max_processes=1, request_timeout=_KILLED_AFTER_S) as pool,
            pool.checkout(script_name="program.py", limits=_limits(), os_policy=_POLICY) as session,
        ):
            value = session.feed_run(program, inputs=inputs, print_callback=printed)
    except monty.MontyError as error:
        raise _failure(monty, error) from None
    except ValueError:
        raise ProgramFailedError(UNFIT_RESULT, detail="a whole number is too large; give it as text") from None
    except (OSError, RuntimeError):
        raise ProgramFailedError(UNAVAILABLE) from None
    return value, printed.output


_POLICY = {"datetime": "call_host", "sleep": "zero", "random_start": {"seed": 0}}
"""No clock (nobody answers for the host), no waiting, and the same chance every time: results can be checked."""


def _limits() -> dict[str, object]:
    return {
        "max_feed_duration_secs": TIME_S_MAX,
        "max_turn_duration_secs": TIME_S_MAX,
        "max_memory": MEMORY_BYTES_MAX,
        "max_recursion_depth": DEPTH_MAX,
        "max_suspensions": 100,
        "max_total_sleep_secs": 0.0,
    }


def _failure(monty: ModuleType, error: Exception) -> ProgramFailedError:
    if isinstance(error, monty.MontyCrashedError):
        return ProgramFailedError(TIMEOUT if error.timed_out else FAILED, detail="the interpreter was ended")
    if isinstance(error, monty.MontyConversionError):
        return ProgramFailedError(UNFIT_RESULT, detail="a value is not plain")
    frames = error.traceback() if isinstance(error, monty.MontySyntaxError | monty.MontyRuntimeError) else []
    line = frames[-1].line if frames else None
    if isinstance(error, monty.MontySyntaxError):
        return ProgramFailedError(INVALID, line=line, detail=str(error))
    cause = error.exception() if isinstance(error, monty.MontyError) else None
    if isinstance(cause, TimeoutError):
        return ProgramFailedError(TIMEOUT)
    if isinstance(cause, MemoryError):
        return ProgramFailedError(TOO_LARGE)
    return ProgramFailedError(FAILED, line=line, detail=str(error))
