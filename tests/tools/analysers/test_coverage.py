"""Coverage of changed lines: only where a sandbox locks the project's tests up, and told honestly where it does not."""

import pytest

from futurone_server.tools.analysers import Analyser, Analysis
from futurone_server.tools.sandbox import Rung, probe, why_off
from tools.analysers.making import changed

BEFORE = "def f(x):\n    return x\n"
HUNK = " def f(x):\n+    if x > 100:\n+        return 100\n     return x\n"
PATCH = f"--- a/shop/a.py\n+++ b/shop/a.py\n@@ -1,2 +1,4 @@\n{HUNK}"
TEST = "import unittest\n\nfrom shop.a import f\n\n\nclass Test(unittest.TestCase):\n    def test_f(self):\n"


def _tests(test: str) -> Analysis:
    files = {"shop/__init__.py": "", "shop/a.py": BEFORE, "tests/test_a.py": test, "c.patch": PATCH}
    return Analyser("tests", changed(files)).run()


def test_without_tests_or_without_a_sandbox_it_is_said_that_coverage_was_not_checked() -> None:
    told = Analyser("tests", changed({"shop/a.py": BEFORE, "c.patch": PATCH})).run()
    assert told.missing == ("changed-line coverage: not checked (no tests were given)",)
    if probe() is Rung.OFF:
        told = _tests(TEST + "        assert f(1) == 1\n")
        assert told.missing == (f"changed-line coverage: not checked (no sandbox: {why_off()})",)
        assert told.files == ()


@pytest.mark.skipif(probe() is Rung.OFF, reason=f"tests of projects are not run here: {why_off()}")
def test_changed_lines_that_no_test_runs_are_found() -> None:
    told = _tests(TEST + "        assert f(1) == 1\n")
    assert [(one.rule, one.path, one.line) for one in told.found] == [("tests:TE102", "shop/a.py", 3)]
    assert _tests(TEST + "        assert f(1) + f(200) == 101\n").found == ()


@pytest.mark.skipif(probe() is Rung.OFF, reason=f"tests of projects are not run here: {why_off()}")
@pytest.mark.parametrize(
    "body",
    [
        "        assert f(1) == 2\n",
        "        import socket\n        socket.create_connection(('192.0.2.1', 80), 1)\n",
        "        open('/given/x', 'w')\n",
        "        import os\n        os._exit(0)\n",
        "        import os\n        while True: os.fork()\n",
        "        x = b'0' * (8 << 30)\n",
    ],
)
def test_tests_that_fail_or_attack_end_with_words(body: str) -> None:
    told = _tests(TEST + body)
    assert (told.found, told.files) == ((), ())
    assert "not checked" in told.missing[0]
