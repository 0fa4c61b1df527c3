"""Opening the house: settings, data directory, root key, database and schema, then all parts put together."""

import fcntl
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from futurone_server.config import Config, SettingError, load
from futurone_server.kit.clock import SystemClock
from futurone_server.kit.logs import configure
from futurone_server.store import rootkey
from futurone_server.store.embedded import ClusterError, EmbeddedPostgres


class CannotStartError(Exception):
    """The server cannot start; the message says why and what to do. ``code`` is what the command then exits with."""

    code = 1


class WrongSettingError(CannotStartError):
    """A flag or a variable asks for what cannot be; the message says what would be right."""

    code = 2


def say(line: str) -> None:
    """A line for people, on standard error: standard output is for data."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def settings(**flags: object) -> Config:
    """The settings from environment and flags. Raises WrongSettingError.

    Also forbids core dumps: one would hold keys and content in the clear.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        config = load(flags)
    except SettingError as error:
        raise WrongSettingError(str(error)) from error
    configure(config.log)
    return config


@contextmanager
def occupied(data_dir: Path) -> Iterator[None]:
    """Hold the data directory for this process. Raises CannotStartError when another server has it."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data_dir / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStartError(f"The data directory {data_dir} cannot be used: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(descriptor, 100).decode(errors="replace").strip()
        os.close(descriptor)
        raise CannotStartError(
            f"A server already runs on {data_dir} ({holder or 'unknown process'})."
            " Use it, stop it first, or choose another directory with --data-dir."
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"pid {os.getpid()}\n".encode())
    try:
        yield
    finally:
        os.close(descriptor)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a server stands on: where its database is, and its root key."""

    url: str
    role: str | None
    root_key: bytes
    embedded: EmbeddedPostgres | None


def prepare(config: Config) -> Ground:
    """Start the embedded database if need be, bring the schema up to date. Blocking. Raises CannotStartError."""
    try:
        root_key = rootkey.load_or_make(config.data_dir)
        embedded = None if config.database_url else EmbeddedPostgres(config.data_dir)
        url = config.database_url or "" if embedded is None else embedded.start().url()
    except (rootkey.RootKeyError, ClusterError) as error:
        raise CannotStartError(str(error)) from error
    return Ground(
        url=url, role=_up_to_date(url, config.data_dir if embedded else None), root_key=root_key, embedded=embedded
    )


@contextmanager
def visited(config: Config) -> Iterator[Ground]:
    """What a server stands on, for those who only look: nothing is made or upgraded, and no server is disturbed.

    An embedded database that slept sleeps again afterwards. Blocking. Raises CannotStartError.
    """
    if not rootkey.path_in(config.data_dir).exists() and not rootkey.is_lost(config.data_dir):
        raise CannotStartError(f"{config.data_dir} holds no server. Name the server's directory with --data-dir.")
    embedded = None if config.database_url else EmbeddedPostgres(config.data_dir)
    if embedded is not None and not (config.data_dir / "postgres" / "PG_VERSION").exists():
        raise CannotStartError(f"{config.data_dir} holds no database. Name the server's directory with --data-dir.")
    try:
        root_key = rootkey.load_or_make(config.data_dir)
        was_running = embedded is None or embedded.is_running()
        url = config.database_url or "" if embedded is None else embedded.start(as_found=True).url()
    except (rootkey.RootKeyError, ClusterError) as error:
        raise CannotStartError(str(error)) from error
    try:
        yield Ground(url=url, role=_role_as_it_is(url), root_key=root_key, embedded=embedded)
    finally:
        if embedded is not None and not was_running:
            embedded.stop()


def _role_as_it_is(url: str) -> str | None:
    # The database's libraries are loaded while the database starts.
    from futurone_server.migrations.current import revision, role_if_current  # noqa: PLC0415

    is_current, role = role_if_current(url)
    if is_current:
        return role
    from futurone_server.migrations.upgrade import CannotUpgradeError, check  # noqa: PLC0415 - Alembic, when needed

    try:
        check(url)
    except CannotUpgradeError as error:
        raise CannotStartError(f"The database cannot be used: {error}.") from error
    raise CannotStartError(
        f"The database is at the schema of another version ({revision(url) or 'none'}). Look with the"
        " version that serves it, or upgrade it first: start this version on it with `futurone up`."
    )


def _up_to_date(url: str, data_dir: Path | None) -> str | None:
    # The database's libraries are loaded while the database starts.
    from futurone_server.migrations.current import role_if_current  # noqa: PLC0415

    is_current, role = role_if_current(url)
    if is_current:
        return role
    from futurone_server.migrations.upgrade import CannotUpgradeError, upgrade  # noqa: PLC0415 - Alembic, when needed

    if data_dir is not None:
        _back_up(url, data_dir)
    try:
        return upgrade(url)
    except CannotUpgradeError as error:
        raise CannotStartError(f"The database cannot be used: {error}. Check FUTURONE_DATABASE_URL.") from error


def _back_up(url: str, data_dir: Path) -> None:
    """Copy an embedded database before its schema changes, if there is anything in it. Raises CannotStartError."""
    from futurone_server.migrations.current import revision  # noqa: PLC0415 - the database's libraries
    from futurone_server.store.database import plain_url  # noqa: PLC0415 - likewise
    from futurone_server.store.dumps import DumpError  # noqa: PLC0415 - likewise
    from futurone_server.store.precautions import copy_before_upgrade  # noqa: PLC0415 - likewise

    now = revision(url)
    if now is None:
        return
    try:
        file = copy_before_upgrade(plain_url(url), data_dir, now, at=CLOCK.now())
    except DumpError as error:
        raise CannotStartError(
            f"The schema has to be upgraded, and the backup before that failed: {error} Nothing was changed."
        ) from error
    say(f"The schema is upgraded. The database as it was until now is in {file}.")


CLOCK = SystemClock()
