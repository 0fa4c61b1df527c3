"""Gathering: what was given, sorted into one change, whatever its shape."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from futurone_server.tools.changes import repository
from futurone_server.tools.changes.applying import Applied, apply, only_hunks
from futurone_server.tools.changes.archive import FILE_BYTES_MAX, Archive, BadArchiveError, read_archive
from futurone_server.tools.changes.change import ChangedFile, Changes, Given, LeftOut, Note, Scope
from futurone_server.tools.changes.making import (
    added_lines,
    all_lines,
    changed_file,
    differences,
    text_of,
    unread_file,
    whole_file,
)
from futurone_server.tools.changes.objects import BadObjectError
from futurone_server.tools.changes.patch import BadPatchError, FilePatch, looks_like_patch, read_patch
from futurone_server.tools.changes.paths import language_of, safe_path, shown_path

_FILES_MAX = 5_000
_OTHERS_BYTES_MAX = 24 << 20
_CONTEXT = {"Python", "prose"}
"""What unchanged files are kept for: where names are used, and what the project says of itself."""


@dataclass(kw_only=True)
class _Pile:
    """What was given, sorted."""

    project: dict[str, bytes] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    patches: list[tuple[str, FilePatch]] = field(default_factory=list)
    history: repository.History | None = None
    notes: list[Note] = field(default_factory=list)


def gather(given: Sequence[Given]) -> Changes:
    """One change out of all that was given. What cannot be read is a note, never an error."""
    pile = _Pile()
    for one in given:
        _sort(one, pile)
    if pile.patches:
        return _of_patches(pile)
    if pile.history is not None:
        return _of_history(pile, pile.history)
    files = [whole_file(path, data) for path, data in sorted(pile.project.items())]
    return _changes(pile, Scope.WHOLE, "all files that were given", files)


def _sort(one: Given, pile: _Pile) -> None:
    try:
        if one.data.startswith(b"PK\x03\x04") or one.data.startswith(b"PK\x05\x06"):
            _take_archive(one, pile)
        elif one.data.startswith((b"# v2 git bundle\n", b"# v3 git bundle\n")):
            pile.history = repository.from_bundle(one.data)
        elif (text := _as_patch(one)) is not None:
            pile.patches += [(one.name, file) for file in read_patch(text)]
        elif one.data.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd")):
            raise BadArchiveError("It is an archive of a kind that is not read here; give a zip.")
        else:
            path = safe_path(one.name)
            if path is None:
                pile.left_out[shown_path(one.name)] = LeftOut.UNSAFE_PATH
            else:
                pile.project[path] = one.data
    except BadArchiveError as error:
        pile.notes.append(Note(name=one.name, text=f"The archive could not be read. {error}"))
    except BadPatchError as error:
        pile.notes.append(Note(name=one.name, text=f"The patch could not be read. {error}"))
    except BadObjectError as error:
        pile.notes.append(Note(name=one.name, text=f"The repository could not be read: {error}."))


def _as_patch(one: Given) -> str | None:
    """The text of a patch; None for anything else. A source file that quotes a patch is none."""
    language = language_of(one.name)
    if one.data[:4_096].count(0) or (language and language != "prose"):
        return None
    text = one.data.decode("utf-8", "replace")
    is_named = one.name.lower().endswith((".patch", ".diff"))
    if is_named and "\n@@ " not in f"\n{text}" and "diff --git " not in text:
        raise BadPatchError("It holds no changes in the unified format.")
    return text if is_named or looks_like_patch(text) else None


def _take_archive(one: Given, pile: _Pile) -> None:
    archive = read_archive(one.data)
    pile.notes += [Note(name=one.name, text=note) for note in archive.notes]
    if archive.git:
        _take_history(one, archive, pile)
    pile.project |= archive.files
    pile.left_out |= archive.left_out


def _take_history(one: Given, archive: Archive, pile: _Pile) -> None:
    try:
        pile.history = repository.from_folder(archive.git)
    except BadObjectError as error:
        text = f"The repository in it could not be read: {error}. Its files are reviewed as they are."
        pile.notes.append(Note(name=one.name, text=text))
    else:
        text = "What is not committed is not part of the review."
        pile.notes.append(Note(name=one.name, text=text))


def _of_patches(pile: _Pile) -> Changes:
    project = pile.project
    if not project and pile.history is not None:
        project = {path: data for path, data in _contents(pile.history).items() if data is not None}
    found: dict[str, ChangedFile] = {}
    for name, patch in pile.patches:
        path = safe_path(patch.path)
        if path is None:
            shown = shown_path(patch.path or "(no path)")
            found[shown] = ChangedFile(path=shown, left_out=LeftOut.UNSAFE_PATH)
            continue
        file = _patched(name, path, patch, project, found.get(path), pile)
        found[file.path] = file
    basis = "the lines that the patch adds"
    return _changes(pile, Scope.PATCH, basis, list(found.values()), project)


def _patched(
    name: str, path: str, patch: FilePatch, project: Mapping[str, bytes], earlier: ChangedFile | None, pile: _Pile
) -> ChangedFile:
    status = "added" if patch.is_new else "deleted" if patch.is_deleted else "modified"
    if patch.is_deleted or patch.is_binary or patch.is_link:
        why = LeftOut.DELETED if patch.is_deleted else LeftOut.BINARY if patch.is_binary else LeftOut.LINK
        return ChangedFile(path=path, status=status, left_out=why)
    at = _at(path, patch, project)
    base = earlier.text if earlier is not None and earlier.is_whole else text_of(project[at]) if at else None
    applied: Applied | None = apply("", patch.hunks) if patch.is_new and base is None else None
    if base is not None:
        applied = apply(base, patch.hunks)
        if applied is None:
            text = f"The patch does not fit {path} as it was given; only its hunks are reviewed."
            pile.notes.append(Note(name=name, text=text))
    applied = applied or only_hunks(patch.hunks)
    if earlier is not None:
        pile.notes.append(
            Note(name=name, text=f"{path} is changed more than once; its lines are numbered as they end.")
        )
        if base is not None and not applied.spans:
            applied = replace(applied, lines=_moved(earlier, applied))
    return changed_file(at or path, applied, status=status)


def _at(path: str, patch: FilePatch, project: Mapping[str, bytes]) -> str | None:
    """Where a patch's file stands in the project: at its path, at its old one, or at the one place that ends so."""
    for wanted in (path, patch.old_path):
        if wanted in project:
            return wanted
    ends = [known for known in project if known.endswith(f"/{path}") or path.endswith(f"/{known}")]
    return ends[0] if len(ends) == 1 else None


