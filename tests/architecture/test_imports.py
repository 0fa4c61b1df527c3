"""Imports are at the top, rooms are entered through their front doors, and exceptions are argued for."""

import pytest

from architecture.exceptions import LATE_IMPORTS
from architecture.rules.imports import hidden_imports, idle_allowances, side_doors
from architecture.sources import expect_none, shipped, snippet

MODULES = {
    "futurone_server.features.runs",
    "futurone_server.features.runs.store",
    "futurone_server.features.runs.rules",
}


def test_no_import_hides_inside_a_function() -> None:
    expect_none(found for source in shipped() for found in hidden_imports(source, LATE_IMPORTS))


def test_every_exception_for_a_late_import_is_still_needed() -> None:
    expect_none(idle_allowances(shipped(), LATE_IMPORTS))


def test_rooms_are_entered_through_their_front_doors() -> None:
    modules = {source.module for source in shipped()}
    expect_none(found for source in shipped() for found in side_doors(source, modules))


@pytest.mark.parametrize(
    "text",
    [
        "def load():\n    import numpy",
        "async def load():\n    from numpy import array",
        "class A:\n    def load(self):\n        def inner():\n            import numpy",
        "import importlib\nimportlib.import_module('numpy')",
        "from importlib import import_module as load\nload('numpy')",
        "__import__('numpy')",
    ],
)
def test_a_hidden_import_is_reported(text: str) -> None:
    assert list(hidden_imports(snippet("futurone_server.tools.ranking", text), {}))


def test_a_hidden_import_with_a_reason_is_allowed() -> None:
    source = snippet("futurone_server.tools.ranking", "def load():\n    import numpy")
    assert list(hidden_imports(source, {("futurone_server.tools.ranking", "numpy"): "heavy"})) == []


def test_an_exception_that_nothing_uses_is_reported() -> None:
    assert list(idle_allowances([snippet("futurone_server.tools.ranking", "import numpy")], {("x", "numpy"): "heavy"}))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("futurone_server.api.runs.routes", "from futurone_server.features.runs.store import get"),
        ("futurone_server.api.runs.routes", "from futurone_server.features.runs import store"),
        ("futurone_server.api.runs.routes", "import futurone_server.features.runs.service"),
        ("futurone_server.features.chats.service", "from futurone_server.features.runs.types import Run"),
        ("futurone_server.main", "from futurone_server.features.runs.service import RunService"),
        ("futurone_server.main", "from futurone_server.features.runs.tables import runs"),
    ],
)
def test_a_side_door_is_reported(module: str, text: str) -> None:
    assert list(side_doors(snippet(module, text), MODULES))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("futurone_server.api.runs.routes", "from futurone_server.features.runs import Run, RunService"),
        ("futurone_server.api.runs.routes", "from futurone_server.features.runs.rules import check_order"),
        ("futurone_server.api.runs.routes", "from futurone_server.features.runs import rules"),
        ("futurone_server.features.runs.service", "from futurone_server.features.runs import store"),
        ("futurone_server.migrations.env", "from futurone_server.features.runs.tables import runs"),
    ],
)
def test_the_front_door_the_rules_and_ones_own_room_are_open(module: str, text: str) -> None:
    assert list(side_doors(snippet(module, text), MODULES)) == []
