"""Every query about checkpoints on their way to the chain."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from ledger_api.anchoring.models import (
    AnchorAccount,
    AnchorTransaction,
    CheckpointProof,
    CheckpointState,
    LogCheckpoint,
    TransactionState,
)

UNDER_WAY = (CheckpointState.INTENDED, CheckpointState.SIGNED, CheckpointState.SENT)
RECORDED = (CheckpointState.ANCHORED, CheckpointState.FINAL)
LIVE = (TransactionState.SIGNED, TransactionState.SENT)


class AnchoringRepository:
    """Reads and writes the anchoring tables within the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: AnchorAccount | LogCheckpoint | CheckpointProof) -> None:
        """Add a row, or the changes of one."""
        self._session.add(row)
        self._session.flush()

    def keep_transaction(self, transaction: AnchorTransaction) -> None:
        """Write a transaction, or what is new of it: the same nonce and call always give the same hash."""
        self._session.merge(transaction)
        self._session.flush()

    def get_checkpoint(self, checkpoint_id: int) -> LogCheckpoint:
        """Return a checkpoint by its row's id, locked where the database locks rows; raises LookupError."""
        checkpoint = self._session.get(LogCheckpoint, checkpoint_id, with_for_update=True)
        if checkpoint is None:
            raise LookupError(f"no checkpoint row {checkpoint_id}")
        return checkpoint

    def find_under_way(self, log: int) -> LogCheckpoint | None:
        """Return the smallest checkpoint of a log that the chain hasn't recorded yet."""
        return self._session.exec(
            select(LogCheckpoint)
            .where(LogCheckpoint.log == log, col(LogCheckpoint.state).in_(UNDER_WAY))
            .order_by(col(LogCheckpoint.size))
            .limit(1)
        ).one_or_none()

    def find_first_not_final(self, log: int) -> LogCheckpoint | None:
        """Return the smallest checkpoint of a log that is recorded, but not final."""
        return self._session.exec(
            select(LogCheckpoint)
            .where(LogCheckpoint.log == log, LogCheckpoint.state == CheckpointState.ANCHORED)
            .order_by(col(LogCheckpoint.size))
            .limit(1)
        ).one_or_none()

    def list_recorded_from(self, log: int, size: int) -> Sequence[LogCheckpoint]:
        """Return a log's recorded checkpoints that aren't final, from a size upwards."""
        return self._session.exec(
            select(LogCheckpoint)
            .where(
                LogCheckpoint.log == log,
                LogCheckpoint.state == CheckpointState.ANCHORED,
                col(LogCheckpoint.size) >= size,
            )
            .order_by(col(LogCheckpoint.size))
        ).all()

    def find_largest_size(self, log: int) -> int:
        """Return the size of the largest checkpoint intended so far, 0 if there is none."""
        return (
            self._session.exec(select(func.max(LogCheckpoint.size)).where(LogCheckpoint.log == log)).one()
            or 0
        )

    def find_first_holding(self, log: int, position: int) -> LogCheckpoint | None:
        """Return the first recorded checkpoint that holds a position (protocol 6)."""
        return self._session.exec(
            select(LogCheckpoint)
            .where(
                LogCheckpoint.log == log,
                col(LogCheckpoint.size) > position,
                col(LogCheckpoint.state).in_(RECORDED),
            )
            .order_by(col(LogCheckpoint.size))
            .limit(1)
        ).one_or_none()

    def list_recorded_after(self, log: int, size: int, limit: int) -> Sequence[LogCheckpoint]:
        """Return a page of a log's recorded checkpoints that are larger than `size`, ascending."""
        return self._session.exec(
            select(LogCheckpoint)
            .where(
                LogCheckpoint.log == log,
                col(LogCheckpoint.size) > size,
                col(LogCheckpoint.state).in_(RECORDED),
            )
            .order_by(col(LogCheckpoint.size))
            .limit(limit)
        ).all()

    def find_latest_transaction(self, checkpoint_id: int) -> AnchorTransaction | None:
        """Return the live transaction of a checkpoint, if it has one."""
        return self._session.exec(
            select(AnchorTransaction)
            .where(AnchorTransaction.checkpoint_id == checkpoint_id, col(AnchorTransaction.state).in_(LIVE))
            .order_by(col(AnchorTransaction.nonce).desc())
            .limit(1)
        ).one_or_none()

    def close_transactions(self, checkpoint_id: int, mined: bytes) -> None:
        """Note which of a checkpoint's transactions is in a block; the others can't be any more."""
        for transaction in self._session.exec(
            select(AnchorTransaction).where(AnchorTransaction.checkpoint_id == checkpoint_id)
        ):
            if transaction.hash == mined:
                transaction.state = TransactionState.MINED
            elif transaction.state in LIVE:
                transaction.state = TransactionState.DISPLACED

    def reopen_transaction(self, checkpoint_id: int, transaction_hash: bytes | None) -> None:
        """Note that a checkpoint's transaction is in no block any more."""
        transaction = self._session.get(AnchorTransaction, transaction_hash) if transaction_hash else None
        if transaction is not None and transaction.checkpoint_id == checkpoint_id:
            transaction.state = TransactionState.SENT

    def list_live_nonces(self, account: bytes) -> Sequence[int]:
        """Return the nonces of an account's transactions that are neither in a block nor given up."""
        return self._session.exec(
            select(AnchorTransaction.nonce)
            .where(AnchorTransaction.account == account, col(AnchorTransaction.state).in_(LIVE))
            .order_by(col(AnchorTransaction.nonce))
        ).all()

    def find_account(self, address: bytes) -> AnchorAccount | None:
        """Return an anchoring account's row, locked where the database locks rows."""
        return self._session.get(AnchorAccount, address, with_for_update=True)

    def find_proof(self, checkpoint_id: int) -> CheckpointProof | None:
        """Return what was kept of the chain for a checkpoint."""
        return self._session.get(CheckpointProof, checkpoint_id)
