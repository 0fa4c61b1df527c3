"""What the embedded PostgreSQL cannot run, it says so and leaves alone."""

import shutil
from pathlib import Path

import psycopg
import pytest

from futurone_server.store.embedded import ClusterError, EmbeddedPostgres
from postgres import enter


def test_a_socket_directory_of_somebody_else_is_refused(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    socket_dir = postgres.start().socket_dir
    postgres.stop()
    shutil.rmtree(socket_dir, ignore_errors=True)
    socket_dir.symlink_to(tmp_path)
    try:
        with pytest.raises(ClusterError, match="not a private directory"):
            postgres.start()
    finally:
        socket_dir.unlink()
    socket_dir.mkdir(mode=0o755)
    with pytest.raises(ClusterError, match="not a private directory"):
        postgres.start()
    socket_dir.rmdir()
    postgres.start()


def test_a_cluster_of_another_version_is_refused_by_name(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.start()
    postgres.stop()
    made_by = data_dir / "postgres" / "PG_VERSION"
    made_by.write_text("17\n")
    try:
        with pytest.raises(ClusterError, match=r"made by PostgreSQL 17, and this server brings PostgreSQL 18"):
            postgres.start()
    finally:
        made_by.write_text("18\n")


def test_files_that_are_no_cluster_are_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letters.txt").write_text("dear")
    with pytest.raises(ClusterError, match="not a PostgreSQL cluster"):
        EmbeddedPostgres(tmp_path).start()
    assert (tmp_path / "postgres" / "letters.txt").read_text() == "dear"


def test_a_data_directory_that_cannot_be_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClusterError, match=r"Not a directory|File exists"):
        EmbeddedPostgres(tmp_path / "file").start()
    with pytest.raises(ClusterError, match="Not a directory"):
        EmbeddedPostgres(tmp_path / "file" / "below").start()


def test_a_failed_start_shows_the_end_of_the_log(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.start()
    postgres.stop()
    broken = EmbeddedPostgres(data_dir, settings={"shared_buffers": "plenty"})
    with pytest.raises(ClusterError, match='invalid value for parameter "shared_buffers": "plenty"'):
        broken.start()
    assert not broken.is_running()


def test_a_lost_owner_password_is_replaced_but_a_lost_superuser_password_is_asked_back(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    before = postgres.start()
    (data_dir / "secrets" / "postgres-owner").unlink()
    after = postgres.start()
    assert after.owner_password != before.owner_password
    with pytest.raises(psycopg.OperationalError):
        enter(before)
    lost = (data_dir / "secrets" / "postgres-superuser").rename(data_dir / "kept-elsewhere")
    try:
        with pytest.raises(ClusterError, match="Put the file back"):
            postgres.start()
    finally:
        lost.rename(data_dir / "secrets" / "postgres-superuser")


def test_a_password_that_does_not_fit_is_said_to_be_so(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.start()
    secrets = data_dir / "secrets"
    before = {file: file.read_text() for file in secrets.iterdir()}
    try:
        for file in before:
            file.write_text("another")
        with pytest.raises(ClusterError, match=r"does not let postgres in: .*password authentication failed"):
            postgres.start()
    finally:
        for file, text in before.items():
            file.write_text(text)
