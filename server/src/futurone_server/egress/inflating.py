"""Bodies that come compressed though nobody asked: inflated within a bound, so that a bomb is refused while small."""

import zlib

from futurone_server.egress.errors import BROKEN_ANSWER, too_large, unavailable

_GZIP_BITS = 31
_ZLIB_BITS = 15


class Body:
    """Collects a body of at most ``bytes_max`` bytes, as sent and as inflated."""

    def __init__(self, encoding: str, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._sent = 0
        self._parts = bytearray()
        self._inflate = _inflater(encoding)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes. Raises EgressTooLarge over the bound, EgressUnavailable where they do not inflate."""
        self._sent += len(chunk)
        if self._sent > self._bytes_max:
            raise too_large()
        if self._inflate is None:
            self._parts += chunk
            return
        room = self._bytes_max - len(self._parts)
        try:
            self._parts += self._inflate.decompress(chunk, room + 1)
        except zlib.error:
            raise unavailable(BROKEN_ANSWER) from None
        if len(self._parts) > self._bytes_max:
            raise too_large()

    def whole(self) -> bytes:
        """The body. Raises EgressUnavailable where compressed bytes broke off or something follows them."""
        if self._inflate is not None and self._sent and (not self._inflate.eof or self._inflate.unused_data):
            raise unavailable(BROKEN_ANSWER)
        return bytes(self._parts)


def _inflater(encoding: str) -> "zlib._Decompress | None":
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return None
    if name in {"gzip", "x-gzip"}:
        return zlib.decompressobj(_GZIP_BITS)
    if name == "deflate":
        return zlib.decompressobj(_ZLIB_BITS)
    raise unavailable(BROKEN_ANSWER)
