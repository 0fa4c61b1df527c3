"""What libraries log is reduced to who, where and which class of error, however talkative they are made."""

import logging

import pytest
from dbos import _logger as durable

from models.conftest import Make
from telemetry.collected import Collected
from telemetry.logged import TALKATIVE, heard
from telemetry.marked import BREAKS, MARKS, SAID
from telemetry.test_asking import asked

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("library", TALKATIVE)
def test_a_line_of_a_library_is_heard_without_its_words(library: str) -> None:
    with heard() as said:
        try:
            raise LookupError(SAID["failure"])
        except LookupError:
            logging.getLogger(library).exception("could not do it: %s", SAID["prompt"])
        logging.getLogger(library).debug("a detail: %s", SAID["prompt"])
    assert said.getvalue().startswith(f"library={library} level=error error=LookupError at=test_logs:")
    assert said.getvalue().count("\n") == 1
    assert [mark for mark in MARKS if mark in said.getvalue()] == []


async def test_what_libraries_say_for_themselves_would_be_heard_and_found(make: Make, collected: Collected) -> None:
    with heard(is_bare=True) as said:
        await asked(collected, make, "openai", "tools", "dead", tools=(BREAKS,))
        logging.getLogger("openai").debug("a detail: %s", SAID["prompt"])
    assert "DEBUG:openai." in said.getvalue()
    assert SAID["prompt"] in said.getvalue()


def test_a_library_that_brings_its_own_handler_is_made_to_use_ours() -> None:
    with heard() as said:
        durable.init_logger()
        assert [type(handler.formatter).__name__ for handler in logging.getLogger("dbos").handlers] == ["_ContentFree"]
        logging.getLogger("dbos").error("could not serialise %s", SAID["result"])
    assert said.getvalue().count("\n") == 1
    assert SAID["result"] not in said.getvalue()
