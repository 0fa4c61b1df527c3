"""A change on its way between processes: a line of JSON about it, then its texts as they are."""

from collections.abc import Iterator
from dataclasses import replace

from futurone_server.kit import json
from futurone_server.tools.changes.change import Changes


def dump_changes(changes: Changes) -> bytes:
    """A change as bytes."""
    bare = replace(changes, files=tuple(replace(file, text="") for file in changes.files), others={})
    texts = [file.text.encode() for file in changes.files] + [text.encode() for text in changes.others.values()]
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
    files = tuple(replace(file, text=next(texts)) for file in bare.files)
    return replace(bare, files=files, others={path: next(texts) for path in told["others"]})


def _texts(data: bytes, sizes: list[int]) -> Iterator[str]:
    at = 0
    for size in sizes:
        yield data[at : at + size].decode()
        at += size
