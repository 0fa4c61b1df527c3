"""``client.json`` in the data directory: where the server is, and the owner's key, for the command on this machine.

It lies beside the root key, readable by the server's user alone; who can read it could read that key too. Delete it to
have the owner's key nowhere but where you keep it.
"""

import os
from pathlib import Path

from futurone_server.kit import json


def write(data_dir: Path, url: str, key: str | None) -> None:
    """Write the file on the first start, when the key is known; later only its address is kept up to date."""
    path = data_dir / "client.json"
    if key is None:
        key = _known(path, "key")
    if key is None:
        return
    draft = path.with_suffix(f".{os.getpid()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dump({"url": url, "key": key}))
    draft.replace(path)


def known_url(data_dir: Path) -> str | None:
    """Where the server was when it last started, if the file says so."""
    return _known(data_dir / "client.json", "url")


def _known(path: Path, name: str) -> str | None:
    try:
        found = json.load(path.read_bytes())
    except (OSError, ValueError):
        return None
    return str(found[name]) if isinstance(found, dict) and name in found else None
