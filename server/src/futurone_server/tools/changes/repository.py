"""A Git repository read from bytes: which commits are reviewed, and what they changed. No program, no configuration."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from futurone_server.tools.changes.objects import BadObjectError, Objects

_LOOSE = re.compile(r"objects/([0-9a-f]{2})/([0-9a-f]{38})")
_PACK = re.compile(r"(objects/pack/pack-[0-9a-f]{40})\.(pack|idx)")
_NAME = re.compile(r"[0-9a-f]{40}")
_MAINS = (
    "refs/heads/main", "refs/heads/master", "refs/heads/trunk",
    "refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master",
)  # fmt: skip
_COMMITS_MAX = 20_000
_DEPTH_MAX = 40
_ENTRIES_MAX = 200_000
_FOLDER, _LINK, _MODULE = "40000", "120000", "160000"

Tree = Mapping[str, tuple[str, str]]
"""Path → mode and name of the content."""


@dataclass(frozen=True, kw_only=True)
class History:
    """What is reviewed of a repository: the state now, the one it is compared with, and both in words."""

    objects: Objects
    now: Tree
    before: Tree | None
    basis: str
    notes: tuple[str, ...] = ()

    def changed(self) -> Iterator[tuple[str, str, str | None, str | None]]:
        """Path, mode, content before and content now, each as an object's name, of everything that differs."""
        before = self.before or {}
        for path in sorted({*before, *self.now}):
            old, new = before.get(path), self.now.get(path)
            if old != new:
                mode = new[0] if new else old[0] if old else ""
                yield path, mode, old and old[1], new and new[1]


def from_folder(files: Mapping[str, bytes]) -> History:
    """The history in the files of a ``.git`` folder, by their paths in it. Raises BadObjectError."""
    loose = {found[1] + found[2]: data for path, data in files.items() if (found := _LOOSE.fullmatch(path))}
    stems = sorted({found[1] for path in files if (found := _PACK.fullmatch(path)) and found[2] == "pack"})
    objects = Objects(loose, [(files[f"{stem}.pack"], files.get(f"{stem}.idx")) for stem in stems])
    head, refs = _refs(files)
    return _history(objects, head, refs, is_shallow="shallow" in files)


def from_bundle(data: bytes) -> History:
    """The history in a Git bundle. Raises BadObjectError."""
    head, _, pack = data.partition(b"\n\n")
    refs: dict[str, str] = {}
    needs = 0
    for line in head.decode("utf-8", "replace").split("\n")[1:]:
        if line.startswith("@object-format=") and not line.endswith("=sha1"):
            raise BadObjectError("the repository names its objects by something other than SHA-1")
        needs += line.startswith("-")
        name, _, ref = line.partition(" ")
        if _NAME.fullmatch(name) and ref:
            refs[ref] = name
    if needs:
        raise BadObjectError("the bundle builds on commits that it does not hold; make one of the whole branch")
    objects = Objects({}, [(pack, None)])
    at = refs.get("HEAD")
    branches = [ref for ref in refs if ref.startswith("refs/heads/")]
    others = [ref for ref in branches if ref not in _MAINS]
    same = [ref for ref in branches if refs[ref] == at]
    branch = (same or others or branches or ["HEAD"])[0]
    return _history(objects, branch, refs, is_shallow=False)


def _refs(files: Mapping[str, bytes]) -> tuple[str, dict[str, str]]:
    """What HEAD names, and all branches that are there."""
    refs: dict[str, str] = {}
    for line in files.get("packed-refs", b"").decode("utf-8", "replace").split("\n"):
        name, _, ref = line.strip().partition(" ")
        if _NAME.fullmatch(name):
            refs[ref] = name
    texts = {path: data[:1_000].decode("utf-8", "replace").strip() for path, data in files.items() if len(data) < 1_000}
    refs |= {path: text for path, text in texts.items() if path.startswith("refs/") and _NAME.fullmatch(text)}
    for path, text in texts.items():
        target = text.removeprefix("ref: ")
        if path.startswith("refs/") and text.startswith("ref: ") and target in refs:
            refs[path] = refs[target]
    head = texts.get("HEAD", "")
    if _NAME.fullmatch(head):
        refs["HEAD"] = head
        return "HEAD", refs
    return head.removeprefix("ref: "), refs


