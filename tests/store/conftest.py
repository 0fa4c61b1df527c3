"""One cluster for all tests that leave it sound."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from futurone_server.store.embedded import EmbeddedPostgres
from postgres import QUICK


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data directory for all tests that leave a sound cluster behind; long, with spaces, quotes and umlauts."""
    return tmp_path_factory.mktemp("store") / ("Ärger mit 'Anführung\" und 数据 " + "x" * 90) / "data"


@pytest.fixture
def postgres(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    cluster = EmbeddedPostgres(data_dir, settings=QUICK)
    yield cluster
    cluster.stop(mode="immediate")
