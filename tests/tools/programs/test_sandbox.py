"""A program gives its result and reaches nothing: no file, no network, no clock, no more memory or time than it may."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

import pytest

from futurone_server.tools.programs import ProgramFailedError, carry_out, run
from futurone_server.tools.programs.sandbox import PROGRAM_CHARS_MAX

pytestmark = pytest.mark.anyio

NOWHERE = [
    "open('/etc/passwd').read()",
    "from pathlib import Path; Path('/etc/passwd').read_text()",
    "from pathlib import Path; Path('/tmp/planted').write_text('x')",
    "import os; os.listdir('/')",
    "import os; os.environ",
    "import os; os.getenv('HOME')",
    "import os; os.system('id')",
    "import socket",
    "import subprocess",
    "import ctypes",
    "import urllib.request",
    "import importlib",
    "import builtins",
    "import gc",
    "__import__('os')",
    "().__class__.__base__.__subclasses__()",
    "(lambda: 0).__globals__",
    "input()",
    "import time; time.time()",
    "from datetime import datetime; datetime.now()",
    "eval(\"open('/etc/passwd').read()\")",
]
GREEDY = [
    "x = 'a' * 10**9",
    "x = [0] * 10**8",
    "9 ** 9 ** 9",
    "1 << 10**9",
    "x = []\nwhile True: x.append('a' * 1000)",
    "'%1000000000d' % 1",
    "f'{1:>1000000000}'",
    "list(range(10**8))",
    "'a'.replace('a', 'b' * 10**9)",
    "for i in range(10**7): print('flood ' * 100)",
]


async def _failure(program: str, inputs: Mapping[str, object] | None = None) -> ProgramFailedError:
    with pytest.raises(ProgramFailedError) as caught:
        await run(program, inputs or {})
    return caught.value


async def test_the_last_expression_is_the_result() -> None:
    program = (
        "import math\nrows = [r['n'] * 2 for r in rows]\nprint('seen', len(rows))\n{'sum': sum(rows), 3: (1, None)}"
    )
    finished = await carry_out(program, {"rows": [{"n": 1}, {"n": 2.5}]})
    assert finished.value == {"sum": 7.0, "3": [1, None]}
    assert finished.printed == "seen 2\n"


async def test_decimals_go_in_and_come_out_exactly() -> None:
    assert await run("from decimal import Decimal\nx + Decimal('0.10')", {"x": Decimal("0.20")}) == "0.30"


async def test_the_same_program_gives_the_same_every_time() -> None:
    program = "import random\n[random.random() for _ in range(3)]"
    assert await run(program, {}) == await run(program, {})


@pytest.mark.parametrize("program", NOWHERE)
async def test_a_program_reaches_nothing_outside_itself(program: str) -> None:
    assert (await _failure(program)).reason_code == "PROGRAM_FAILED"


@pytest.mark.parametrize("program", GREEDY)
async def test_a_program_that_takes_too_much_is_ended(program: str) -> None:
    assert (await _failure(program)).reason_code == "PROGRAM_TOO_LARGE"


@pytest.mark.parametrize("program", ["while True: pass", "try:\n  while True: pass\nexcept BaseException: 1"])
async def test_a_program_without_end_is_ended(program: str) -> None:
    async with asyncio.timeout(20):
        assert (await _failure(program)).reason_code == "PROGRAM_TIMEOUT"


async def test_a_recursion_without_end_is_an_error_of_the_program() -> None:
    failure = await _failure("def f(n): return f(n + 1)\nf(0)")
    assert (failure.reason_code, failure.detail[:14]) == ("PROGRAM_FAILED", "RecursionError")


async def test_an_error_has_its_line_and_its_words_stay_out_of_the_message() -> None:
    failure = await _failure("a = 1\ndef f():\n  raise KeyError('secret\\nsecret')\nf()")
    assert (failure.reason_code, failure.line) == ("PROGRAM_FAILED", 3)
    assert failure.message == "The program ended with an error at line 3."
    assert failure.detail == "KeyError: secret secret"
    assert "secret" not in str(failure)
    assert (await _failure("a = 1\nb = (")).reason_code == "PROGRAM_INVALID"
    assert not failure.is_transient


@pytest.mark.parametrize("program", ["(" * 5000, "-" * 10_000 + "1", "x = [" * 2000])
async def test_a_program_too_deep_to_read_is_invalid(program: str) -> None:
    assert (await _failure(program)).reason_code == "PROGRAM_INVALID"


async def test_a_program_over_the_bound_is_not_read() -> None:
    assert (await _failure("#" * (PROGRAM_CHARS_MAX + 1))).reason_code == "PROGRAM_TOO_LONG"


@pytest.mark.parametrize(
    "program",
    [
        "10 ** 30000",
        "2 ** 64",
        "float('nan')",
        "{1, 2}",
        "b'x'",
        "class A: pass\nA()",
        "x = [0] * 1000\nx = [x] * 1000\n[x] * 1000",
        "x = []\nfor i in range(100): x = [x]\nx",
        "'x' * 10_000_000",
        "{(1, 2): 3}",
        "import datetime\ndatetime.date(2020, 1, 1)",
    ],
)
async def test_a_result_that_is_not_plain_or_too_large_is_refused(program: str) -> None:
    assert (await _failure(program)).reason_code == "PROGRAM_UNFIT_RESULT"


@pytest.mark.parametrize(
    "inputs", [{"not a name": 1}, {"class": 1}, {"x": object()}, {"x": 2**70}, {"x": "y" * 200_000}, {"x": "\ud800"}]
)
async def test_an_input_that_is_not_plain_is_refused(inputs: dict[str, object]) -> None:
    assert (await _failure("1", inputs)).reason_code == "PROGRAM_UNFIT_INPUT"


async def test_many_programs_at_once_are_carried_out_one_by_one_and_know_nothing_of_each_other() -> None:
    programs = [run(f"mine = {number}\nmine", {}) for number in range(12)]
    assert await asyncio.gather(*programs, _gone()) == [*range(12), "PROGRAM_FAILED"]


async def _gone() -> str:
    return (await _failure("mine")).reason_code
