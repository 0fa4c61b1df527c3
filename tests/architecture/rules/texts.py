"""What no file under version control may hold: a folder of somebody's machine, or the address of a package index."""

import re
from collections.abc import Iterator

_FOLDERS = re.compile(
    r"""(?<![\w.:/~$}\])-])(
      /(home|Users|root|work|workspace|builds|mnt)/\.?\w[\w./-]*  # somebody's own
    | /(tmp|opt|srv)/(?!futurone)\w[\w.-]*/[\w./-]+             # something inside a shared one, unless it is ours
    | [A-Z]:\\Users\\\w+
    )""",
    re.VERBOSE,
)
_NAMES = ("pypi", "pythonhosted", "npmjs", "yarnpkg", "ghcr", "anaconda")
_HOSTS = re.compile(rf"\b(?:[\w-]+\.)*(?:{'|'.join(_NAMES)})\.(?:org|com|io)\b")


def machine_paths(path: str, text: str) -> Iterator[str]:
    """Absolute paths that mean something on one machine only."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in _FOLDERS.finditer(line):
            yield f"{path}:{number}: names {found.group()}, a folder of one machine"


def index_hosts(path: str, text: str) -> Iterator[str]:
    """Hosts of package indexes: which one is used is the business of who installs."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in _HOSTS.finditer(line):
            yield f"{path}:{number}: names {found.group()}, the host of a package index"
