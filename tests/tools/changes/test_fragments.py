"""Fragments: hunks of Python are made to parse without moving a line, and what cannot be is said to be lost."""

import ast

import pytest

from tools.changes.making import file_of, read


def _code(body: str, start: int = 40) -> tuple[str, list[int], list[int]]:
    rows = body.split("\n")
    old = sum(not row.startswith("+") for row in rows)
    patch = f"--- a/a.py\n+++ b/a.py\n@@ -{start},{old} +{start},{len(rows)} @@\n" + "\n".join(rows) + "\n"
    file = file_of(read({"c.patch": patch}), "a.py")
    return file.code, sorted(file.lines), sorted(file.lost)


@pytest.mark.parametrize(
    "body",
    [
        "     x = 1\n+    eval(x)\n     return x",
        "         a()\n     except ValueError:\n+        eval(x)\n         raise\n     finally:\n         b()",
        "     else:\n+        eval(x)\n     return x",
        '     "a": 1,\n+    "b": eval("2"),\n     "c": 3,',
        "         first,\n+        second=eval(x),\n     )",
        '     said here.\n     """\n+    eval(x)\n     return x',
        "     return x\n \n+@decorated(eval(x))\n+def g():",
        "+    if eval(x):",
        " \tx = 1\n+\teval(x)",
    ],
)
def test_a_hunk_parses_and_its_lines_stay_where_they_are(body: str) -> None:
    code, lines, lost = _code(body)
    calls = [node.lineno for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    number = next(n for n in lines if "eval" in code.split("\n")[n - 1])
    assert number in calls
    assert number not in lost


@pytest.mark.parametrize("body", ["+((((", "+def f(:", "+print 'old'"])
def test_what_cannot_be_mended_is_said_to_be_lost(body: str) -> None:
    code, lines, lost = _code(body)
    assert (code, lost) == ("", lines)


def test_code_that_exhausts_the_parser_is_lost_and_breaks_nothing() -> None:
    _, lines, lost = _code("+x = " + "(" * 5_000 + ")" * 5_000)
    assert lost == lines
