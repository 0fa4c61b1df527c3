"""What has one home stays there: clock, ids, environment, terminal, JSON, the way out, frames, the word on rights."""

import pytest

from architecture.rules.homes import second_opinions, stray_frames, stray_libraries, strays
from architecture.rules.sql import stray_sql
from architecture.sources import expect_none, shipped, snippet

SERVICE = "futurone_server.features.runs.service"


def test_clock_ids_environment_and_terminal_are_named_at_home_only() -> None:
    expect_none(found for source in shipped() for found in strays(source))


def test_there_is_one_json_reader_and_one_way_out() -> None:
    expect_none(found for source in shipped() for found in stray_libraries(source))


def test_one_encoder_writes_the_frames_of_streams() -> None:
    expect_none(found for source in shipped() for found in stray_frames(source))


def test_one_place_decides_what_a_caller_may_do() -> None:
    expect_none(found for source in shipped() for found in second_opinions(source))


def test_sql_is_written_in_stores_only() -> None:
    expect_none(found for source in shipped() for found in stray_sql(source))


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nnow = datetime.now()",
        "import datetime as dt\nnow = dt.datetime.utcnow()",
        "from datetime import date\ntoday = date.today",
        "import time\nstart = time.time()",
        "from time import time as clock\nstart = clock()",
        "from uuid import uuid4\nkey = uuid4()",
        "import os\nport = os.environ['PORT']",
        "from os import getenv\nport = getenv('PORT')",
        "print('ready')",
    ],
)
def test_a_name_outside_its_home_is_reported(text: str) -> None:
    assert list(strays(snippet(SERVICE, text)))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("futurone_server.kit.clock", "from datetime import datetime\nnow = datetime.now()"),
        ("futurone_server.config", "import os\nport = os.environ['PORT']"),
        ("futurone_server.commands.up", "print('ready')"),
        (SERVICE, "import time\nstart = time.monotonic()"),
        (SERVICE, "def create(self):\n    return self.clock.now()"),
    ],
)
def test_a_name_at_home_is_fine(module: str, text: str) -> None:
    assert list(strays(snippet(module, text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "import json",
        "from json import loads",
        "import orjson",
        "import httpx2",
        "import urllib.request",
        "from urllib import request",
        "from http import client",
        "import socket",
    ],
)
def test_a_second_json_reader_or_way_out_is_reported(text: str) -> None:
    assert list(stray_libraries(snippet("futurone_server.pipelines.notify", text)))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("futurone_server.kit.json", "import orjson"),
        ("futurone_server.egress.client", "import httpx2"),
        (SERVICE, "from futurone_server.kit import json"),
        (SERVICE, "from urllib.parse import urlsplit"),
        ("futurone._wire", "import httpx2"),
    ],
)
def test_libraries_at_home_are_fine(module: str, text: str) -> None:
    assert list(stray_libraries(snippet(module, text))) == []


@pytest.mark.parametrize(
    "text",
    ["frame = f'id: {n}\\nevent: {name}\\ndata: {line}\\n\\n'", "head = b'data: '", "end = 'data:\\n\\n'"],
)
def test_a_second_encoder_is_reported(text: str) -> None:
    assert list(stray_frames(snippet("futurone_server.api.events.routes", text)))


def test_the_encoder_itself_and_prose_about_frames_are_fine() -> None:
    assert list(stray_frames(snippet("futurone_server.web.sse", "head = b'data: '"))) == []
    assert list(stray_frames(snippet(SERVICE, '"""Frames:\n\ndata: \n"""\ntext = "the data: a list"'))) == []


@pytest.mark.parametrize(
    "text",
    [
        "def authorize(caller, action): ...",
        "class Caller:\n    def require(self, capability): ...",
        "if capability in caller.capabilities:\n    pass",
        "if 'runs:read' not in self._key.capabilities:\n    pass",
    ],
)
def test_a_second_authorize_is_reported(text: str) -> None:
    assert list(second_opinions(snippet("futurone_server.web.context", text)))


@pytest.mark.parametrize(
    "text",
    [
        "q = 'SELECT id FROM runs'",
        "q = '''\n  select id,\n    status\n  from runs'''",
        "q = f'UPDATE runs SET {column} = 1'",
        "q = 'INSERT INTO runs VALUES (1)'",
        "q = 'delete from runs'",
        "q = 'WITH due AS (SELECT 1) SELECT * FROM due'",
        "q = 'SELECT pg_advisory_lock(1)'",
        "q = 'SET LOCAL ROLE app'",
        "q = 'CREATE TABLE spare (id text)'",
    ],
)
def test_sql_outside_a_store_is_reported(text: str) -> None:
    assert list(stray_sql(snippet(SERVICE, text)))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("futurone_server.features.runs.store", "q = 'SELECT id FROM runs'"),
        ("futurone_server.features.runs.tables", "q = 'CREATE TABLE runs (id text)'"),
        ("futurone_server.store.due", "q = 'SELECT id FROM due'"),
        (SERVICE, "message = 'Select a file from the vault.'"),
        (SERVICE, "message = 'Update the key, then set it again.'"),
        (SERVICE, "'''select id from runs is what the store does'''"),
    ],
)
def test_sql_in_a_store_and_prose_are_fine(module: str, text: str) -> None:
    assert list(stray_sql(snippet(module, text))) == []
