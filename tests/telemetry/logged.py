"""Everything that is logged, with every library's own switch for more turned on."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from futurone_server.kit.logs import configure

TALKATIVE = ("openai", "anthropic", "httpx2", "httpcore2", "google_genai", "google.genai", "pydantic_ai", "dbos")


@contextmanager
def heard(*, is_bare: bool = False) -> Iterator[io.StringIO]:
    """The log at its lowest level; ``is_bare`` is the bug of letting libraries format their own lines."""
    said = io.StringIO()
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", said)
        configure("debug")
        if is_bare:
            logging.basicConfig(level=logging.DEBUG, stream=said, force=True)
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
        try:
            yield said
        finally:
            for logger, level, handlers, propagates in before:
                logger.setLevel(level)
                logger.handlers[:], logger.propagate = handlers, propagates
