"""Git objects read from bytes in memory: loose ones and packs, with bounds, without the program and without a disk."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence

OBJECT_BYTES_MAX = 16 << 20
_OBJECTS_MAX = 2_000_000
_CHAIN_MAX = 4_096
_CACHE_BYTES_MAX = 64 << 20
_PIECE = 16 << 10
_TYPES = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET_DELTA, _NAMED_DELTA = 6, 7
_MAGIC, _INDEX_MAGIC = b"PACK\x00\x00\x00\x02", b"\xfftOc\x00\x00\x00\x02"


class BadObjectError(Exception):
    """An object is missing, broken or too large; the message says which."""


class Objects:
    """The objects of a repository by their names in hex."""

    def __init__(self, loose: Mapping[str, bytes], packs: Sequence[tuple[bytes, bytes | None]]) -> None:
        self._loose = loose
        self._packs = [_Pack(self, data, index) for data, index in packs]
        for pack in self._packs:
            pack.resolve()

    def get(self, name: str, wanted: str) -> bytes:
        """The content of an object of the wanted type. Raises BadObjectError."""
        kind, data = self.find(name)
        if kind != wanted:
            raise BadObjectError(f"{name[:12]} is a {kind}, not a {wanted}")
        return data

    def find(self, name: str) -> tuple[str, bytes]:
        """Type and content of an object. Raises BadObjectError."""
        if name in self._loose:
            return _loose(name, self._loose[name])
        for pack in self._packs:
            if name in pack.offsets:
                return pack.read(pack.offsets[name])
        raise BadObjectError(f"{name[:12]} is not there")


class _Pack:
    def __init__(self, objects: Objects, data: bytes, index: bytes | None) -> None:
        if not data.startswith(_MAGIC):
            raise BadObjectError("a pack is of a kind that is not known here")
        self._objects, self._data = objects, data
        self._cache: dict[int, tuple[str, bytes]] = {}
        self._cached_bytes = 0
        self._unnamed: list[int] = []
        self._base: int | str = ""
        self.offsets = _index(index) if index is not None else self._scan()

    def resolve(self) -> None:
        """Find the names of objects that are told as differences to others."""
        waiting = self._unnamed
        while waiting:
            left: list[int] = []
            for offset in waiting:
                try:
                    kind, content = self.read(offset)
                except BadObjectError:
                    left.append(offset)
                else:
                    self.offsets[_name(kind, content)] = offset
            if len(left) == len(waiting):
                return
            waiting = left

    def read(self, offset: int) -> tuple[str, bytes]:
        """Type and content of the object at an offset. Raises BadObjectError."""
        deltas: list[bytes] = []
        at: int | str = offset
        while (whole := self._whole(at, deltas)) is None:
            if len(deltas) > _CHAIN_MAX:
                raise BadObjectError("a chain of differences is too long")
            at = self._base
        kind, content = whole
        for delta in reversed(deltas):
            content = _patched(content, delta)
        self._keep(offset, kind, content)
        return kind, content

    def _whole(self, at: int | str, deltas: list[bytes]) -> tuple[str, bytes] | None:
        """The object, if it is told whole; else its difference joins ``deltas`` and its base is next."""
        if isinstance(at, str):
            if at not in self.offsets:
                return self._objects.find(at)
            at = self.offsets[at]
        if at in self._cache:
            return self._cache[at]
        number, self._base, start = self._head(at)
        data, _ = self._inflate(start)
        if number in _TYPES:
            return _TYPES[number], data
        deltas.append(data)
        return None

    def _keep(self, offset: int, kind: str, content: bytes) -> None:
        if self._cached_bytes > _CACHE_BYTES_MAX:
            self._cache.clear()
            self._cached_bytes = 0
        self._cache[offset] = (kind, content)
        self._cached_bytes += len(content) + 200

    def _scan(self) -> dict[str, int]:
        count = int.from_bytes(self._data[8:12], "big")
        if count > _OBJECTS_MAX:
            raise BadObjectError("a pack holds too many objects")
        found: dict[str, int] = {}
        offset = 12
        for _ in range(count):
            number, _base, at = self._head(offset)
            content, end = self._inflate(at)
            if number in _TYPES:
                found[_name(_TYPES[number], content)] = offset
            else:
                self._unnamed.append(offset)
            offset = end
        return found

    def _head(self, offset: int) -> tuple[int, int | str, int]:
        """Type, base (an offset, a name, or nothing) and where the compressed bytes begin."""
        start, data = offset, self._data
        try:
            byte = data[offset]
            number = byte >> 4 & 7
            while byte & 0x80:
                offset += 1
                byte = data[offset]
            offset += 1
            if number == _OFFSET_DELTA:
                byte = data[offset]
                back = byte & 0x7F
                while byte & 0x80:
                    offset += 1
                    byte = data[offset]
                    back = (back + 1) << 7 | byte & 0x7F
                if not 0 < back <= start:
                    raise BadObjectError("a difference refers to nothing")
                return number, start - back, offset + 1
        except IndexError:
            raise BadObjectError("a pack ends too early") from None
        if number == _NAMED_DELTA:
            return number, data[offset : offset + 20].hex(), offset + 20
        if number not in _TYPES:
            raise BadObjectError("an object is of a kind that is not known here")
        return number, "", offset

    def _inflate(self, offset: int) -> tuple[bytes, int]:
        """What is compressed from an offset on, and where it ends."""
        stream = zlib.decompressobj()
        found = bytearray()
        while not stream.eof:
            piece = self._data[offset : offset + _PIECE]
            if not piece:
                raise BadObjectError("a pack ends too early")
            try:
                found += stream.decompress(piece, OBJECT_BYTES_MAX + 1 - len(found))
            except zlib.error:
                raise BadObjectError("a pack is damaged") from None
            if len(found) > OBJECT_BYTES_MAX:
                raise BadObjectError("an object is too large")
            offset += len(piece) - len(stream.unused_data) - len(stream.unconsumed_tail)
        return bytes(found), offset


def _name(kind: str, content: bytes) -> str:
    # Git names objects by SHA-1: a name here, not a protection.
    return hashlib.sha1(b"%s %d\x00" % (kind.encode(), len(content)) + content, usedforsecurity=False).hexdigest()


def _loose(name: str, data: bytes) -> tuple[str, bytes]:
    try:
        whole = zlib.decompressobj().decompress(data, OBJECT_BYTES_MAX + 64)
    except zlib.error:
        raise BadObjectError(f"{name[:12]} is damaged") from None
    head, _, content = whole.partition(b"\x00")
    kind = head.partition(b" ")[0].decode("ascii", "replace")
    if kind not in _TYPES.values() or len(content) > OBJECT_BYTES_MAX:
        raise BadObjectError(f"{name[:12]} is damaged or too large")
    return kind, content


def _index(data: bytes) -> dict[str, int]:
    """Names and offsets of a pack's index (version 2). Offsets beyond 2 GiB do not occur in an upload."""
    if not data.startswith(_INDEX_MAGIC):
        raise BadObjectError("a pack's index is of a kind that is not known here")
    count = int.from_bytes(data[8 + 255 * 4 : 8 + 256 * 4], "big")
    names, offsets = 8 + 256 * 4, 8 + 256 * 4 + count * 24
    if count > _OBJECTS_MAX or len(data) < offsets + count * 4:
        raise BadObjectError("a pack's index ends too early")
    return {
        data[names + n * 20 : names + n * 20 + 20].hex(): int.from_bytes(
            data[offsets + n * 4 : offsets + n * 4 + 4], "big"
        )
        for n in range(count)
    }


def _patched(base: bytes, delta: bytes) -> bytes:
    """A base with a difference applied to it (Git's pack format: copy and insert)."""
    at = 0
    try:
        _, at = _size(delta, at)
        size, at = _size(delta, at)
        if size > OBJECT_BYTES_MAX:
            raise BadObjectError("an object is too large")
        found = bytearray()
        while at < len(delta):
            code = delta[at]
            at += 1
            if code & 0x80:
                start = length = 0
                for bit in range(7):
                    if code & 1 << bit:
                        if bit < 4:
                            start |= delta[at] << 8 * bit
                        else:
                            length |= delta[at] << 8 * (bit - 4)
                        at += 1
                found += base[start : start + (length or 0x10000)]
            elif code:
                found += delta[at : at + code]
                at += code
            else:
                raise BadObjectError("a difference is damaged")
            if len(found) > size:
                raise BadObjectError("a difference is damaged")
    except IndexError:
        raise BadObjectError("a difference is damaged") from None
    return bytes(found)


def _size(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
