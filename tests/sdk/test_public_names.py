"""The public names are exactly those that are listed, they all work, and importing them late costs nothing."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import futurone

PACKAGE = Path(futurone.__file__).parent
ROOT = Path(__file__).resolve().parents[2]


def loaded_by(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", futurone.__all__)
def test_every_listed_name_is_there(name: str) -> None:
    assert getattr(futurone, name) is not None


def test_the_names_a_type_checker_sees_are_the_names_that_are_listed() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    (checking,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        (node.module, name.name) for node in checking.body if isinstance(node, ast.ImportFrom) for name in node.names
    }
    assert {name for _, name in seen} | {"__version__"} == set(futurone.__all__)
    assert {(f"futurone.{home}", name) for name, home in futurone._HOME_OF.items()} == seen


def test_every_exception_and_every_resource_is_public() -> None:
    from futurone import _errors, _models

    exceptions = {
        name for name, value in vars(_errors).items() if isinstance(value, type) and issubclass(value, Exception)
    }
    assert exceptions <= set(futurone.__all__)
    assert {"Event", "Page", "VaultFile", "ApiKey", "Whoami"} <= set(futurone.__all__) & set(vars(_models))


def test_an_unknown_name_is_an_attribute_error_and_dir_shows_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="no attribute 'FuturTwo'"):
        _ = futurone.FuturTwo
    assert dir(futurone) == sorted(futurone.__all__)


def test_importing_the_package_loads_neither_http_nor_validation_nor_a_server() -> None:
    loaded = loaded_by("import futurone")
    assert loaded & {"httpx2", "pydantic", "typer", "asyncio"} == set()


def test_the_client_loads_neither_the_command_line_nor_a_server() -> None:
    loaded = loaded_by("from futurone import FuturOne, AsyncFuturOne")
    assert {name.partition(".")[0] for name in loaded} & {"typer", "rich", "futurone_server", "fastapi"} == set()
    assert "futurone.cli" not in loaded


def test_the_version_is_that_of_the_distribution() -> None:
    project = tomllib.loads((ROOT / "sdks/python/pyproject.toml").read_text("utf-8"))["project"]
    assert futurone.__version__ == project["version"]


def test_both_clients_have_the_same_surface() -> None:
    from futurone import _async_runs, _keys, _runs, _vault

    def surface(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert surface(_runs.Runs) == surface(_async_runs.AsyncRuns)
    assert surface(_vault.Vault) == surface(_vault.AsyncVault)
    assert surface(_keys.Keys) == surface(_keys.AsyncKeys)
    assert surface(futurone.FuturOne) - {"close"} == surface(futurone.AsyncFuturOne) - {"aclose"}
