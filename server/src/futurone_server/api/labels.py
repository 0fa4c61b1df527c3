"""Short texts that lists show: one line that reads as it was written."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StrictStr

from futurone_server.kit import limits

_BREAKS = ("Cc", "Zl", "Zp")
_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they make what follows them read backwards


def _one_line(text: str) -> str:
    if any(unicodedata.category(char) in _BREAKS or char in _TURNS for char in text):
        raise ValueError("must be one line without control characters")
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Label = Annotated[StrictStr, Field(min_length=1, max_length=limits.LABEL_CHARS_MAX), AfterValidator(_one_line)]
"""A name, an id, a caller's label."""
