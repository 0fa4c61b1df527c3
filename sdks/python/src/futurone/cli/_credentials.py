"""The URL and key that a local server left for its owner's command line."""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from futurone._settings import normalise_base_url, read_environment
from futurone.cli._output import warn

_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Where to go and with what key; either may be unknown."""

    base_url: str | None
    api_key: str | None = field(repr=False)


def find_credentials(base_url: str | None, api_key: str | None) -> Credentials:
    """What was given or is in the environment; without any key, those of the local server's file.

    The file's key goes only to the file's URL.
    """
    environment = read_environment()
    base_url = base_url or environment.get("FUTURONE_BASE_URL")
    api_key = api_key or environment.get("FUTURONE_API_KEY")
    if api_key:
        return Credentials(base_url=base_url, api_key=api_key)
    left = read_file(client_file())
    if left is None or (base_url and left.base_url != normalise_base_url(base_url)):
        return Credentials(base_url=base_url, api_key=None)
    return left


def client_file() -> Path:
    """Where a local server leaves its URL and key: in its data directory."""
    data_dir = read_environment().get("FUTURONE_DATA_DIR")
    return (Path(data_dir) if data_dir else Path.home() / ".futurone") / "client.json"


def read_file(path: Path) -> Credentials | None:
    """The credentials in a file that is this user's alone; None, with a word why, for any other."""
    try:
        content = _read_private(path)
        values = json.loads(content)
        return Credentials(base_url=normalise_base_url(values["url"]), api_key=str(values["key"]))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        warn(f"{path} is not used: {error}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        warn(f"{path} is not used: it does not hold a url and a key")
    return None


def _read_private(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise PermissionError("it is not a plain file")
        if hasattr(os, "geteuid"):
            if status.st_uid != os.geteuid():
                raise PermissionError("it belongs to someone else")
            if status.st_mode & 0o077:
                raise PermissionError("others can read it; chmod 600 makes it private")
        return file.read(_BYTES_MAX)
