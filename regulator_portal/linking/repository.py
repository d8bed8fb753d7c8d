"""Every query about linked records, links, claims' origins and lots."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from ledger_chain.register_events import Act
from ledger_proofs.kinds import KINDS
from ledger_web.clock import Clock
from regulator_portal.linking.models import ClaimOrigin, IndexedLog, LinkedRecord, LotPack, RecordLink
from regulator_portal.register.models import ActedPack, RegisterAct

STATED_BY = {Act.SETTLE: 4, Act.VOID: 5, Act.RESTORE: 6, Act.REVERSE: 7}
"""Which kind of record is to state an act; a use is stated by the kind that it is used into."""
JUDGED_KINDS = frozenset({3, 4, 5, 6, 7, 11})
"""The kinds that the rules look at."""
MOST_LINKS = 500
"""How many records that refer to one are looked at."""
TOKENS_A_QUERY = 500


@dataclass(frozen=True)
class RecordFilter:
    """Which records of a kind to list; None for all. Times are of when they were first seen anchored."""

    kind: int
    institution: int | None = None
    counterpart: int | None = None
    decision: str | None = None
    verdict: str | None = None
    seen_from: int | None = None
    seen_before: int | None = None


class LinkRepository:
    """Reads and writes the links' tables within the caller's unit of work."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def find(self, commitment: bytes, institution: int) -> LinkedRecord | None:
        """Find a record of an institution."""
        return self._session.get(LinkedRecord, (commitment, institution), populate_existing=True)

    def list_of(self, commitment: bytes) -> Sequence[LinkedRecord]:
        """List the records of a commitment: more than one where an institution logged another's."""
        return self._session.exec(
            select(LinkedRecord)
            .where(LinkedRecord.commitment == commitment)
            .order_by(col(LinkedRecord.institution))
            .limit(MOST_LINKS)
        ).all()

    def list_page(
        self, wanted: RecordFilter, before: tuple[int, bytes] | None, limit: int
    ) -> Sequence[LinkedRecord]:
        """List records of a kind, the latest seen first; `before` is (seen_at, commitment) of the last."""
        query = select(LinkedRecord).where(LinkedRecord.kind == wanted.kind)
        for column, value in (
            (LinkedRecord.institution, wanted.institution),
            (LinkedRecord.counterpart, wanted.counterpart),
            (LinkedRecord.decision, wanted.decision),
            (LinkedRecord.verdict, wanted.verdict),
        ):
            if value is not None:
                query = query.where(column == value)
        if wanted.seen_from is not None:
            query = query.where(col(LinkedRecord.seen_at) >= wanted.seen_from)
        if wanted.seen_before is not None:
            query = query.where(col(LinkedRecord.seen_at) < wanted.seen_before)
        if before is not None:
            at, commitment = before
            query = query.where(
                (col(LinkedRecord.seen_at) < at)
                | ((col(LinkedRecord.seen_at) == at) & (col(LinkedRecord.commitment) < commitment))
            )
        ordered = query.order_by(col(LinkedRecord.seen_at).desc(), col(LinkedRecord.commitment).desc())
        return self._session.exec(ordered.limit(limit)).all()

    def list_due(self, now: int, limit: int) -> Sequence[LinkedRecord]:
        """List the records that are to be judged now, those that wait longest first."""
        return self._session.exec(
            select(LinkedRecord)
            .where(col(LinkedRecord.due_at).is_not(None), col(LinkedRecord.due_at) <= now)
            .order_by(col(LinkedRecord.due_at))
            .limit(limit)
        ).all()

    def list_links_from(self, record: LinkedRecord) -> Sequence[RecordLink]:
        """List what a record refers to."""
        return self._session.exec(
            select(RecordLink)
            .where(RecordLink.commitment == record.commitment, RecordLink.institution == record.institution)
            .order_by(col(RecordLink.role), col(RecordLink.place))
        ).all()

    def list_links_to(self, commitment: bytes, role: str | None = None) -> Sequence[RecordLink]:
        """List what refers to a record."""
        query = select(RecordLink).where(RecordLink.target == commitment)
        if role is not None:
            query = query.where(RecordLink.role == role)
        return self._session.exec(query.order_by(col(RecordLink.commitment)).limit(MOST_LINKS)).all()

    def list_lots_of(self, token: bytes) -> Sequence[LinkedRecord]:
        """List the lots' records that name a pack."""
        return self._session.exec(
            select(LinkedRecord)
            .join(
                LotPack,
                (col(LotPack.commitment) == col(LinkedRecord.commitment))
                & (col(LotPack.institution) == col(LinkedRecord.institution)),
            )
            .where(LotPack.token == token)
            .limit(MOST_LINKS)
        ).all()

    def list_of_lot(self, lot_key: str) -> Sequence[LinkedRecord]:
        """List the records about a lot: commissioned, recalled."""
        return self._session.exec(
            select(LinkedRecord).where(LinkedRecord.lot_key == lot_key).limit(MOST_LINKS)
        ).all()

    def count_hidden(self, kind: int) -> int:
        """Count up to one record of a kind whose content wasn't disclosed (yet)."""
        found = self._session.exec(
            select(LinkedRecord.commitment)
            .where(LinkedRecord.kind == kind, col(LinkedRecord.signed_at).is_(None))
            .limit(1)
        ).all()
        return len(found)

    def find_origin(self, claim: bytes) -> ClaimOrigin | None:
        """Find the mirrored entry that a claim is of."""
        return self._session.get(ClaimOrigin, claim)

    def get_indexed(self, log: int) -> IndexedLog:
        """Return how far a log is indexed."""
        return self._session.get(IndexedLog, log, populate_existing=True) or IndexedLog(log=log)

    def add(self, row: SQLModel) -> None:
        """Add or update a row, at once."""
        self._session.add(row)
        self._session.flush()

    def add_unless_there(self, rows: Sequence[SQLModel]) -> None:
        """Add rows of one table, leaving those whose key is there already as they are."""
        if not rows:
            return
        connection = self._session.connection()
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        table = type(rows[0]).__table__  # type: ignore[attr-defined]
        statement = dialect.insert(table).on_conflict_do_nothing()
        connection.execute(statement, [row.model_dump() for row in rows])

    def note_act(self, act: RegisterAct) -> None:
        """Note that the register tells an act: the record that is to state it is known, and judged again."""
        kind = KINDS[act.kind].used_into if act.act == Act.DISPENSE else STATED_BY[Act(act.act)]
        row = self.find(act.statement, act.actor)
        if row is None:
            row = LinkedRecord(
                commitment=act.statement, institution=act.actor, kind=kind, seen_at=act.time, rulings=[]
            )
        row.due_at = self._clock()
        self._session.add(row)
        self._mark_linking(act.subject)

    def note_refusal(self, subject: bytes) -> None:
        """Note that the register refused something about a record."""
        self._mark(subject)

    def note_shown(self, record: LinkedRecord, links: Sequence[RecordLink], tokens: Sequence[bytes]) -> None:
        """Keep to what a record refers, and have everything judged again that this tells something about."""
        self.add_unless_there(links)
        self.add_unless_there(
            [
                LotPack(token=token, commitment=record.commitment, institution=record.institution)
                for token in tokens
            ]
        )
        self._mark_linking(record.commitment)
        for target in {link.target for link in links}:
            self._mark(target)
            self._mark_linking(target)
        self._mark_users(tokens)
        if record.kind in JUDGED_KINDS:
            record.due_at = self._clock()
        self.add(record)

    def mark_all(self) -> None:
        """Have every record judged again."""
        self._session.connection().execute(
            update(LinkedRecord).where(col(LinkedRecord.kind).in_(JUDGED_KINDS)).values(due_at=self._clock())
        )

    def count_verdict(self, verdict: str) -> int:
        """Count the records of the judged kinds with a verdict."""
        return self._session.exec(
            select(func.count())
            .select_from(LinkedRecord)
            .where(col(LinkedRecord.kind).in_(JUDGED_KINDS), LinkedRecord.verdict == verdict)
        ).one()

    def _mark(self, commitment: bytes) -> None:
        self._session.connection().execute(
            update(LinkedRecord)
            .where(col(LinkedRecord.commitment) == commitment, col(LinkedRecord.kind).in_(JUDGED_KINDS))
            .values(due_at=self._clock())
        )

    def _mark_linking(self, commitment: bytes) -> None:
        for link in self.list_links_to(commitment):
            self._mark(link.commitment)

    def _mark_users(self, tokens: Sequence[bytes]) -> None:
        """Have the uses of packs judged again."""
        for start in range(0, len(tokens), TOKENS_A_QUERY):
            chosen = list(tokens[start : start + TOKENS_A_QUERY])
            statements = self._session.exec(
                select(RegisterAct.statement)
                .join(
                    ActedPack,
                    (col(ActedPack.block_number) == col(RegisterAct.block_number))
                    & (col(ActedPack.log_index) == col(RegisterAct.log_index)),
                )
                .where(col(ActedPack.token).in_(chosen))
                .distinct()
            ).all()
            for statement in statements:
                self._mark(statement)
