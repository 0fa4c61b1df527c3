"""Changes for tests: archives and repositories made by hand, so that no program is needed."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence

from futurone_server.tools.changes import ChangedFile, Changes, Given, read_changes


def read(files: Mapping[str, bytes | str]) -> Changes:
    """The change that files make."""
    given = [Given(name=name, data=data.encode() if isinstance(data, str) else data) for name, data in files.items()]
    return read_changes(given)


def file_of(changes: Changes, path: str) -> ChangedFile:
    """One file of a change."""
    return next(file for file in changes.files if file.path == path)


def zipped(files: Mapping[str, bytes | str], modes: Mapping[str, int] | None = None) -> bytes:
    """A zip archive; ``modes`` make entries links or devices."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (modes or {}).get(name, 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


class Repository:
    """Git objects by their names, written as Git writes them."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[str, bytes]] = {}

    def add(self, kind: str, data: bytes) -> str:
        """An object; returns its name."""
        name = hashlib.sha1(f"{kind} {len(data)}".encode() + b"\0" + data).hexdigest()
        self.objects[name] = (kind, data)
        return name

    def tree(self, files: Mapping[str, bytes], modes: Mapping[str, str] | None = None) -> str:
        """A tree of files in one folder."""
        entries = [
            f"{(modes or {}).get(name, '100644')} {name}".encode() + b"\0" + bytes.fromhex(self.add("blob", data))
            for name, data in sorted(files.items())
        ]
        return self.add("tree", b"".join(entries))

    def commit(self, files: Mapping[str, bytes], *parents: str, modes: Mapping[str, str] | None = None) -> str:
        """A commit; returns its name."""
        lines = [f"tree {self.tree(files, modes)}", *(f"parent {parent}" for parent in parents)]
        who = "Nobody <nobody@example.org> 1700000000 +0000"
        return self.add("commit", "\n".join([*lines, f"author {who}", f"committer {who}", "", "A commit\n"]).encode())

    def folder(self, refs: Mapping[str, str], head: str = "ref: refs/heads/main") -> dict[str, bytes]:
        """The ``.git`` folder with loose objects."""
        files = {f".git/objects/{name[:2]}/{name[2:]}": self._loose(name) for name in self.objects}
        files |= {f".git/{ref}": f"{name}\n".encode() for ref, name in refs.items()}
        return {**files, ".git/HEAD": f"{head}\n".encode(), ".git/config": b"[core]\n\tfsmonitor = touch pwned\n"}

    def bundle(self, refs: Mapping[str, str], needs: Sequence[str] = ()) -> bytes:
        """A bundle of everything."""
        head = "".join(f"-{name} needed\n" for name in needs) + "".join(f"{name} {ref}\n" for ref, name in refs.items())
        return b"# v2 git bundle\n" + head.encode() + b"\n" + self.pack()

    def pack(self) -> bytes:
        """A pack of everything, without differences."""
        numbers = {"commit": 1, "tree": 2, "blob": 3}
        body = b"PACK" + struct.pack(">II", 2, len(self.objects))
        for kind, data in self.objects.values():
            size = len(data)
            head = [numbers[kind] << 4 | size & 15]
            size >>= 4
            while size:
                head[-1] |= 0x80
                head.append(size & 0x7F)
                size >>= 7
            body += bytes(head) + zlib.compress(data)
        return body + hashlib.sha1(body).digest()

    def _loose(self, name: str) -> bytes:
        kind, data = self.objects[name]
        return zlib.compress(f"{kind} {len(data)}".encode() + b"\0" + data)
