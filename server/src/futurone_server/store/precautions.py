"""The precaution before an upgrade: a copy of an embedded database, made before its schema changes."""

from datetime import datetime
from pathlib import Path

from futurone_server.store.dumps import DumpError, dump

_KEPT = 3


def copy_before_upgrade(url: str, data_dir: Path, revision: str, *, at: datetime) -> Path:
    """Write ``backups/<time>-<revision>.dump`` into a data directory and keep the last three there. Blocking.

    Raises DumpError: then the schema must be left alone.
    """
    folder = data_dir / "backups"
    file = folder / f"{at:%Y%m%dT%H%M%SZ}-{revision}.dump"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        dump(url, file)
        for old in sorted(folder.glob("*.dump"))[:-_KEPT]:
            old.unlink()
    except OSError as error:
        raise DumpError(f"{folder}: {error.strerror}.") from error
    return file
