"""Repositories: the last commit or the branch is what changed, read from bundles and .git folders without Git."""

import zlib

import pytest

from futurone_server.tools.changes import LeftOut, Scope
from tools.changes.making import Repository, file_of, read, zipped

OLD, NEW = b"x = 1\ny = 2\n", b"x = 1\ny = 3\nz = 4\n"


def _branch() -> tuple[Repository, dict[str, str]]:
    repository = Repository()
    first = repository.commit({"a.py": OLD, "b.py": b"b = 1\n"})
    main = repository.commit({"a.py": OLD, "b.py": b"b = 2\n"}, first)
    topic = repository.commit({"a.py": NEW, "b.py": b"b = 1\n", "c.py": b"c = 1\n"}, first)
    return repository, {"refs/heads/main": main, "refs/heads/topic": topic}


def test_a_branch_is_compared_with_where_it_left_main() -> None:
    repository, refs = _branch()
    folder = repository.folder(refs, "ref: refs/heads/topic")
    changes = read({"p.zip": zipped({f"p/{path}": data for path, data in folder.items()})})
    assert (changes.scope, "topic" in changes.basis) == (Scope.HISTORY, True)
    assert {file.path: sorted(file.lines) for file in changes.files} == {"a.py": [2, 3], "c.py": [1]}
    assert "b.py" in changes.others


def test_on_main_the_last_commit_is_what_changed() -> None:
    repository, refs = _branch()
    changes = read({"p.zip": zipped(repository.folder(refs))})
    assert {file.path: sorted(file.lines) for file in changes.files} == {"b.py": [1]}
    assert "last commit of main" in changes.basis


def test_a_bundle_says_the_same_as_the_folder() -> None:
    repository, refs = _branch()
    changes = read({"p.bundle": repository.bundle({**refs, "HEAD": refs["refs/heads/topic"]})})
    assert {file.path: sorted(file.lines) for file in changes.files} == {"a.py": [2, 3], "c.py": [1]}


def test_a_first_commit_is_new_in_all_its_lines() -> None:
    repository = Repository()
    refs = {"refs/heads/main": repository.commit({"a.py": OLD})}
    changes = read({"p.zip": zipped(repository.folder(refs))})
    assert sorted(file_of(changes, "a.py").lines) == [1, 2]


def test_links_in_a_commit_are_not_followed() -> None:
    repository = Repository()
    first = repository.commit({"a.py": OLD})
    files = {"a.py": OLD, "etc": b"/etc/passwd"}
    refs = {"refs/heads/main": repository.commit(files, first, modes={"etc": "120000"})}
    changes = read({"p.zip": zipped(repository.folder(refs))})
    assert [(file.path, file.left_out) for file in changes.files] == [("etc", LeftOut.LINK)]


def test_a_shallow_copy_is_said_and_reviewed_whole() -> None:
    repository = Repository()
    refs = {"refs/heads/main": repository.commit({"a.py": OLD}, "1" * 40)}
    folder = {**repository.folder(refs), ".git/shallow": b"1" * 40}
    changes = read({"p.zip": zipped(folder)})
    assert changes.scope is Scope.WHOLE
    assert any("shallow" in note.text for note in changes.notes)


def test_differences_inside_a_pack_are_put_together() -> None:
    repository = Repository()
    base = repository.add("blob", OLD)
    delta = bytes([len(OLD), len(NEW), 0x90, 6, 12]) + b"y = 3\nz = 4\n"
    name = Repository().add("blob", NEW)
    entry = b"100644 a.py\0"
    trees = [repository.add("tree", entry + bytes.fromhex(blob)) for blob in (base, name)]
    first = repository.add("commit", f"tree {trees[0]}\n\nfirst\n".encode())
    last = repository.add("commit", f"tree {trees[1]}\nparent {first}\n\nlast\n".encode())
    pack = bytearray(repository.pack()[:-20])
    pack[8:12] = (len(repository.objects) + 1).to_bytes(4, "big")
    pack += bytes([7 << 4 | 0x80 | len(delta) & 15, len(delta) >> 4]) + bytes.fromhex(base) + zlib.compress(delta)
    head = f"# v2 git bundle\n{last} refs/heads/main\n\n".encode()
    changes = read({"p.bundle": head + bytes(pack) + b"\0" * 20})
    assert (sorted(file_of(changes, "a.py").lines), file_of(changes, "a.py").text) == ([2, 3], NEW.decode())


def test_a_bundle_that_builds_on_what_it_does_not_hold_says_so() -> None:
    repository, refs = _branch()
    changes = read({"p.bundle": repository.bundle(refs, needs=["2" * 40])})
    assert [file.left_out for file in changes.files] == [LeftOut.UNREADABLE]
    assert "builds on commits" in changes.notes[0].text


@pytest.mark.parametrize("at", [30, 200, 330, 500])
def test_a_damaged_bundle_is_said_and_breaks_nothing(at: int) -> None:
    repository, refs = _branch()
    data = bytearray(repository.bundle(refs))
    data[at : at + 12] = b"\xff" * 12
    changes = read({"p.bundle": bytes(data)})
    assert changes.files == () or changes.notes == () or "could not be read" in changes.notes[0].text


def test_a_bundle_whose_object_grows_beyond_all_bounds_is_refused() -> None:
    bomb = b"PACK\0\0\0\2\0\0\0\1" + bytes([0xB0 | 15, 0x7F]) + zlib.compress(b"0" * (64 << 20))
    changes = read({"p.bundle": f"# v2 git bundle\n{'1' * 40} refs/heads/main\n\n".encode() + bomb})
    assert "too large" in changes.notes[0].text


def test_a_folder_of_git_without_a_commit_leaves_the_files_to_be_reviewed_as_they_are() -> None:
    files = {".git/HEAD": b"ref: refs/heads/main\n", "a.py": b"x = 1\n"}
    changes = read({"p.zip": zipped(files)})
    assert (changes.scope, [file.path for file in changes.files]) == (Scope.WHOLE, ["a.py"])
    assert "as they are" in changes.notes[0].text
