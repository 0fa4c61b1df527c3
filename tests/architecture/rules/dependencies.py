"""What is depended on directly: declared once, argued for in one line, and locked with hashes and without addresses."""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from architecture.sources import Source, imports

_OURS = {"futurone", "futurone-server"}
_ROW = re.compile(r"^\| `([\w.-]+)` \| (.*?) \|$", re.MULTILINE)
_PIN = re.compile(r"^([\w.-]+)==(\S+?)(?: ; .+?)? \\$", re.MULTILINE)
_ADDRESS = re.compile(r"://|file:|^-|^--(?!hash)|^[./]", re.MULTILINE)


def declared(pyproject: str) -> list[Requirement]:
    """Everything a package asks for, extras included, but not what this repository makes itself."""
    project = tomllib.loads(pyproject)["project"]
    texts = list(project.get("dependencies", []))
    texts += [text for extra in project.get("optional-dependencies", {}).values() for text in extra]
    return [one for one in map(Requirement, texts) if canonicalize_name(one.name) not in _OURS]


def listed(inputs: str) -> list[Requirement]:
    """The requirements in a file of inputs."""
    lines = (line.partition("#")[0].strip() for line in inputs.splitlines())
    return [Requirement(line) for line in lines if line]


def argued(page: str) -> Mapping[str, str]:
    """The table of reasons: package → reason."""
    return {str(canonicalize_name(name)): reason for name, reason in _ROW.findall(page)}


def unargued(needed: list[Requirement], page: str) -> Iterator[str]:
    """Dependencies without a reason, and reasons without a dependency."""
    reasons = argued(page)
    names = {str(canonicalize_name(one.name)) for one in needed}
    for name in sorted(names - {name for name, reason in reasons.items() if reason.strip()}):
        yield f"{name} has no reason in dependencies.md"
    for name in sorted(set(reasons) - names):
        yield f"dependencies.md argues for {name}, which nothing asks for"


def undeclared(source: Source, needed: list[Requirement], owners: Mapping[str, list[str]]) -> Iterator[str]:
    """Imports of a library that the package does not ask for itself; ``owners`` says who installs an import name."""
    names = {str(canonicalize_name(one.name)) for one in needed} | _OURS
    for node, module, _ in imports(source):
        top = module.partition(".")[0]
        distributions = {str(canonicalize_name(owner)) for owner in owners.get(top, [top])}
        if top not in sys.stdlib_module_names and not distributions & names:
            yield source.finding(node, f"imports {top}, which its pyproject.toml does not ask for")


def pins(lock: str) -> Mapping[str, str]:
    """The versions in a lock."""
    return {str(canonicalize_name(name)): version for name, version in _PIN.findall(lock)}


def outdated(needed: list[Requirement], lock: str) -> Iterator[str]:
    """Requirements that the lock does not meet."""
    locked = pins(lock)
    for one in needed:
        version = locked.get(str(canonicalize_name(one.name)))
        if version is None:
            yield f"{one} is not locked; run make lock"
        elif not one.specifier.contains(version, prereleases=True):
            yield f"{one} is locked at {version}; run make lock"


def loose(lock: str) -> Iterator[str]:
    """Lines of a lock that name an address or an option, and pins without a hash."""
    for found in _ADDRESS.finditer(lock):
        yield f"names an address or an option at character {found.start()}: {lock[found.start() :].splitlines()[0]}"
    for entry in re.split(r"\n(?=[\w.-]+==)", lock):
        if "==" in entry and "--hash=sha256:" not in entry:
            yield f"has no hash for {entry.splitlines()[0]}"
