"""Queries of code mappings."""

from collections.abc import Sequence

from sqlalchemy import insert, tuple_
from sqlmodel import Session, col, select

from ledger_api.codes.models import CodeMappingRow, CodeMappingVersion

_KEYS_A_QUERY = 400
_ROWS_AN_INSERT = 1_000


class CodeMappingRepository:
    """Reads and writes the code mappings of institutions in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_current(self, institution: int) -> CodeMappingVersion | None:
        """Find the version in force."""
        wanted = select(CodeMappingVersion).where(CodeMappingVersion.institution == institution)
        return self._session.exec(wanted.order_by(col(CodeMappingVersion.version).desc()).limit(1)).first()

    def find_version(self, institution: int, version: int) -> CodeMappingVersion | None:
        """Find one version of an institution."""
        wanted = select(CodeMappingVersion).where(
            CodeMappingVersion.institution == institution, CodeMappingVersion.version == version
        )
        return self._session.exec(wanted).one_or_none()

    def add_version(self, version: CodeMappingVersion, rows: Sequence[dict[str, object]]) -> int:
        """Add a version with its rows (columns of `CodeMappingRow` but `version_id`); returns its id."""
        self._session.add(version)
        self._session.flush()
        if version.id is None:
            raise LookupError("the database gave the new version no id")
        for start in range(0, len(rows), _ROWS_AN_INSERT):
            batch = [{**row, "version_id": version.id} for row in rows[start : start + _ROWS_AN_INSERT]]
            self._session.connection().execute(insert(CodeMappingRow), batch)
        return version.id

    def list_page(self, version_id: int, after: int, limit: int) -> Sequence[CodeMappingRow]:
        """List rows of positions above `after`, in the order of the file; at most `limit`."""
        wanted = select(CodeMappingRow).where(
            CodeMappingRow.version_id == version_id, CodeMappingRow.position > after
        )
        return self._session.exec(wanted.order_by(col(CodeMappingRow.position)).limit(limit)).all()

    def find_rows(self, version_id: int, keys: Sequence[tuple[str, str, str]]) -> Sequence[CodeMappingRow]:
        """Find the rows of (kind, source system, source code) that are mapped."""
        found: list[CodeMappingRow] = []
        key_columns = tuple_(
            col(CodeMappingRow.kind), col(CodeMappingRow.source_system), col(CodeMappingRow.source_code)
        )
        for start in range(0, len(keys), _KEYS_A_QUERY):
            wanted = select(CodeMappingRow).where(
                CodeMappingRow.version_id == version_id, key_columns.in_(keys[start : start + _KEYS_A_QUERY])
            )
            found.extend(self._session.exec(wanted))
        return found
