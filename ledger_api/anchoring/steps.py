"""The steps of one checkpoint on its way to the chain, each from one committed state to the next.

A step is given its row as it was read, asks the chain without holding a transaction open, and commits what it
found, provided that the row still is in that state: a second worker may have been faster. Every
step can be repeated at any time: it starts from the row and from what the chain says, never from memory.
"""

from dataclasses import dataclass

from ledger_api.anchoring.accounts import has_earlier_unsent, take_nonce
from ledger_api.anchoring.chain import AnchoringChain, ChainProof, Receipt, Sending
from ledger_api.anchoring.models import (
    AnchorTransaction,
    CheckpointProof,
    CheckpointState,
    LogCheckpoint,
    TransactionState,
)
from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.crash_points import CrashPoints
from ledger_api.keystore.interfaces import AnchoringKeys, SignedTransaction
from ledger_api.log.repository import LogRepository
from ledger_api.log.tiles import StoredTiles
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.json_members import to_hex
from ledger_proofs.tiles import consistency_proof_from_tiles
from ledger_proofs.types import Address, Hash, LogId, institution_of
from ledger_web.clock import Clock
from ledger_web.database import Database


class AnchoringBlocked(Exception):
    """A checkpoint can't go on by itself; `code` says why. It is tried again; readiness shows it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class CheckpointSteps:
    """Everything that a checkpoint's steps need."""

    database: Database
    chain: AnchoringChain
    keys: AnchoringKeys
    clock: Clock
    crash_points: CrashPoints

    def intend(self, log: int) -> bool:
        """Write down that the log's present head shall be anchored; say whether there was anything new."""
        with self.database.writing() as session:
            head = LogRepository(session).find_head(log)
            repository = AnchoringRepository(session)
            if head is None or head.size <= repository.find_largest_size(log):
                return False
            repository.add(LogCheckpoint(log=log, size=head.size, root=head.root, intended_at=self.clock()))
        self.crash_points.reach("intent_saved")
        return True

    def sign(self, checkpoint: LogCheckpoint) -> None:
        """Give the checkpoint a nonce and a signed transaction, written down before anybody sees them."""
        log = LogId(checkpoint.log)
        recorded = self.chain.find_checkpoint(log, checkpoint.size)
        if recorded is not None:
            self._adopt(checkpoint, recorded)
            return
        head = self.chain.head(log)
        proof = self._prove_consistency(checkpoint, head)
        institution = institution_of(log)
        account = Address(self.keys.anchoring_address(institution))
        mined = self.chain.mined_nonce(account)
        with self.database.writing() as session:
            repository = AnchoringRepository(session)
            fresh = _find_unmoved(repository, checkpoint)
            if fresh is None:
                return
            fresh.state = CheckpointState.SIGNED
            nonce = take_nonce(session, account, institution, mined)
            unsigned = self.chain.build_anchoring(nonce, (log, checkpoint.size, Hash(checkpoint.root)), proof)
            signed = self.keys.sign_transaction(institution, unsigned)
            repository.keep_transaction(
                AnchorTransaction(
                    hash=signed.hash,
                    checkpoint_id=_id_of(checkpoint),
                    account=account,
                    nonce=nonce,
                    raw=signed.raw,
                    signed_at=self.clock(),
                )
            )
        self.crash_points.reach("transaction_signed")

    def send(self, checkpoint: LogCheckpoint) -> None:
        """Give the kept transaction to the node; the same bytes as often as it takes."""
        transaction = self._find_live_transaction(checkpoint)
        if transaction is None:
            return
        self._verify_turn(transaction)
        signed = SignedTransaction(transaction.raw, transaction.hash)
        if self.chain.send(signed, Address(transaction.account), transaction.nonce) is Sending.NONCE_USED:
            self._resolve_used_nonce(checkpoint, transaction)
            return
        self.crash_points.reach("transaction_sent")
        with self.database.writing() as session:
            repository = AnchoringRepository(session)
            fresh = _find_unmoved(repository, checkpoint)
            if fresh is None:
                return
            fresh.state = CheckpointState.SENT
            transaction.state = TransactionState.SENT
            transaction.sent_at = self.clock()
            repository.keep_transaction(transaction)

    def look_for_receipt(self, checkpoint: LogCheckpoint) -> bool:
        """Look whether the transaction is in a block, and note where; say whether anything moved."""
        transaction = self._find_live_transaction(checkpoint)
        if transaction is None:
            return True
        receipt = self.chain.find_receipt(Hash(transaction.hash))
        if receipt is None:
            return False
        self._settle(checkpoint, transaction, receipt)
        return True

    def finalise(self, checkpoint: LogCheckpoint) -> None:
        """Keep what an offline verifier needs, and call it final; or go back after a reorganisation."""
        log, block_number = LogId(checkpoint.log), checkpoint.block_number or 0
        receipt = self.chain.find_receipt(Hash(checkpoint.transaction_hash or b""))
        if receipt is None or receipt.block_hash != checkpoint.block_hash:
            self._go_back(checkpoint)
            return
        proof = self.chain.take_proof(log, checkpoint.size, block_number)
        _verify_proven_root(checkpoint, proof)
        with self.database.writing() as session:
            repository = AnchoringRepository(session)
            fresh = _find_unmoved(repository, checkpoint)
            if fresh is None:
                return
            fresh.state = CheckpointState.FINAL
            fresh.final_at = self.clock()
            repository.add(
                CheckpointProof(
                    checkpoint_id=_id_of(checkpoint),
                    taken_at_block=block_number,
                    header=proof.header,
                    account_proof=proof.account_proof,
                    storage_proofs=proof.storage_proofs,
                )
            )
            LogRepository(session).set_final_size(checkpoint.log, checkpoint.size)
            session.flush()
            self.crash_points.reach("proof_kept")

    def note_failure(self, checkpoint_id: int, code: str) -> int:
        """Write down why a checkpoint doesn't move; return how often that has happened."""
        with self.database.writing() as session:
            checkpoint = AnchoringRepository(session).get_checkpoint(checkpoint_id)
            checkpoint.attempts += 1
            checkpoint.last_failure = code[:64]
            return checkpoint.attempts

    def _prove_consistency(self, checkpoint: LogCheckpoint, head: Checkpoint | None) -> list[Hash]:
        if head is None:
            return []
        if head.size > checkpoint.size:
            raise AnchoringBlocked(
                "chain-ahead",
                f"the chain holds log {checkpoint.log} at size {head.size}, beyond {checkpoint.size}: was the"
                " gateway's database put back from an older backup? Bring back the newer one",
            )
        with self.database.reading() as session:
            stored = StoredTiles(LogRepository(session), checkpoint.log)
            if stored.root_at(head.size) != head.root:
                raise AnchoringBlocked(
                    "log-forked",
                    f"the chain holds another log {checkpoint.log} at size {head.size} than this gateway: it"
                    " was altered here, or anchored from elsewhere. Stop, and compare both",
                )
            return list(consistency_proof_from_tiles(stored.read_tile, head.size, checkpoint.size))

    def _verify_turn(self, transaction: AnchorTransaction) -> None:
        with self.database.reading() as session:
            if not has_earlier_unsent(session, transaction.account, transaction.nonce):
                return
        raise AnchoringBlocked(
            "earlier-nonce-unsent",
            f"transaction {transaction.nonce} of the account waits for an earlier one that no node took yet",
        )

    def _find_live_transaction(self, checkpoint: LogCheckpoint) -> AnchorTransaction | None:
        """Return the transaction under way; without one (it was adopted, then reorganised away) sign anew."""
        with self.database.reading() as session:
            transaction = AnchoringRepository(session).find_latest_transaction(_id_of(checkpoint))
        if transaction is None:
            self._throw_back(checkpoint, None, TransactionState.DISPLACED)
        return transaction

    def _resolve_used_nonce(self, checkpoint: LogCheckpoint, transaction: AnchorTransaction) -> None:
        receipt = self.chain.find_receipt(Hash(transaction.hash))
        if receipt is not None:
            self._settle(checkpoint, transaction, receipt)
            return
        recorded = self.chain.find_checkpoint(LogId(checkpoint.log), checkpoint.size)
        if recorded is not None:
            self._adopt(checkpoint, recorded)
            return
        self._throw_back(checkpoint, transaction, TransactionState.DISPLACED)

    def _settle(self, checkpoint: LogCheckpoint, transaction: AnchorTransaction, receipt: Receipt) -> None:
        recorded = self.chain.find_checkpoint(LogId(checkpoint.log), checkpoint.size)
        if receipt.succeeded and recorded is not None:
            self._record(checkpoint, recorded, receipt)
            return
        self._throw_back(checkpoint, transaction, TransactionState.REVERTED)
        raise AnchoringBlocked(
            "anchor-reverted",
            f"the contract refused checkpoint {checkpoint.size} of log {checkpoint.log}: is the institution"
            " active, and is this its anchoring account?",
        )

    def _adopt(self, checkpoint: LogCheckpoint, recorded: Checkpoint) -> None:
        receipt = self.chain.find_anchoring(LogId(checkpoint.log), checkpoint.size)
        if receipt is None:
            raise AnchoringBlocked(
                "anchoring-not-found",
                "the chain holds the checkpoint, but the node doesn't find its transaction",
            )
        self._record(checkpoint, recorded, receipt)

    def _record(self, checkpoint: LogCheckpoint, recorded: Checkpoint, receipt: Receipt) -> None:
        if recorded.root != checkpoint.root:
            raise AnchoringBlocked(
                "log-forked",
                f"the chain holds another root for log {checkpoint.log} at size {checkpoint.size} than this"
                " gateway",
            )
        with self.database.writing() as session:
            repository = AnchoringRepository(session)
            fresh = _find_unmoved(repository, checkpoint)
            if fresh is None:
                return
            repository.close_transactions(_id_of(checkpoint), receipt.transaction_hash)
            fresh.state = CheckpointState.ANCHORED
            fresh.last_failure = None
            fresh.previous_size = recorded.previous_size
            fresh.anchored_at = recorded.anchored_at
            fresh.transaction_hash = receipt.transaction_hash
            fresh.block_number = receipt.block_number
            fresh.block_hash = receipt.block_hash
            LogRepository(session).set_anchored_size(checkpoint.log, checkpoint.size)
        self.crash_points.reach("receipt_seen")

    def _throw_back(
        self, checkpoint: LogCheckpoint, transaction: AnchorTransaction | None, state: TransactionState
    ) -> None:
        with self.database.writing() as session:
            repository = AnchoringRepository(session)
            fresh = _find_unmoved(repository, checkpoint)
            if fresh is None:
                return
            fresh.state = CheckpointState.INTENDED
            if transaction is not None:
                transaction.state = state
                repository.keep_transaction(transaction)

    def _go_back(self, checkpoint: LogCheckpoint) -> None:
        """After a reorganisation: this checkpoint and the later ones of its log are on the way again."""
        with self.database.writing() as session:
            repository = AnchoringRepository(session)
            if _find_unmoved(repository, checkpoint) is None:
                return
            LogRepository(session).set_anchored_size(checkpoint.log, checkpoint.previous_size or 0)
            for lost in repository.list_recorded_from(checkpoint.log, checkpoint.size):
                lost.state = CheckpointState.SENT
                lost.block_number, lost.block_hash, lost.anchored_at = None, None, None
                repository.reopen_transaction(_id_of(lost), lost.transaction_hash)


def _verify_proven_root(checkpoint: LogCheckpoint, proof: ChainProof) -> None:
    stated = None if not proof.storage_proofs else proof.storage_proofs[0]["value"]
    if stated not in (None, to_hex(checkpoint.root)):
        raise AnchoringBlocked(
            "log-forked",
            f"the chain proves another root for log {checkpoint.log} at size {checkpoint.size} than this"
            " gateway's",
        )


def _find_unmoved(repository: AnchoringRepository, checkpoint: LogCheckpoint) -> LogCheckpoint | None:
    """Return the checkpoint's row in this unit of work, or None if its state isn't as it was read."""
    fresh = repository.get_checkpoint(_id_of(checkpoint))
    return fresh if fresh.state == checkpoint.state else None


def _id_of(checkpoint: LogCheckpoint) -> int:
    if checkpoint.id is None:
        raise LookupError("the checkpoint has no row yet")
    return checkpoint.id
