"""The version of this distribution, said once more here so that reading it costs no metadata look-up."""

from typing import Final

VERSION: Final = "0.9.0"
