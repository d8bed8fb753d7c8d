"""Every query about the register's mirror."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from regulator_portal.register.models import (
    ONLY_ROW,
    ActedClaim,
    ActedPack,
    RegisterAct,
    RegisterMirror,
    RegisterRefusal,
)

Row = RegisterMirror | RegisterAct | ActedClaim | ActedPack | RegisterRefusal
Place = tuple[int, int]
"""Block number and log index."""
MOST_ACTS = 200
"""How many acts about one thing are looked at: a claim can be used and restored often."""


class RegisterRepository:
    """Reads and writes the register's tables within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_mirror(self) -> RegisterMirror:
        """Return the one row, made if there is none yet."""
        row = self._session.get(RegisterMirror, ONLY_ROW, populate_existing=True)
        if row is None:
            row = RegisterMirror(id=ONLY_ROW)
            self._session.add(row)
        return row

    def find_mirror(self) -> RegisterMirror | None:
        """Find the one row: None before the first round."""
        return self._session.get(RegisterMirror, ONLY_ROW)

    def add(self, row: Row) -> None:
        """Add or update a row."""
        self._session.add(row)

    def list_digests(self, first: int, last: int) -> dict[Place, bytes]:
        """Return the digests of all kept events of some blocks, by place."""
        found: dict[Place, bytes] = {}
        for table in (RegisterAct, RegisterRefusal):
            rows = self._session.exec(
                select(table.block_number, table.log_index, table.digest).where(
                    col(table.block_number) >= first, col(table.block_number) <= last
                )
            )
            found |= {(block, index): digest for block, index, digest in rows}
        return found

    def list_acts_of(self, subject: bytes) -> Sequence[RegisterAct]:
        """List the acts about a record (a use's, or a voided one), oldest first."""
        return self._ordered(col(RegisterAct.subject) == subject)

    def list_stated_by(self, statement: bytes, actor: int) -> Sequence[RegisterAct]:
        """List the acts of an institution that a record is to state, oldest first."""
        return self._ordered((col(RegisterAct.statement) == statement) & (col(RegisterAct.actor) == actor))

    def list_acts_on_claim(self, claim: bytes) -> Sequence[RegisterAct]:
        """List the acts on a claim, oldest first."""
        return self._session.exec(
            select(RegisterAct)
            .join(
                ActedClaim,
                (col(ActedClaim.block_number) == col(RegisterAct.block_number))
                & (col(ActedClaim.log_index) == col(RegisterAct.log_index)),
            )
            .where(ActedClaim.claim == claim)
            .order_by(col(RegisterAct.block_number), col(RegisterAct.log_index))
            .limit(MOST_ACTS)
        ).all()

    def list_acts_on_pack(self, token: bytes) -> Sequence[tuple[RegisterAct, ActedPack]]:
        """List the uses and restorings of a pack with what each states of it, oldest first."""
        return list(
            self._session.exec(
                select(RegisterAct, ActedPack)
                .join(
                    ActedPack,
                    (col(ActedPack.block_number) == col(RegisterAct.block_number))
                    & (col(ActedPack.log_index) == col(RegisterAct.log_index)),
                )
                .where(ActedPack.token == token)
                .order_by(col(RegisterAct.block_number), col(RegisterAct.log_index))
                .limit(MOST_ACTS)
            )
        )

    def list_claims(self, act: RegisterAct) -> Sequence[ActedClaim]:
        """List an act's claims in the order of its event."""
        return self._session.exec(
            select(ActedClaim)
            .where(ActedClaim.block_number == act.block_number, ActedClaim.log_index == act.log_index)
            .order_by(col(ActedClaim.place))
        ).all()

    def list_packs(self, act: RegisterAct) -> Sequence[ActedPack]:
        """List an act's packs by token."""
        return self._session.exec(
            select(ActedPack)
            .where(ActedPack.block_number == act.block_number, ActedPack.log_index == act.log_index)
            .order_by(col(ActedPack.token))
        ).all()

    def list_refusals_of(self, subject: bytes) -> Sequence[RegisterRefusal]:
        """List what the register refused about a record, oldest first."""
        return self._session.exec(
            select(RegisterRefusal)
            .where(RegisterRefusal.subject == subject)
            .order_by(col(RegisterRefusal.block_number), col(RegisterRefusal.log_index))
            .limit(MOST_ACTS)
        ).all()

    def _ordered(self, wanted: object) -> Sequence[RegisterAct]:
        return self._session.exec(
            select(RegisterAct)
            .where(wanted)  # type: ignore[arg-type] # a condition, however SQLAlchemy types it
            .order_by(col(RegisterAct.block_number), col(RegisterAct.log_index))
            .limit(MOST_ACTS)
        ).all()
