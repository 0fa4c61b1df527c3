"""Sorting: each given file told for what it is. A patch, an archive, a repository, a document, a source file."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from futurone_server.tools.changes import repository
from futurone_server.tools.changes.allotment import Allotment
from futurone_server.tools.changes.archive import Archive, BadArchiveError, read_archive
from futurone_server.tools.changes.change import ChangedFile, Given, LeftOut, Note
from futurone_server.tools.changes.objects import BadObjectError
from futurone_server.tools.changes.patch import BadPatchError, FilePatch, looks_like_patch, read_patch
from futurone_server.tools.changes.paths import language_of, safe_path, shown_path
from futurone_server.tools.documents.naming import document_called, is_cut_off

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BUNDLE = (b"# v2 git bundle\n", b"# v3 git bundle\n")
_OTHER_ARCHIVES = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd")
_NAMED = (".patch", ".diff")


@dataclass(kw_only=True)
class Pile:
    """What was given, sorted. ``unread`` are given files that are no code or cannot be read.

    ``faults`` say the same in sentences without names or content: they are kept when the content is erased.
    """

    project: dict[str, bytes] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    patches: list[tuple[str, FilePatch]] = field(default_factory=list)
    history: repository.History | None = None
    notes: list[Note] = field(default_factory=list)
    unread: list[ChangedFile] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    has_bad_patch: bool = False
    allotment: Allotment = field(default_factory=Allotment)

    def fail(self, one: Given, place: str, why: LeftOut, told: str) -> None:
        """Note that a given file is not looked at."""
        self.unread.append(ChangedFile(path=shown_path(one.name), status="given", left_out=why))
        self.faults.append(f"{place} {told}")


def sort(given: Sequence[Given]) -> Pile:
    """All that was given, sorted. What cannot be read is said in the pile, never raised."""
    pile = Pile()
    for number, one in enumerate(given, 1):
        _sort_one(one, f"File {number} of {len(given)}", pile)
    return pile


def _sort_one(one: Given, place: str, pile: Pile) -> None:
    called = document_called(one.name, one.data)
    if called is not None:
        cut = ", and it is cut off" if is_cut_off(one.data) else ""
        article = "an" if called[0] in "AEIO" else "a"
        pile.fail(one, place, LeftOut.DOCUMENT, f"is {article} {called}{cut}: a document, not code.")
        return
    try:
        _take(one, pile)
    except BadArchiveError as error:
        pile.notes.append(Note(name=one.name, text=f"The archive could not be read. {error}{error.where}"))
        pile.fail(one, place, LeftOut.UNREADABLE, f"is an archive that could not be read. {error}")
    except BadPatchError as error:
        pile.has_bad_patch = True
        pile.notes.append(Note(name=one.name, text=f"The patch could not be read. {error}"))
        pile.fail(one, place, LeftOut.UNREADABLE, f"is a patch that could not be read. {error}")
    except BadObjectError as error:
        pile.notes.append(Note(name=one.name, text=f"The repository could not be read: {error}."))
        pile.fail(one, place, LeftOut.UNREADABLE, f"is a repository that could not be read: {error}.")


def _take(one: Given, pile: Pile) -> None:
    """Put one file where it belongs. Raises the errors of what it is."""
    if one.data.startswith(_ZIP):
        _take_archive(one, pile)
    elif one.data.startswith(_BUNDLE):
        pile.history = repository.from_bundle(one.data)
    elif (patches := _as_patch(one)) is not None:
        pile.patches += [(one.name, file) for file in patches]
    elif one.data.startswith(_OTHER_ARCHIVES):
        raise BadArchiveError("It is an archive of a kind that is not read here; give a zip.")
    elif (path := safe_path(one.name)) is None:
        pile.left_out[shown_path(one.name)] = LeftOut.UNSAFE_PATH
    else:
        pile.project[path] = one.data


def _as_patch(one: Given) -> list[FilePatch] | None:
    """The files of a patch; None for anything else. A source file that quotes a patch is none, nor is such a text."""
    language = language_of(one.name)
    if one.data[:4_096].count(0) or (language and language != "prose"):
        return None
    text = one.data.decode("utf-8", "replace")
    is_named = one.name.lower().endswith(_NAMED)
    if is_named and "\n@@" not in f"\n{text}" and "diff --git " not in text:
        raise BadPatchError("It holds no changes in the unified format.")
    if not (is_named or looks_like_patch(text)):
        return None
    try:
        return read_patch(text)
    except BadPatchError:
        if language == "prose":
            return None
        raise


def _take_archive(one: Given, pile: Pile) -> None:
    archive = read_archive(one.data)
    pile.notes += [Note(name=one.name, text=note) for note in archive.notes]
    if archive.git:
        _take_history(one, archive, pile)
    pile.project |= archive.files
    pile.left_out |= archive.left_out


def _take_history(one: Given, archive: Archive, pile: Pile) -> None:
    try:
        pile.history = repository.from_folder(archive.git)
    except BadObjectError as error:
        text = f"The repository in it could not be read: {error}. Its files are reviewed as they are."
        pile.notes.append(Note(name=one.name, text=text))
    else:
        text = "What is not committed is not part of the review."
        pile.notes.append(Note(name=one.name, text=text))
