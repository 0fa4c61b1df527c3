"""The pages that set-up links and invitations open: what they ask for, where it goes, and what they may not do."""

import base64
import hashlib
import re

import pytest

from contract.document import Document
from house import Caller

PAGES = {"/setup": "/v1/session/setup", "/invite": "/v1/invitations/accept"}


def source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("path", PAGES)
def test_the_form_asks_for_what_the_request_takes(path: str, document: Document, stranger: Caller) -> None:
    page = stranger.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    (to,) = re.findall(r'data-to="([^"]+)"', page.text)
    assert to == PAGES[path]
    body = document.root["paths"][to]["post"]["requestBody"]["content"]["application/json"]["schema"]
    asked = document.resolved(body)
    fields = {name: "required" in rest for name, rest in re.findall(r'<input id="\w+" name="(\w+)"([^>]*)>', page.text)}
    assert {*fields, "token"} == set(asked["properties"])
    assert {name for name, needed in fields.items() if needed} | {"token"} == set(asked["required"])
    assert set(re.findall(r'<label for="(\w+)"', page.text)) == set(fields)


@pytest.mark.parametrize("path", PAGES)
def test_only_what_stands_in_the_page_runs_and_it_asks_only_this_server(path: str, stranger: Caller) -> None:
    page = stranger.get(path)
    policy = page.headers["content-security-policy"].split("; ")
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert f"style-src {source(style)}" in policy
    assert f"script-src {source(script)}" in policy
    assert {"default-src 'none'", "connect-src 'self'", "form-action 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert page.headers["referrer-policy"] == "no-referrer"
    assert not re.findall(r"""\b(?:src|action|on\w+|style)=['"]|innerHTML|//[a-z]""", page.text)