def _moved(earlier: ChangedFile, applied: Applied) -> frozenset[int]:
    """The changed lines of two patches, one after the other, as the second numbers them."""
    kept: set[int] = set(applied.lines)
    for tag, i1, i2, j1, _ in differences(earlier.text, applied.text):
        if tag == "equal":
            kept.update(n - i1 + j1 for n in earlier.lines if i1 < n <= i2)
    return frozenset(kept)


def _of_history(pile: _Pile, history: repository.History) -> Changes:
    pile.notes += [Note(name="repository", text=note) for note in history.notes]
    if history.before is None:
        contents = _contents(history)
        files = [
            whole_file(path, data) if data is not None else ChangedFile(path=path, left_out=LeftOut.LINK)
            for path, data in contents.items()
        ]
        return _changes(pile, Scope.WHOLE, history.basis, files)
    changed = list(history.changed())
    files = [_committed(history, *one) for one in changed]
    touched = {file.path for file in files}
    others = {path: data for path, data in _contents(history, touched).items() if data is not None}
    pile.left_out = {}
    return _changes(pile, Scope.HISTORY, history.basis, files, others)


def _committed(history: repository.History, path: str, mode: str, old: str | None, new: str | None) -> ChangedFile:
    shown = safe_path(path)
    if shown is None:
        return ChangedFile(path=shown_path(path), left_out=LeftOut.UNSAFE_PATH)
    status = "added" if old is None else "deleted" if new is None else "modified"
    if new is None:
        return ChangedFile(path=shown, status=status, left_out=LeftOut.DELETED)
    if repository.is_special(mode):
        return ChangedFile(path=shown, status=status, left_out=LeftOut.LINK)
    try:
        data = history.objects.get(new, "blob")
        text, before = text_of(data), text_of(history.objects.get(old, "blob")) if old else None
    except BadObjectError:
        return ChangedFile(path=shown, status=status, left_out=LeftOut.TOO_LARGE)
    if text is None or len(data) > FILE_BYTES_MAX:
        return unread_file(shown, data, status)
    lines = all_lines(text) if before is None else added_lines(before, text)
    return changed_file(shown, Applied(text=text, lines=lines), status=status)


def _contents(history: repository.History, without: set[str] | None = None) -> dict[str, bytes | None]:
    """The files of a state; None for links. At most as many as are read."""
    found: dict[str, bytes | None] = {}
    for path, (mode, name) in sorted(history.now.items()):
        shown = safe_path(path)
        if shown is None or (without and shown in without) or len(found) >= _FILES_MAX:
            continue
        try:
            found[shown] = None if repository.is_special(mode) else history.objects.get(name, "blob")
        except BadObjectError:
            continue
    return found


def _changes(
    pile: _Pile, scope: Scope, basis: str, files: list[ChangedFile], project: Mapping[str, bytes] | None = None
) -> Changes:
    read = sum(file.left_out is None for file in files)
    if read > _FILES_MAX:
        kept = [file for file in files if file.left_out is None][:_FILES_MAX]
        names = {file.path for file in kept}
        files = [file if file.path in names or file.left_out else _beyond(file) for file in files]
    known = {file.path for file in files}
    if scope is not Scope.PATCH:
        files += [ChangedFile(path=path, left_out=why) for path, why in pile.left_out.items() if path not in known]
    others = dict(_others(project or {}, known))
    return Changes(scope=scope, basis=basis, files=tuple(files), others=others, notes=tuple(pile.notes))


def _beyond(file: ChangedFile) -> ChangedFile:
    return ChangedFile(path=file.path, status=file.status, language=file.language, left_out=LeftOut.TOO_MANY)


def _others(project: Mapping[str, bytes], known: set[str]) -> Iterator[tuple[str, str]]:
    left = _OTHERS_BYTES_MAX
    for path, data in project.items():
        if path in known or language_of(path) not in _CONTEXT or len(data) > FILE_BYTES_MAX or len(data) > left:
            continue
        text = text_of(data)
        if text is not None:
            left -= len(data)
            yield path, text
