"""Every direct dependency has its reason, and the locks are whole, current, hashed and without addresses."""

from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement

from architecture.rules.dependencies import declared, listed, loose, outdated, pins, unargued, undeclared
from architecture.sources import ROOT, expect_none, is_within, shipped, snippet

LOCKS = ("server", "dev", "pip")
HASH = " \\\n    --hash=sha256:" + "0" * 64 + "\n"


_EXTRA = {"opentelemetry-exporter-otlp-proto-http", "opentelemetry-sdk", "weasyprint"}
"""What only those install who ask for the extra it belongs to."""


def _read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def _packages() -> list[Requirement]:
    return declared(_read("server/pyproject.toml")) + declared(_read("sdks/python/pyproject.toml"))


def _inputs(*names: str) -> list[Requirement]:
    return [one for name in names for one in listed(_read(f"requirements/{name}.in"))]


def test_every_direct_dependency_has_its_reason_and_every_reason_its_dependency() -> None:
    expect_none(unargued(_packages() + _inputs("server", "dev", "pip"), _read("docs/decisions/dependencies.md")))


@pytest.mark.parametrize(("package", "folder"), [("futurone_server", "server"), ("futurone", "sdks/python")])
def test_every_library_that_is_imported_is_asked_for(package: str, folder: str) -> None:
    needed, owners = declared(_read(f"{folder}/pyproject.toml")), packages_distributions()
    sources = (source for source in shipped() if is_within(source.module, package))
    expect_none(found for source in sources for found in undeclared(source, needed, owners))


def test_a_library_that_is_not_asked_for_is_reported() -> None:
    owners = {"yaml": ["PyYAML"], "orjson": ["orjson"]}
    assert list(undeclared(snippet("futurone_server.kit.json", "import yaml"), [Requirement("orjson")], owners))
    assert list(undeclared(snippet("futurone_server.kit.json", "import unknown"), [Requirement("orjson")], owners))
    fine = "import orjson, json, futurone_server.kit"
    assert list(undeclared(snippet("futurone_server.kit.json", fine), [Requirement("orjson")], owners)) == []


def test_the_locks_meet_what_the_packages_ask_for() -> None:
    usual = [one for one in _packages() if one.name not in _EXTRA]
    expect_none(outdated(usual + _inputs("server"), _read("requirements/server.txt")))
    expect_none(outdated(_packages() + _inputs("server", "dev"), _read("requirements/dev.txt")))


def test_the_checks_run_with_the_versions_that_users_get() -> None:
    assert pins(_read("requirements/server.txt")).items() <= pins(_read("requirements/dev.txt")).items()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_hashes_everything(name: str) -> None:
    expect_none(loose(_read(f"requirements/{name}.txt")))


def test_a_dependency_without_a_reason_and_a_reason_without_a_dependency_are_reported() -> None:
    page = "| `orjson` | Fast. |\n| `leftover` | Gone. |\n| `empty` |  |"
    found = list(unargued([Requirement("orjson>=3"), Requirement("httpx2"), Requirement("empty")], page))
    assert [line.split()[0] for line in found[:2]] == ["empty", "httpx2"]
    assert "leftover" in found[2]


@pytest.mark.parametrize("wanted", ["orjson>=4", "httpx2"])
def test_a_requirement_that_the_lock_does_not_meet_is_reported(wanted: str) -> None:
    assert list(outdated([Requirement(wanted)], "orjson==3.13.0" + HASH))
    assert list(outdated([Requirement("orjson>=3")], "orjson==3.13.0 ; sys_platform != 'win32'" + HASH)) == []


@pytest.mark.parametrize(
    "text",
    [
        "orjson==3.13.0\n",
        "--index-url https://example.org/simple\n",
        "orjson @ https://example.org/orjson.whl" + HASH,
        "./server" + HASH,
        "-e server\n",
        "orjson==3.13.0" + HASH + "httpx2==2.0\n",
    ],
)
def test_a_loose_lock_is_reported(text: str) -> None:
    assert list(loose(text))
    assert list(loose("orjson==3.13.0" + HASH + "    # via fastapi\n")) == []
