"""What a model is offered keeps to its schemas, and an error comes back so that it can be repaired."""

import pytest

from futurone_server.tools.port import Tool
from futurone_server.tools.programs import arithmetic_tool, program_tool
from futurone_server.tools.schemas import check

pytestmark = pytest.mark.anyio


async def _use(tool: Tool, **args: object) -> object:
    assert check(tool.args, args) is None
    result = await tool.use(args)
    assert check(tool.result, result) is None
    return result


async def test_a_program_gives_its_value() -> None:
    result = await _use(program_tool(), program="print(a)\na * 2", inputs={"a": 21})
    assert result == {"ok": True, "value": 42, "printed": "21\n"}


async def test_a_program_that_fails_says_how() -> None:
    result = await _use(program_tool(), program="x = {}\nx['key']")
    said = "The program ended with an error at line 2. KeyError: key"
    assert result == {"ok": False, "code": "PROGRAM_FAILED", "error": said, "line": 2}


async def test_an_error_is_short_however_much_the_program_says() -> None:
    await _use(program_tool(), program="raise ValueError('x' * 100000)")


async def test_a_calculation_is_exact_also_with_numbers_given_as_text() -> None:
    names = {"net": "1234.50", "rate": 0.19}
    assert await _use(arithmetic_tool(), expression="net * (1 + rate)", names=names) == {
        "ok": True,
        "value": "1469.055",
    }
    result = await _use(arithmetic_tool(), expression="1 / 0")
    assert isinstance(result, dict)
    assert (result["ok"], result["code"]) == (False, "ARITHMETIC_FAILED")


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        (program_tool(), {}),
        (program_tool(), {"program": ""}),
        (program_tool(), {"program": "1", "more": 1}),
        (program_tool(), {"program": "1", "inputs": {"a b": 1}}),
        (arithmetic_tool(), {"expression": "1", "names": {"a": "one"}}),
        (arithmetic_tool(), {"expression": "1", "names": {"a": None}}),
    ],
)
def test_arguments_that_do_not_fit_are_told_before_anything_runs(tool: Tool, args: dict[str, object]) -> None:
    assert check(tool.args, args)


def test_neither_tool_changes_anything_outside() -> None:
    assert not program_tool().has_effects
    assert not arithmetic_tool().has_effects
