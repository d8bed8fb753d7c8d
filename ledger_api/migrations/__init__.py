"""Schema changes, by Alembic: at start in development, by `python -m ledger_api migrate` in production."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from ledger_api.database import Database
from ledger_api.errors import StartRefused


def build_config() -> Config:
    """Build Alembic's configuration; the connection is handed over in `attributes`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def upgrade(database: Database, revision: str = "heads") -> None:
    """Bring the schema up to `revision`, in one transaction."""
    config = build_config()
    with database.open_writing_session() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, revision)
        session.commit()


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to `revision` ("base" for nothing), in one transaction."""
    config = build_config()
    with database.open_writing_session() as session:
        config.attributes["connection"] = session.connection()
        command.downgrade(config, revision)
        session.commit()


def prepare(database: Database, *, may_upgrade: bool) -> None:
    """Bring the schema up to date if that is allowed, or see that it is. Raises StartRefused."""
    try:
        if may_upgrade:
            upgrade(database)
        else:
            verify_current(database)
    except SQLAlchemyError as fault:
        raise StartRefused(
            f"The database does not answer as it should ({type(fault).__name__}). Check"
            " RXLEDGER_DATABASE_URL, and that the file or server is sound."
        ) from None


def verify_current(database: Database) -> None:
    """Return when the schema is the newest; raises StartRefused otherwise."""
    expected = set(ScriptDirectory.from_config(build_config()).get_heads())
    with database.engine.connect() as connection:
        found = set(MigrationContext.configure(connection).get_current_heads())
    if found != expected:
        raise StartRefused(
            f"The database schema is at {', '.join(sorted(found)) or 'nothing'}, this gateway needs"
            f" {', '.join(sorted(expected))}. Back the database up and run `python -m ledger_api migrate`."
        )
