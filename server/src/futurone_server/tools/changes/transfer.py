"""A change, and what it is read from, on the way between processes: a line of JSON, then the bytes as they are."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from futurone_server.kit import json
from futurone_server.tools.changes.change import ChangedFile, Changes, Given


def dump_given(given: Sequence[Given]) -> bytes:
    """What was given as bytes."""
    head = json.dump([[one.name, len(one.data)] for one in given])
    return b"".join([head, b"\n", *(one.data for one in given)])


def load_given(data: bytes) -> Iterator[Given]:
    """What ``dump_given`` wrote."""
    head, _, rest = data.partition(b"\n")
    told = json.read(head)
    assert isinstance(told, list)
    at = 0
    for name, size in told:
        yield Given(name=str(name), data=rest[at : at + size])
        at += size


def dump_changes(changes: Changes) -> bytes:
    """A change as bytes."""
    bare = replace(changes, files=tuple(replace(file, text="", code="") for file in changes.files), others={})
    pairs = [
        text.encode() for file in changes.files for text in (file.text, file.code if file.code != file.text else "")
    ]
    texts = [*pairs, *(text.encode() for text in changes.others.values())]
    head = {"changes": bare.to_json(), "others": list(changes.others), "sizes": [len(text) for text in texts]}
    return b"".join([json.dump(head), b"\n", *texts])


def load_changes(data: bytes) -> Changes:
    """The change that ``dump_changes`` wrote. Raises ValueError (or Invalid) for anything else."""
    head, _, rest = data.partition(b"\n")
    told = json.read(head)
    if not isinstance(told, dict) or not isinstance(told.get("changes"), dict):
        raise ValueError("these bytes are no change")
    texts = _texts(rest, told["sizes"])
    bare = Changes.from_json(told["changes"])
    files = tuple(replace(file, text=next(texts), code=next(texts)) for file in bare.files)
    files = tuple(replace(file, code=file.text) if _parses(file) else file for file in files)
    return replace(bare, files=files, others={path: next(texts) for path in told["others"]})


def _parses(file: ChangedFile) -> bool:
    """Whether the text itself is its code, which then does not travel twice."""
    return file.is_python and file.is_whole and file.fault is None


def _texts(data: bytes, sizes: list[int]) -> Iterator[str]:
    at = 0
    for size in sizes:
        yield data[at : at + size].decode()
        at += size
