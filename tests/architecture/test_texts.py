"""No file under version control names a folder of somebody's machine or the host of a package index."""

import pytest

from architecture.rules.texts import index_hosts, machine_paths
from architecture.sources import ROOT, expect_none, tracked


def _texts() -> list[tuple[str, str]]:
    return [(path, (ROOT / path).read_text("utf-8", errors="replace")) for path in tracked()]


def test_no_file_names_a_folder_of_one_machine() -> None:
    expect_none(found for path, text in _texts() for found in machine_paths(path, text))


def test_no_file_names_a_package_index() -> None:
    expect_none(found for path, text in _texts() for found in index_hosts(path, text))


@pytest.mark.parametrize(
    "path", ["/home/" + "ada/notes.md", "/work" + "/main", "/tmp/" + "lab/v", "/Users/" + "ada", "/root/" + ".cache"]
)
def test_a_folder_of_one_machine_is_reported(path: str) -> None:
    assert list(machine_paths("README.md", f"see {path} for more"))
    assert list(machine_paths("README.md", f"`{path}`"))


@pytest.mark.parametrize(
    "path", ["/v1/work/items", "docs/home/start.md", "/tmp/futurone", "https://example.org/home/x", "/etc/passwd"]
)
def test_paths_that_mean_the_same_everywhere_are_fine(path: str) -> None:
    assert list(machine_paths("README.md", f"see {path} for more")) == []


@pytest.mark.parametrize("name", ["pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org"])
def test_the_host_of_an_index_is_reported(name: str) -> None:
    assert list(index_hosts("requirements/server.txt", f"--index-url https://{name}/simple"))
