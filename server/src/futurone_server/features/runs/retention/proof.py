"""The proof that a run's content is gone: keys and ciphertext looked for, and every surviving byte tried as the key."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from futurone_server.eventlog.sealing import sample_place
from futurone_server.features.runs.retention.store import Erasure
from futurone_server.kit.crypto import KEY_BYTES, CannotOpen, Sealer, is_key_of


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at. ``detail`` says what was found, in numbers."""

    name: str
    is_well: bool
    detail: str


def check_columns(left: dict[str, int]) -> Iterator[Check]:
    """That no key and no ciphertext of the run is left in the database."""
    for column, count in left.items():
        yield Check(name=column, is_well=count == 0, detail=f"{count} left" if count else "nothing is left")


def check_keys(erasure: Erasure, files: Sequence[Path], columns: Sequence[bytes], keys: Iterable[bytes]) -> Check:
    """That no 32 bytes in a row of the key stores, and no key that they open, open the sample of the run's key."""
    if erasure.sample is None:
        return Check(name="key scan", is_well=False, detail="there is no sample of the key of this run to try on")
    place = sample_place(erasure.workspace_id, erasure.run_id)
    stores = [*(path.read_bytes() for path in files if path.is_file()), *columns]
    tried = 0
    for key in (*_windows(stores), *keys):
        tried += 1
        if is_key_of(key, erasure.sample) and _opens(key, erasure.sample, place):
            return Check(name="key scan", is_well=False, detail="a surviving key opens what this run has sealed")
    return Check(
        name="key scan", is_well=True, detail=f"{tried} keys tried from {len(files)} files and {len(columns)} rows"
    )


def _windows(stores: Iterable[bytes]) -> Iterator[bytes]:
    for data in stores:
        for at in range(len(data) - KEY_BYTES + 1):
            yield data[at : at + KEY_BYTES]


def _opens(key: bytes, sample: bytes, place: str) -> bool:
    try:
        Sealer(key).open(sample, place)
    except CannotOpen:
        return False
    return True