def _history(objects: Objects, branch: str, refs: Mapping[str, str], *, is_shallow: bool) -> History:
    head = refs.get(branch)
    if head is None:
        raise BadObjectError("the repository has no commit")
    shown = branch.removeprefix("refs/heads/")
    now = _tree(objects, _commit(objects, head)[0])
    main = next((ref for ref in _MAINS if ref in refs and refs[ref] != head and ref != branch), None)
    if main is not None and branch not in _MAINS:
        base = _common(objects, head, refs[main])
        if base is not None and base != head:
            told = f"the branch {shown} ({head[:12]}) against {main.removeprefix('refs/').removeprefix('heads/')}"
            return History(objects=objects, now=now, before=_tree(objects, _commit(objects, base)[0]), basis=told)
    parents = _commit(objects, head)[1]
    if not parents:
        return History(objects=objects, now=now, before={}, basis=f"the first commit, {head[:12]}")
    told = f"the last commit of {shown}, {head[:12]}, against its parent"
    try:
        before = _tree(objects, _commit(objects, parents[0])[0])
    except BadObjectError:
        if not is_shallow:
            raise
        note = "The repository is a shallow copy: what the last commit changed cannot be told. All files are reviewed."
        return History(objects=objects, now=now, before=None, basis=f"all files of {head[:12]}", notes=(note,))
    return History(objects=objects, now=now, before=before, basis=told)


def _commit(objects: Objects, name: str) -> tuple[str, list[str]]:
    """The tree and the parents of a commit."""
    kind, data = objects.find(name)
    if kind == "tag":
        return _commit(objects, data[7:47].decode("ascii", "replace"))
    if kind != "commit":
        raise BadObjectError(f"{name[:12]} is no commit")
    lines = data.partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
    trees = [line[5:] for line in lines if line.startswith("tree ")]
    if not trees:
        raise BadObjectError(f"{name[:12]} has no content")
    return trees[0], [line[7:] for line in lines if line.startswith("parent ")]


def _common(objects: Objects, head: str, main: str) -> str | None:
    """The nearest commit that two branches have in common; None where it is not within reach."""
    known = set(_ancestors(objects, main))
    return next((name for name in _ancestors(objects, head) if name in known), None)


def _ancestors(objects: Objects, name: str) -> Iterator[str]:
    waiting, seen = [name], {name}
    while waiting and len(seen) < _COMMITS_MAX:
        following: list[str] = []
        for one in waiting:
            yield one
            try:
                parents = _commit(objects, one)[1]
            except BadObjectError:
                continue
            for parent in parents:
                if parent not in seen:
                    seen.add(parent)
                    following.append(parent)
        waiting = following


def _tree(objects: Objects, name: str) -> Tree:
    """All files of a state. Links and other repositories are in it with their modes."""
    found: dict[str, tuple[str, str]] = {}
    waiting = [("", name, 0)]
    while waiting:
        folder, tree, depth = waiting.pop()
        for mode, member, content in _entries(objects.get(tree, "tree")):
            if mode == _FOLDER:
                if depth >= _DEPTH_MAX:
                    raise BadObjectError("its folders are nested too deeply")
                waiting.append((f"{folder}{member}/", content, depth + 1))
            else:
                found[f"{folder}{member}"] = (mode, content)
        if len(found) + len(waiting) > _ENTRIES_MAX:
            raise BadObjectError("it holds too many files")
    return found


def _entries(data: bytes) -> Iterator[tuple[str, str, str]]:
    at = 0
    while at < len(data):
        end = data.find(b"\x00", at)
        if end < 0:
            raise BadObjectError("a folder is damaged")
        mode, _, member = data[at:end].partition(b" ")
        yield mode.decode("ascii", "replace"), member.decode("utf-8", "replace"), data[end + 1 : end + 21].hex()
        at = end + 21


def is_special(mode: str) -> bool:
    """Whether an entry of a tree is a link or another repository."""
    return mode in (_LINK, _MODULE)
