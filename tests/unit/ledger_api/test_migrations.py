from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from ledger_api import migrations
from ledger_api.tables import METADATA
from ledger_web.database import Database
from ledger_web.errors import StartRefused


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'gateway.db'}")


def _revisions() -> list[str]:
    script = ScriptDirectory.from_config(migrations.build_config())
    return [revision.revision for revision in script.walk_revisions()][::-1]


def _differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))


def test_the_migrations_make_just_what_the_models_say(database: Database) -> None:
    migrations.upgrade(database)
    assert _differences(database) == []


def test_there_is_one_newest_revision() -> None:
    assert len(ScriptDirectory.from_config(migrations.build_config()).get_heads()) == 1


def test_every_migration_goes_down_and_up_again(database: Database) -> None:
    revisions = _revisions()
    for revision in revisions:
        migrations.upgrade(database, revision)
    for revision in [*revisions[:-1][::-1], "base"]:
        migrations.downgrade(database, revision)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    migrations.upgrade(database)
    assert _differences(database) == []


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    migrations.upgrade(database)
    migrations.upgrade(database)
    migrations.verify_current(database)


def test_an_old_schema_is_refused_with_the_command_that_mends_it(database: Database) -> None:
    with pytest.raises(StartRefused, match="python -m ledger_api migrate"):
        migrations.verify_current(database)
