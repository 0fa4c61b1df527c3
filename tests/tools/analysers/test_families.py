"""Families of analysers: they look at changed lines alone, obey nobody's silence, and end whatever the code does."""

import sysconfig
from collections.abc import Mapping, Set
from pathlib import Path
from threading import Timer

import pytest

from futurone_server.tools.analysers import FAMILIES, Analyser, Severity, mask, ruff, rule_book
from futurone_server.tools.analysers.program import FOUND_MAX
from futurone_server.tools.sandbox import Allowance
from tools.analysers.making import analysed, changed, found, rules, rules_of_each

HOSTILE = {
    "nested.py": "x = " + "[" * 90 + "]" * 90 + "\n",
    "deep.py": "x = " + "-" * 3_000 + "1\n",
    "chain.py": "x = " + " + ".join(["1"] * 4_000) + "\n",
    "long.py": "x = '" + "a" * 200_000 + "'\n",
    "many.py": "".join(f"def f{n}(x=[]): return eval(x)\n" for n in range(2_000)),
    "unicode.py": "ｘ = 1\nprint(ｘ)\n# \u202e\n",
    "form.py": "x = 1\x0c\ny = 2\x1c3\n",
    "old.py": "print 'x'\nexec 'y'\n",
    "new.py": "type X = int\n\ndef f[T](x: T) -> T:\n    return f'{'x'}'\n",
}


def test_only_changed_lines_are_judged() -> None:
    before = "import os\n\n\ndef f(x):\n    eval(x)\n    return 1\n"
    patch = "--- a/a.py\n+++ b/a.py\n@@ -4,3 +4,4 @@\n def f(x):\n     eval(x)\n+    exec(x)\n     return 1\n"
    told = analysed("security", {"a.py": before, "c.patch": patch})
    assert [(one.rule, one.line) for one in told.found] == [("bandit:B102", 6)]


def test_a_call_over_many_lines_is_judged_by_the_line_of_it_that_changed() -> None:
    before = "import subprocess\n\n\ndef f(x):\n    subprocess.run(\n        x,\n    )\n"
    patch = "--- a/a.py\n+++ b/a.py\n@@ -5,3 +5,4 @@\n     subprocess.run(\n         x,\n+        shell=True,\n     )\n"
    told = analysed("security", {"a.py": before, "c.patch": patch})
    assert [(one.rule, one.line) for one in told.found] == [("bandit:B602", 7)]


def test_comments_that_silence_are_not_obeyed_and_are_told() -> None:
    code = "import os  # noqa\n\n\ndef f(x):\n    eval(x)  # nosec\n    return 1\n    f(2)  # noqa\n"
    assert "ruff:F401" in rules("static", code)
    assert ("bandit:B307", 5) in found("security", code)
    assert ("vulture:DC101", 7) in found("dead_code", code)
    assert {line for rule, line in found("text", code) if rule == "text:TX105"} == {1, 5, 7}


def test_the_projects_own_configuration_switches_nothing_off() -> None:
    files = {
        "a.py": "def f(x=[]): return undefined_name\n",
        "ruff.toml": "[lint]\nselect = []\n",
        "pyproject.toml": "[tool.ruff]\nexclude = ['*']\n[tool.bandit]\nskips = ['B307']\n",
        ".bandit": "[bandit]\nskips: B307\n",
        "sitecustomize.py": "raise SystemExit('this code must not run')\n",
        "ruff.py": "raise SystemExit('this code must not run')\n",
    }
    told = {one.rule for one in analysed("static", files).found if one.path == "a.py"}
    assert {"ruff:B006", "ruff:F821"} <= told


def test_an_import_that_is_asked_for_and_what_a_package_offers_are_not_unused() -> None:
    code = "try:\n    import readline\nexcept ImportError:\n    pass\n"
    assert "ruff:F401" not in rules("static", code)
    assert "ruff:F401" not in rules("static", "from os import path\n", "pkg/__init__.py")


def test_a_secret_is_found_in_any_language_and_never_told() -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    paths = ("a.py", "config.yaml", "main.go", "notes.md")
    told = analysed("secrets", dict.fromkeys(paths, f'token: "{secret}"\n'))
    for path in paths:
        assert {one.rule for one in told.found if one.path == path} & {"secrets:SE102", "secrets:SE103"}
    assert secret not in str(told.to_json())


NO_SECRETS = [
    'password = ""', 'password = "changeme"', "password = os.environ['PASSWORD']", 'password = "<your password>"',
    'token = get_token("name")', 'secret_name = "database-password"', 'PASSWORD_FIELD = "password"',
]  # fmt: skip
MASKS = ["***", "••••••", "xxxx", "<redacted>", "[masked]"]


def masked(value: str) -> str:
    """Code that shows passwords as they are shown."""
    return f'SHOWN = {{"password": "{value}", "token": "{value}"}}\nf(password="{value}")\n'


@pytest.mark.parametrize("line", NO_SECRETS)
def test_what_only_speaks_of_secrets_is_left_alone(line: str) -> None:
    assert rules_of_each("secrets", tuple(f"{one}\n" for one in NO_SECRETS))[f"{line}\n"] == set()


@pytest.mark.parametrize("value", MASKS)
def test_a_value_that_is_masked_already_is_no_password(value: str) -> None:
    codes = tuple(masked(one) for one in MASKS)
    told = {rule for family in ("security", "secrets") for rule in rules_of_each(family, codes)[masked(value)]}
    assert {rule for rule in told if "B10" in rule or "SE" in rule} == set()


