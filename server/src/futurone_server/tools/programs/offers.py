"""What models are offered: a small Python program, and arithmetic. An error comes back as a result, to be repaired."""

from collections.abc import Mapping
from decimal import Decimal

from futurone_server.tools.port import Tool, ToolFailedError
from futurone_server.tools.programs.arithmetic import EXPRESSION_CHARS_MAX, evaluate, write
from futurone_server.tools.programs.sandbox import (
    DETAIL_CHARS_MAX,
    PRINTED_BYTES_MAX,
    PROGRAM_CHARS_MAX,
    TIME_S_MAX,
    UNAVAILABLE,
    ProgramFailedError,
    carry_out,
)

INPUTS_MAX = 50

_NAME = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"}
_ERROR = {
    "type": "object",
    "properties": {
        "ok": {"const": False},
        "code": {"type": "string", "maxLength": 64},
        "error": {"type": "string", "maxLength": DETAIL_CHARS_MAX + 200},
        "line": {"type": ["integer", "null"], "minimum": 1},
    },
    "required": ["ok", "code", "error", "line"],
    "additionalProperties": False,
}


def program_tool() -> Tool:
    """A tool that carries out a small Python program in the sandbox."""
    return Tool(
        name="run_program",
        description=(
            "Run a small Python program and get the value of its last expression. Use it for calculations, tables, "
            "dates, sorting, counting and text processing that must be exact. The members of `inputs` are global "
            "variables. Available modules: json, re, math, datetime, decimal, collections, csv, itertools, functools. "
            "There are no files, no network, no other modules, no clock, no class inheritance; it must end within "
            f"{TIME_S_MAX:g} seconds. End with an expression whose value is plain JSON (numbers, text, lists, "
            "dictionaries); write decimals and very large numbers with str(). If `ok` is false, read `error` and "
            "`line`, correct the program and run it again."
        ),
        args={
            "type": "object",
            "properties": {
                "program": {"type": "string", "minLength": 1, "maxLength": PROGRAM_CHARS_MAX},
                "inputs": {"type": "object", "propertyNames": _NAME, "maxProperties": INPUTS_MAX},
            },
            "required": ["program"],
            "additionalProperties": False,
        },
        result={
            "oneOf": [
                {
                    "type": "object",
                    "properties": {
                        "ok": {"const": True},
                        "value": {},
                        "printed": {"type": "string", "maxLength": PRINTED_BYTES_MAX},
                    },
                    "required": ["ok", "value", "printed"],
                    "additionalProperties": False,
                },
                _ERROR,
            ]
        },
        timeout_s=TIME_S_MAX * 10,
        use=_use_program,
    )


def arithmetic_tool() -> Tool:
    """A tool that calculates exactly, with decimals."""
    return Tool(
        name="calculate",
        description=(
            "Calculate one arithmetic expression exactly, with decimal numbers: 0.1 + 0.2 is 0.3. Operators: + - * / "
            "// % ** and parentheses; functions: abs, min, max, round(x, places), sqrt, sum(a, b, ...). `names` gives "
            'values to names in the expression, as numbers or as text such as "1234.50". The result is text with up '
            "to 60 significant digits. If `ok` is false, read `error` and correct the expression."
        ),
        args={
            "type": "object",
            "properties": {
                "expression": {"type": "string", "minLength": 1, "maxLength": EXPRESSION_CHARS_MAX},
                "names": {
                    "type": "object",
                    "propertyNames": _NAME,
                    "maxProperties": INPUTS_MAX,
                    "additionalProperties": {
                        "anyOf": [
                            {"type": "number"},
                            {"type": "string", "pattern": r"^[+-]?[0-9]{1,60}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,4})?$"},
                        ]
                    },
                },
            },
            "required": ["expression"],
            "additionalProperties": False,
        },
        result={
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"ok": {"const": True}, "value": {"type": "string", "maxLength": 200}},
                    "required": ["ok", "value"],
                    "additionalProperties": False,
                },
                _ERROR,
            ]
        },
        timeout_s=5.0,
        use=_use_arithmetic,
    )


async def _use_program(args: Mapping[str, object]) -> object:
    program, inputs = args["program"], args.get("inputs", {})
    assert isinstance(program, str)
    assert isinstance(inputs, dict)
    try:
        finished = await carry_out(program, inputs)
    except ProgramFailedError as error:
        if error.reason_code == UNAVAILABLE:
            raise
        said = f"{error.message} {error.detail}".strip()
        return {"ok": False, "code": error.reason_code, "error": said, "line": error.line}
    return {"ok": True, "value": finished.value, "printed": finished.printed}


async def _use_arithmetic(args: Mapping[str, object]) -> object:
    expression, names = args["expression"], args.get("names", {})
    assert isinstance(expression, str)
    assert isinstance(names, dict)
    given = {name: Decimal(value) if isinstance(value, str) else value for name, value in names.items()}
    try:
        return {"ok": True, "value": write(evaluate(expression, given))}
    except ToolFailedError as error:
        return {"ok": False, "code": error.reason_code, "error": error.message, "line": None}
