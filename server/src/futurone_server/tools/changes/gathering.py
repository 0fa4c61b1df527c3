"""Gathering: what was given, sorted into one change, whatever its shape."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from futurone_server.tools.changes import repository
from futurone_server.tools.changes.allotment import BYTES_MAX, LINES_MAX, Allotment
from futurone_server.tools.changes.applying import Applied, apply, only_hunks
from futurone_server.tools.changes.archive import FILE_BYTES_MAX
from futurone_server.tools.changes.change import TOO_MUCH, ChangedFile, Changes, Given, LeftOut, Note, Scope
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
from futurone_server.tools.changes.patch import FilePatch
from futurone_server.tools.changes.paths import language_of, safe_path, shown_path
from futurone_server.tools.changes.sorting import Pile, sort

_FILES_MAX = 5_000
_OTHERS_BYTES_MAX = 24 << 20
_CONTEXT = {"Python", "prose"}
"""What unchanged files are kept for: where names are used, and what the project says of itself."""


def gather(given: Sequence[Given]) -> Changes:
    """One change out of all that was given. What cannot be read is a note, never an error."""
    pile = sort(given)
    changes, allotment = _gathered(pile), pile.allotment
    if not allotment.beyond:
        return changes
    told = (
        f"{allotment.seen} lines were to be looked at, and {allotment.beyond} of them were not: one review looks at"
        f" {LINES_MAX} lines and {BYTES_MAX >> 20} MiB of text at most. Give the rest in reviews of its own."
    )
    return replace(changes, notes=(*changes.notes, Note(name=TOO_MUCH, text=told)), faults=(*changes.faults, told))


def _gathered(pile: Pile) -> Changes:
    # Where the change itself cannot be read, a review of everything beside it is not what was asked for.
    if pile.patches or pile.has_bad_patch:
        return _of_patches(pile)
    if pile.history is not None:
        return _of_history(pile, pile.history)
    files = [whole_file(path, data, pile.allotment) for path, data in sorted(pile.project.items())]
    return _changes(pile, Scope.WHOLE, "all files that were given", files)


def _of_patches(pile: Pile) -> Changes:
    project = pile.project
    if not project and pile.history is not None:
        project = {path: data for path, data in _contents(pile.history).items() if data is not None}
    found: dict[str, ChangedFile] = {}
    taken: set[str] = set()
    for name, patch in pile.patches:
        path = safe_path(patch.path)
        if path is None:
            shown = shown_path(patch.path or "(no path)")
            rows = len(only_hunks(patch.hunks).lines)
            found[shown] = ChangedFile(path=shown, left_out=LeftOut.UNSAFE_PATH, unread_lines=rows)
            continue
        at = _at(path, patch, project)
        before = text_of(project[at]) if at else None
        # Named as the patch names it, wherever it stands in the project.
        found[path] = _patched(name, replace(patch, path=path), before, found.get(path), pile)
        taken.add(at or path)
    project = {path: data for path, data in project.items() if path not in taken}
    basis = "the lines that the patch adds"
    return _changes(pile, Scope.PATCH, basis, list(found.values()), project)


def _patched(name: str, patch: FilePatch, before: str | None, earlier: ChangedFile | None, pile: Pile) -> ChangedFile:
    """A file as a patch leaves it; ``before`` is its text in the project, ``earlier`` what another patch made of it."""
    path = patch.path
    status = "added" if patch.is_new else "deleted" if patch.is_deleted else "modified"
    if patch.is_deleted or patch.is_binary or patch.is_link:
        why = LeftOut.DELETED if patch.is_deleted else LeftOut.BINARY if patch.is_binary else LeftOut.LINK
        return ChangedFile(path=path, status=status, left_out=why)
    base = before
    if earlier is not None:
        pile.allotment.give_back(earlier)
        base = earlier.text if earlier.is_whole else before
    applied: Applied | None = apply("", patch.hunks) if patch.is_new and base is None else None
    if base is not None:
        applied = apply(base, patch.hunks)
        if applied is None:
            text = f"The patch does not fit {path} as it was given; only its hunks are reviewed."
            pile.notes.append(Note(name=name, text=text))
    applied = applied or only_hunks(patch.hunks)
    if earlier is not None:
        text = f"{path} is changed more than once; its lines are numbered as they end."
        pile.notes.append(Note(name=name, text=text))
        if base is not None and not applied.spans:
            applied = replace(applied, lines=_moved(earlier, applied))
    return changed_file(path, applied, pile.allotment, status=status)


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


def _of_history(pile: Pile, history: repository.History) -> Changes:
    pile.notes += [Note(name="repository", text=note) for note in history.notes]
    if history.before is None:
        contents = _contents(history)
        files = [
            whole_file(path, data, pile.allotment)
            if data is not None
            else ChangedFile(path=path, left_out=LeftOut.LINK)
            for path, data in contents.items()
        ]
        return _changes(pile, Scope.WHOLE, history.basis, files)
    changed = list(history.changed())
    files = [_committed(history, one, pile.allotment) for one in changed]
    touched = {file.path for file in files}
    others = {path: data for path, data in _contents(history, touched).items() if data is not None}
    pile.left_out = {}
    return _changes(pile, Scope.HISTORY, history.basis, files, others)


def _committed(
    history: repository.History, entry: tuple[str, str, str | None, str | None], allotment: Allotment
) -> ChangedFile:
    path, mode, old, new = entry
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
    return changed_file(shown, Applied(text=text, lines=lines), allotment, status=status)


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
    pile: Pile, scope: Scope, basis: str, files: list[ChangedFile], project: Mapping[str, bytes] | None = None
) -> Changes:
    read = sum(file.left_out is None for file in files)
    if read > _FILES_MAX:
        kept = [file for file in files if file.left_out is None][:_FILES_MAX]
        names = {file.path for file in kept}
        files = [file if file.path in names or file.left_out else _beyond(file) for file in files]
    known = {file.path for file in files}
    if scope is not Scope.PATCH:
        files += [ChangedFile(path=path, left_out=why) for path, why in pile.left_out.items() if path not in known]
    files += [file for file in pile.unread if file.path not in known]
    others = dict(_others(project or {}, known))
    return Changes(
        scope=scope,
        basis=basis,
        files=tuple(files),
        others=others,
        notes=tuple(pile.notes),
        faults=tuple(pile.faults),
    )


def _beyond(file: ChangedFile) -> ChangedFile:
    return ChangedFile(
        path=file.path,
        status=file.status,
        language=file.language,
        left_out=LeftOut.TOO_MANY,
        unread_lines=len(file.lines),
    )


def _others(project: Mapping[str, bytes], known: set[str]) -> Iterator[tuple[str, str]]:
    left = _OTHERS_BYTES_MAX
    for path, data in project.items():
        if path in known or language_of(path) not in _CONTEXT or len(data) > FILE_BYTES_MAX or len(data) > left:
            continue
        text = text_of(data)
        if text is not None:
            left -= len(data)
            yield path, text
