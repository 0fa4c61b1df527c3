"""Files and functions are short, named for what they are, say what they are, and packages show what they list."""

import pytest

from architecture.rules import shape
from architecture.sources import Source, everything, expect_none, shipped, snippet

FUNCTION = "def f():\n" + "    x = 1\n" * 50


def _package(text: str) -> Source:
    return snippet("futurone_server.features.runs", text, path="features/runs/__init__.py")


def test_every_file_can_be_read_in_one_go() -> None:
    expect_none(found for source in everything() for found in shape.long_files(source))


def test_every_function_fits_on_a_screen() -> None:
    expect_none(found for source in everything() for found in shape.long_functions(source))


def test_every_module_says_in_one_sentence_what_it_is() -> None:
    expect_none(found for source in everything() for found in shape.silent_modules(source))


def test_nothing_is_called_utils() -> None:
    expect_none(found for source in shipped() for found in shape.drawers(source))


def test_packages_show_what_they_list() -> None:
    expect_none(found for source in shipped() for found in shape.unlisted_members(source))


def test_every_folder_of_modules_is_a_package() -> None:
    expect_none(shape.hidden_folders(shipped()))


def test_types_are_silenced_with_a_code_and_a_reason() -> None:
    expect_none(found for source in everything() for found in shape.bare_exemptions(source))


def test_a_file_of_301_lines_is_reported_and_one_of_300_is_not() -> None:
    assert list(shape.long_files(snippet("a", "x = 1\n" * 301)))
    assert list(shape.long_files(snippet("a", "x = 1\n" * 300))) == []


def test_a_function_of_51_lines_is_reported_and_one_of_50_is_not() -> None:
    assert list(shape.long_functions(snippet("a", FUNCTION)))
    assert list(shape.long_functions(snippet("a", "class A:\n    async " + FUNCTION.replace("\n", "\n    "))))
    assert list(shape.long_functions(snippet("a", FUNCTION.replace("    x = 1\n", "", 1)))) == []


@pytest.mark.parametrize("text", ["x = 1", '"""No full stop"""', f'"""{"long " * 30}."""', '"""\nBelow."""'])
def test_a_module_that_does_not_say_what_it_is_is_reported(text: str) -> None:
    assert list(shape.silent_modules(snippet("a", text)))


def test_one_sentence_is_enough() -> None:
    assert list(shape.silent_modules(snippet("a", '"""What it is: a sentence."""'))) == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("futurone_server.utils", ""),
        ("futurone_server.api.runs.helpers", ""),
        ("futurone._common", ""),
        ("futurone_server.engine.dbos", "class RunManager: ..."),
        ("futurone_server.engine.dbos", "def handle_event(): ..."),
    ],
)
def test_a_drawer_is_reported(module: str, text: str) -> None:
    assert list(shape.drawers(snippet(module, text)))


@pytest.mark.parametrize(
    "text",
    [
        "from futurone_server.features.runs.types import Run",
        "from futurone_server.features.runs.types import Run\n__all__ = []",
        "__all__ = ['Run']",
    ],
)
def test_a_package_that_shows_what_it_does_not_list_is_reported(text: str) -> None:
    assert list(shape.unlisted_members(_package(text)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "from futurone_server.features.runs.types import Run\n__all__ = ['Run']",
        "from futurone_server.kit.ids import new_id",
        "__all__ = ['VERSION', 'run']\nVERSION = '1'\ndef run(): ...",
    ],
)
def test_a_package_that_lists_what_it_shows_is_fine(text: str) -> None:
    assert list(shape.unlisted_members(_package(text))) == []


def test_a_folder_that_is_no_package_is_reported() -> None:
    assert list(shape.hidden_folders([_package(""), snippet("futurone_server.features.runs.parts.one", "")]))
    assert list(shape.hidden_folders([snippet("futurone", "", path="futurone/__init__.py")])) == []


@pytest.mark.parametrize("comment", ["type: " + "ignore", "type: " + "ignore[arg-type]"])
def test_a_type_silenced_without_a_reason_is_reported(comment: str) -> None:
    assert list(shape.bare_exemptions(snippet("a", f"x = f()  # {comment}")))
    assert (
        list(shape.bare_exemptions(snippet("a", "x = f()  # type: " + "ignore[arg-type] - the driver says Any"))) == []
    )