def test_a_password_beside_a_masked_one_is_still_found() -> None:
    code = 'SHOWN = {"password": "***", "secret": "hunter2horse9"}\n'
    assert "bandit:B105" in rules("security", code)


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        ('KEY = "abc123def"', "abc123def"),
        ("password: hunter2hunter2", "hunter2hunter2"),
        ("url = postgres://me:s3cr3t@db/x", "s3cr3t"),
        ("AKIAYD3K6QNTZ5W7LPXM", "AKIAYD3K6QNTZ5W7LPXM"),
        ("x = f('a', key='b1-c2')", "b1-c2"),
    ],
)
def test_a_line_with_a_secret_is_shown_without_it(line: str, gone: str) -> None:
    assert gone not in mask(line)


SIMPLE = [
    ("a.js", "<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> topic\n", "text:TX101"),
    ("a.ts", "  debugger;\n", "text:TX102"),
    ("a.rb", "binding.pry\n", "text:TX102"),
    ("a.go", "// TODO: later\n", "text:TX103"),
    ("a.c", "if (x) { /* \u202e } \u2066 */\n", "text:TX104"),
    ("a.ts", "// @ts-ignore\n", "text:TX105"),
    ("a.js", "console.log(x)\n", "text:TX107"),
]


@pytest.mark.parametrize(("path", "code", "rule"), SIMPLE)
def test_simple_rules_hold_in_any_language(path: str, code: str, rule: str, simply: Mapping[str, Set[str]]) -> None:
    assert rule in simply[code]


@pytest.fixture(scope="module")
def simply() -> Mapping[str, Set[str]]:
    """What is found in all of that code, which is looked at once."""
    files = {f"c{number}/{path}": code for number, (path, code, _) in enumerate(SIMPLE)}
    told = analysed("text", files).found
    return {code: {one.rule for one in told if one.path == path} for path, code in files.items()}


def test_code_without_a_changed_test_is_a_remark_and_with_one_it_is_none() -> None:
    code = "".join(f"+x{n} = {n}\n" for n in range(6))
    patch = f"--- /dev/null\n+++ b/a.py\n@@ -0,0 +1,6 @@\n{code}"
    test = "--- /dev/null\n+++ b/tests/test_a.py\n@@ -0,0 +1 @@\n+import a\n"
    assert [one.rule for one in analysed("tests", {"c.patch": patch}).found] == ["tests:TE101"]
    assert analysed("tests", {"c.patch": patch + test}).found == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_code_ends_every_family_with_words(family: str) -> None:
    told = Analyser(family, changed(HOSTILE)).run()
    assert all(one.rule in rule_book().rules for one in told.found)
    assert all(one.line >= 1 for one in told.found)


def test_a_file_that_is_not_python_is_said_and_a_newer_python_is_not_called_wrong() -> None:
    told = analysed("static", HOSTILE)
    wrong = {one.path for one in told.found if one.rule == "ruff:invalid-syntax"}
    assert "old.py" in wrong
    assert "new.py" not in wrong


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "tests"])
def test_an_analysis_without_an_end_is_said_and_finds_nothing(family: str) -> None:
    told = Analyser(family, changed({"a.py": "x = 1\n"}), Allowance(answer_bytes=1)).run()
    assert told.missing
    assert told.found == ()
    assert told.files == ()


def test_an_analysis_that_is_ended_from_outside_comes_back_without_findings() -> None:
    analyser = Analyser("security", changed({"a.py": "".join(f"x{n} = eval('{n}')\n" for n in range(40_000))}))
    Timer(0.5, analyser.kill).start()
    told = analyser.run()
    assert (told.found, told.files) == ((), ())
    assert told.missing


def test_without_ruff_the_rest_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changes = changed({"a.py": "def f(x):\n    return x[len(x)]\n"})
    monkeypatch.setattr(sysconfig, "get_path", lambda *_: str(tmp_path / "a" / "b" / "c"))
    told = Analyser("static", changes).run()
    assert "ruff is not installed" in told.missing[0]
    assert {one.rule for one in told.found} == {"house:FO104"}


def test_every_rule_of_the_book_can_be_read_and_has_a_fair_precision() -> None:
    book = rule_book()
    assert book.source
    assert all(0 < rule.precision < 1 and rule.severity in Severity for rule in book.rules.values())
    assert {rule.scope for rule in book.rules.values()} == {"line", "file", "project"}


def test_more_findings_than_anyone_reads_are_counted_and_the_gravest_are_kept() -> None:
    grave = "    x += undefined_name\n"
    told = analysed("static", {"a.py": "def f(x):\n" + "    f'x'\n" * 2_500 + grave})
    assert len(told.found) == FOUND_MAX
    assert ("ruff:F821", 2_502) in {(one.rule, one.line) for one in told.found}
    assert any("findings, the least grave, were left out" in one for one in told.missing)


def test_names_made_at_run_time_are_looked_for_once_in_a_file_however_much_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[str] = []

    class Counting:
        def search(self, text: str) -> None:
            searched.append(text)

    monkeypatch.setattr(ruff, "_NAMES_AT_RUN_TIME", Counting())
    told = analysed("static", {"a.py": "x = undefined_name\n" * 300})
    assert len(told.found) == 300
    assert len(searched) == 1


def test_files_of_which_only_hunks_are_known_are_said_in_one_sentence() -> None:
    hunk = "--- a/{0}.py\n+++ b/{0}.py\n@@ -5,1 +5,2 @@\n x = 1\n+y = 2\n"
    patch = "".join(hunk.format(name) for name in "abcdefg")
    for family in ("dead_code", "complexity"):
        assert analysed(family, {"c.patch": patch}).missing == (
            "only hunks are known of a.py, b.py, c.py, d.py, e.py and 2 more",
        )
