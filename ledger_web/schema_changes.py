"""Schema changes, by Alembic: at start in development, by a command of the operator's in production."""

from functools import cached_property
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from ledger_web.database import Database
from ledger_web.errors import StartRefused


class SchemaChanges:
    """The migrations in one folder. `migrate_command` is what an operator runs to apply them."""

    def __init__(self, folder: Path, migrate_command: str, settings_prefix: str = "RXLEDGER_") -> None:
        self._folder = folder
        self._migrate_command = migrate_command
        self._database_setting = settings_prefix + "DATABASE_URL"

    def build_config(self) -> Config:
        """Build Alembic's configuration; the connection is handed over in `attributes`."""
        config = Config()
        config.set_main_option("script_location", str(self._folder))
        return config

    def upgrade(self, database: Database, revision: str = "heads") -> None:
        """Bring the schema up to `revision`, in one transaction."""
        config = self.build_config()
        with database.open_writing_session() as session:
            config.attributes["connection"] = session.connection()
            command.upgrade(config, revision)
            session.commit()

    def downgrade(self, database: Database, revision: str) -> None:
        """Take the schema back to `revision` ("base" for nothing), in one transaction."""
        config = self.build_config()
        with database.open_writing_session() as session:
            config.attributes["connection"] = session.connection()
            command.downgrade(config, revision)
            session.commit()

    def prepare(self, database: Database, *, may_upgrade: bool) -> None:
        """Bring the schema up to date if that is allowed, or see that it is. Raises StartRefused."""
        try:
            if may_upgrade and self._find_current(database) != self._newest:
                self.upgrade(database)
            elif not may_upgrade:
                self.verify_current(database)
        except SQLAlchemyError as fault:
            raise StartRefused(
                f"The database does not answer as it should ({type(fault).__name__}). Check"
                f" {self._database_setting}, and that the file or server is sound."
            ) from None

    def verify_current(self, database: Database) -> None:
        """Return when the schema is the newest; raises StartRefused otherwise."""
        expected, found = self._newest, self._find_current(database)
        if found != expected:
            raise StartRefused(
                f"The database schema is at {', '.join(sorted(found)) or 'nothing'}, this program needs"
                f" {', '.join(sorted(expected))}. Back the database up and run `{self._migrate_command}`."
            )

    @cached_property
    def _newest(self) -> frozenset[str]:
        return frozenset(ScriptDirectory.from_config(self.build_config()).get_heads())

    @staticmethod
    def _find_current(database: Database) -> frozenset[str]:
        with database.engine.connect() as connection:
            return frozenset(MigrationContext.configure(connection).get_current_heads())
