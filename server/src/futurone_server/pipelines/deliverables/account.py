"""The account of where a deliverable comes from, as an exported file carries it."""

from collections.abc import Mapping
from html import escape
from typing import Any

from futurone_server.kit import json

NAME = "futurone-provenance"
"""The name of the member of a file's metadata that holds the provenance as JSON, as the API shows it."""

_MADE = {
    "model": "Written with a language model",
    "deterministic": "Made by rules over the sources, without a language model",
    "scripted": "Made by a script in test mode",
}


def maker(provenance: Mapping[str, Any]) -> str:
    """The program that made it."""
    return f"FuturOne {provenance['version'] or ''}".rstrip()


def told(provenance: Mapping[str, Any]) -> str:
    """What made it, in one short sentence."""
    made = _MADE.get(str(provenance["engine"]), "Made by FuturOne")
    models = f" ({', '.join(provenance['models'])})" if provenance["models"] else ""
    rubric = provenance["rubric"]
    verified = f" Verified by the rubric {rubric['id']}, version {rubric['version']}." if rubric else " Not verified."
    return f"{made}{models}. Sources: {len(provenance['sources'] or ())}.{verified}"


def as_text(provenance: Mapping[str, Any]) -> str:
    """The whole provenance as JSON."""
    return json.dump(provenance).decode()


def put_into_page(page: str, provenance: Mapping[str, Any]) -> str:
    """A page with the account in its head."""
    members = {"generator": maker(provenance), "description": told(provenance), NAME: as_text(provenance)}
    lines = "".join(f'<meta name="{name}" content="{escape(value)}">\n' for name, value in members.items())
    head, end, rest = page.partition("</head>")
    return f"{head}{lines}{end}{rest}"
