"""Before an embedded database is upgraded it is copied; copies do not pile up; without one nothing is changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config as AlembicConfig
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine

import futurone_server.migrations
from futurone_server.commands.house import CannotStartError, prepare
from futurone_server.config import Config
from futurone_server.migrations.current import newest, revision
from futurone_server.store.dumps import read
from futurone_server.store.embedded import EmbeddedPostgres
from futurone_server.store.rootkey import load_or_make

FIRST = "2026_11_21_0900_pre"


def make_old(url: str) -> None:
    """The schema as the first version left it."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(Path(futurone_server.migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(settings)
    engine = create_engine(url, poolclass=NullPool)

    def steps(now: object, _: object) -> object:
        return scripts._upgrade_revs(FIRST, now)  # type: ignore[arg-type] # alembic's own idiom in env.py

    with engine.connect() as connection, EnvironmentContext(settings, scripts, fn=steps) as environment:
        environment.configure(connection=connection)
        with environment.begin_transaction():
            environment.run_migrations()
        connection.commit()
    engine.dispose()


@pytest.fixture
def old_house(tmp_path: Path) -> Iterator[Config]:
    """A data directory whose database is several versions old."""
    config = Config(data_dir=tmp_path / "data")
    database = EmbeddedPostgres(config.data_dir)
    config.data_dir.mkdir()
    load_or_make(config.data_dir)
    try:
        url = database.start().url()
        make_old(url)
        assert revision(url) == FIRST
        yield config
    finally:
        database.stop(mode="immediate")


def test_an_upgrade_is_preceded_by_a_copy_of_which_the_last_three_are_kept(
    old_house: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = old_house.data_dir / "backups"
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"2020010{day}T000000Z-older.dump").touch()
    url = prepare(old_house).url
    assert newest().startswith(str(revision(url)))
    *kept, made = sorted(folder.iterdir())
    assert [path.name[:8] for path in kept] == ["20200102", "20200103"]
    assert made.name.endswith(f"Z-{FIRST}.dump")
    assert read(made).version.startswith("18")
    assert str(made) in capsys.readouterr().err
    prepare(old_house)
    assert len(list(folder.iterdir())) == 3, "nothing is copied when nothing is upgraded"


def test_without_a_copy_nothing_is_upgraded(old_house: Config) -> None:
    (old_house.data_dir / "backups").write_text("in the way")
    with pytest.raises(CannotStartError, match=r"the backup before that failed: .* Nothing was changed"):
        prepare(old_house)
    assert revision(EmbeddedPostgres(old_house.data_dir).start().url()) == FIRST


def test_a_database_that_is_new_is_not_copied(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "data")
    ground = prepare(config)
    assert ground.embedded is not None
    ground.embedded.stop(mode="immediate")
    assert not (config.data_dir / "backups").exists()
