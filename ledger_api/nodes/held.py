"""The gateway's own node, held to proofs where validators seal the chain and the trust file names them.

Every look begins with the latest block's header: sealed, not older than the operator allows, and not below
what is known to be sealed already. On a chain that nobody seals nothing can be proven: there the node is
believed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ledger_api.nodes.errors import HeadTooOld
from ledger_chain.answers import RawEvent, Receipt
from ledger_chain.deployment import Deployment
from ledger_chain.errors import ChainError
from ledger_chain.proven_reading import NodeLies, ProvenReading, TrustOutdated, find_proven_reading
from ledger_chain.proven_receipts import verify_mined
from ledger_chain.proven_view import ProvenView
from ledger_chain.reader import ChainReader
from ledger_proofs.chain_view import Trust
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.qbft import SealedHeader
from ledger_proofs.trust_files import MAX_TRUST_BYTES, parse_trust_file
from ledger_web.clock import Clock, system_clock
from ledger_web.errors import StartRefused


def load_trust(path: Path | None, deployment: Deployment) -> Trust:
    """Read the trust file, which must be of the deployment's chain and contracts. Raises StartRefused."""
    expected = deployment.trust()
    if path is None:
        return expected
    try:
        with path.open("rb") as file:
            trust = parse_trust_file(file.read(MAX_TRUST_BYTES + 1)).trust
    except OSError as fault:
        raise StartRefused(f"RXLEDGER_TRUST: {path} can't be read ({fault.strerror}).") from None
    except LedgerProofError as fault:
        raise StartRefused(f"RXLEDGER_TRUST: {path}, {fault.where or '/'}: {fault.message}") from None
    for name in ("chain_id", "genesis_hash", "directory", "checkpoint_log", "claim_register"):
        if getattr(trust, name) != getattr(expected, name):
            raise StartRefused(
                f"RXLEDGER_TRUST: {path} names another {name} than RXLEDGER_DEPLOYMENT. Both must be of one"
                " network: write it anew with `rxledger trust`."
            )
    return trust


def ignore(_fault: ChainError) -> None:
    """Note nothing."""


@dataclass
class HeldNode:
    """What the own node is held to. `note` is told of each answer that doesn't hold."""

    trust: Trust
    stale_seconds: int = 900
    clock: Clock = system_clock
    note: Callable[[ChainError], None] = ignore
    _floor: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_proving(self) -> bool:
        """Whether the trust file names validators, so that answers can be proven."""
        return self.trust.validators is not None

    def find_proven(self, reader: ChainReader) -> ProvenReading | None:
        """Return a reading of a node by proofs, for one look; None where nothing can be proven."""
        return find_proven_reading(reader, self.trust)

    def open_view(self, reader: ChainReader) -> ChainReader | ProvenView:
        """Begin a look at the chain: by proofs as of the latest block, or plainly where none can be had.

        Raises ChainError.
        """
        proven = self.find_proven(reader)
        if proven is None:
            return reader
        return ProvenView(proven, self.trust, self.get_head(proven))

    def get_head(self, proven: ProvenReading) -> SealedHeader:
        """Return the latest block's header. Raises `NodeLies` or `HeadTooOld`."""
        known = self._floor  # before the node is asked: another thread may see a newer block meanwhile
        head = proven.latest_header()
        if head.number < known:
            raise HeadTooOld(head.number, f"block {known} is sealed already")
        if head.header.timestamp < self.clock() - self.stale_seconds:
            raise HeadTooOld(head.number, f"it is of {head.header.timestamp}")
        self.note_sealed(head.number)
        return head

    def note_sealed(self, number: int) -> None:
        """Note that a block is known to be sealed: a node that shows less than that shows an old state."""
        with self._lock:
            self._floor = max(self._floor, number)

    def verify_mined(
        self, reader: ChainReader, receipt: Receipt, events: list[RawEvent] | None = None
    ) -> SealedHeader | None:
        """Check a receipt, and its events, if given; return its block's header. Without seals: None.

        Raises `NodeLies`.
        """
        proven = self.find_proven(reader)
        if proven is None:
            return None
        with self.noting():
            return verify_mined(proven, receipt, events)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Tell `note` of a fault of the node's word that passes through."""
        try:
            yield
        except (NodeLies, HeadTooOld, TrustOutdated) as fault:
            self.note(fault)
            raise
