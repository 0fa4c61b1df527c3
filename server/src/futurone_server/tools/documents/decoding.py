"""Bytes to characters: encodings found out, never a crash, and what was replaced is said."""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 4_096
_DECLARED = re.compile(rb"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([A-Za-z0-9_:.-]{2,40})""")
_DECLARABLE = """
    ascii big5 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp949 euc_jp euc_kr gb18030 gb2312
    gbk iso2022_jp iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9
    iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman shift_jis utf-8 utf-16
    utf-16-be utf-16-le
"""

_INVISIBLE = (
    *range(0x09),
    0x0B,
    *range(0x0E, 0x20),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080),
)
_INVISIBLE_CHARS = frozenset(map(chr, _INVISIBLE))
_INVISIBLE_CLASS = re.compile("[" + "".join(f"\\U{point:08x}" for point in _INVISIBLE) + "]")
_REPLACEMENT = "\ufffd"


def decode(data: bytes, *, declared: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The text of these bytes, and notes on what did not decode.

    A byte-order mark decides first, then valid UTF-8, then ``declared`` (an encoding the file names itself), then
    Windows-1252 where nothing looks like UTF-8; what is left is UTF-8 with replacement characters.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _lenient(data[len(mark) :], encoding)
    wide = _wide_encoding(data)
    if wide is not None:
        return _lenient(data, wide)
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        return _decode_legacy(data, declared)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that an HTML page names in its first 1,024 bytes, if it is one this reads."""
    found = _DECLARED.search(data[:1024])
    if found is None:
        return None
    try:
        name = codecs.lookup(found.group(1).decode("ascii")).name
    except LookupError:
        return None
    return name if name in _DECLARABLE.split() else None


def make_visible(text: str) -> tuple[str, tuple[str, ...]]:
    """Replace, one for one, control characters and those that reorder a line (they could make a quote lie)."""
    if _INVISIBLE_CHARS.isdisjoint(text):
        return text, ()
    shown, count = _INVISIBLE_CLASS.subn(_REPLACEMENT, text)
    return shown, (f"{count} control or direction-changing characters were replaced",) if count else ()


def _decode_legacy(data: bytes, declared: str | None) -> tuple[str, tuple[str, ...]]:
    if declared is not None:
        text, notes = _lenient(data, declared)
        return text, (f"it was read as {declared}, the encoding it names", *notes)
    text = data.decode("utf-8", "replace")
    if any(char > "\x7f" and char != _REPLACEMENT for char in set(text)):
        return text, (_undecodable(text.count(_REPLACEMENT)),)
    text, notes = _lenient(data, "cp1252")
    return text, ("it is not UTF-8 and was read as Windows-1252", *notes)


def _lenient(data: bytes, encoding: str) -> tuple[str, tuple[str, ...]]:
    try:
        return data.decode(encoding), ()
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        return text, (_undecodable(text.count(_REPLACEMENT)),)


def _undecodable(count: int) -> str:
    return f"{count} places could not be decoded and were replaced"


def _wide_encoding(data: bytes) -> str | None:
    # UTF-16 without a mark: in Western text every second byte is NUL.
    sample = data[:_SAMPLE_BYTES]
    half = len(sample) // 2
    if half < 2 or len(data) % 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return None
