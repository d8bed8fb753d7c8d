"""A node's answers on a chain that validators seal, held against proofs: what it says must be what it proves.

Every answer hangs on a header whose seals count by the trust file's validators: a checkpoint, a log's head
and closing and a claim's word by EIP-1186 proofs, the claim register's events by the block's receipts. A node
can still keep back what happened after its own latest block: only the time and another node tell that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledger_chain.answers import RawEvent
from ledger_chain.contracts import ContractName
from ledger_chain.errors import ChainError
from ledger_chain.reader import ChainReader, ReaderBadAnswer
from ledger_chain.receipts import build_receipts_root, may_have_logged
from ledger_proofs import qbft
from ledger_proofs.chain_view import Trust
from ledger_proofs.checkpoints import Checkpoint, parse_checkpoint_words
from ledger_proofs.errors import CannotCheck, MalformedInput, ProofInvalid
from ledger_proofs.proven_state import verify_words
from ledger_proofs.qbft import SealedHeader
from ledger_proofs.state_proofs import find_account
from ledger_proofs.storage_layout import (
    StoredClosing,
    checkpoint_slots,
    claim_slot,
    closing_slot,
    head_slot,
    parse_closing,
)
from ledger_proofs.types import Address, Hash
from ledger_proofs.validators import verify_sealed

NONE = "none"


class NodeLies(ReaderBadAnswer):
    """What a node says isn't what a sealed header proves, or it gives no proof that holds.

    `what` was compared: `proven` (or what is asked for), and `told` (or what was given instead).
    """

    def __init__(self, what: str, proven: str, told: str, block: int) -> None:
        super().__init__(f"The chain node's answer isn't proven as of block {block}: {what}.")
        self.what, self.proven, self.told, self.block = what, proven, told, block


class ProofFails(NodeLies):
    """A header without the validators' seals, or state that its header doesn't prove."""


class ReceiptsForged(NodeLies):
    """Receipts that don't give their header's root."""


class EventsMissing(NodeLies):
    """Events that the proven receipts hold and the node didn't tell, or told otherwise."""


class TrustOutdated(ChainError, CannotCheck):
    """The chain has other validators than the trust file knows: nothing can be said until it is renewed."""

    code = "validators.trust_outdated"  # type: ignore[misc] # a constant in one tree, an attribute in the other

    def __init__(self, message: str) -> None:
        CannotCheck.__init__(self, message, code="validators.trust_outdated")


class ProvenReading:
    """Asks one node for headers and proofs. Raises `NodeLies`, or another `ChainError` where it can't."""

    def __init__(self, reader: ChainReader, trust: Trust) -> None:
        if trust.validators is None or trust.code_hashes is None:
            raise ValueError("only a trust file that names validators lets a node be held to proofs")
        self.reader = reader
        self._validators = trust.validators
        self._code = trust.code_hashes
        self._headers: dict[int, SealedHeader] = {}

    def header_at(self, number: int) -> SealedHeader:
        """Return a block's header, sealed by those who were its validators."""
        if number not in self._headers:
            header = self._parse(number)
            try:
                verify_sealed(header, self._validators)
            except ProofInvalid as error:
                raise ProofFails(
                    "seals of the block's header", "the validators'", error.code, number
                ) from None
            except CannotCheck as error:
                raise TrustOutdated(str(error)) from None
            self._headers[number] = header
        return self._headers[number]

    def latest_header(self) -> SealedHeader:
        """Return the header of the node's latest block, sealed."""
        return self.header_at(self.reader.block_number())

    def checkpoint(self, log: int, size: int, at: SealedHeader) -> Checkpoint | None:
        """Return a log's checkpoint of a size as of a block, None where it is proven that there is none."""
        slots = checkpoint_slots(log, size)
        words = self.words(ContractName.CHECKPOINT_LOG, self._code.checkpoint_log, slots, at)
        try:
            return parse_checkpoint_words(log, size, (words[slots[0]], words[slots[1]]))
        except MalformedInput as error:
            raise ProofFails("words of a checkpoint", "a checkpoint", error.code, at.number) from None

    def head_size(self, log: int, at: SealedHeader) -> int:
        """Return the size of a log's latest checkpoint as of a block, 0 where there is none."""
        slot = head_slot(log)
        words = self.words(ContractName.CHECKPOINT_LOG, self._code.checkpoint_log, [slot], at)
        return int.from_bytes(words[slot], "big")

    def closing(self, log: int, at: SealedHeader) -> StoredClosing:
        """Return how a log was closed as of a block."""
        slot = closing_slot(log)
        words = self.words(ContractName.CHECKPOINT_LOG, self._code.checkpoint_log, [slot], at)
        return parse_closing(words[slot])

    def nonce(self, account: Address, at: SealedHeader) -> int:
        """Return how many transactions of an account are in blocks as of one."""
        try:
            stated = self.reader.account_proof(account, [], at.number)
            found = find_account(at.header.state_root, account, stated.proof)
        except ProofInvalid as error:
            raise ProofFails("account of a sender", "a proof that holds", error.code, at.number) from None
        return 0 if found is None else found.nonce

    def claim_word(self, claim: bytes, at: SealedHeader) -> int:
        """Return a claim's word as of a block."""
        slot = claim_slot(claim)
        words = self.words(ContractName.CLAIM_REGISTER, self._code.claim_register, [slot], at)
        return int.from_bytes(words[slot], "big")

    def verify_register_events(self, first: int, last: int, told: Sequence[RawEvent]) -> None:
        """Check that these are all events of the claim register in some blocks.

        The last block's seals bind the others by their parents' hashes. Raises `NodeLies`.
        """
        address = self.reader.deployment.address_of(ContractName.CLAIM_REGISTER)
        header = self.header_at(last)
        for number in range(last, first - 1, -1):
            events = [each for each in told if each.block_number == number]
            if events or may_have_logged(header.header.logs_bloom, address):
                self._verify_block_events(header, address, events)
            if number > first:
                below = self._parse(number - 1)
                if below.block_hash != header.header.parent_hash:
                    proven, given = header.header.parent_hash.hex(), below.block_hash.hex()
                    raise ProofFails(f"hash of block {number - 1}", proven, given, number)
                header = below

    def _verify_block_events(self, header: SealedHeader, address: bytes, events: Sequence[RawEvent]) -> None:
        number, root = header.number, header.header.receipts_root
        receipts = self.reader.block_receipts(number)
        given = find_receipts_root(receipts)
        if given != root:
            shown = "no receipts" if given is None else given.hex()
            raise ReceiptsForged("root of the block's receipts", root.hex(), shown, number)
        logs = [log for each in receipts for log in each["logs"] if _blob(log["address"]) == address]
        proven = [(tuple(map(_blob, log["topics"])), _blob(log["data"])) for log in logs]
        if proven != [(event.topics, event.content) for event in events]:
            told = (
                f"{len(events)} events" if len(events) != len(proven) else f"{len(events)} events, other ones"
            )
            raise EventsMissing("events of the claim register", f"{len(proven)} events", told, number)

    def words(
        self, contract: ContractName, code_hash: Hash, slots: Sequence[Hash], at: SealedHeader
    ) -> Mapping[Hash, Hash]:
        """Return words of a contract's storage as of a block, by slot."""
        try:
            return verify_words(at, code_hash, self.reader.account_proof(contract, slots, at.number))
        except ProofInvalid as error:
            raise ProofFails(f"storage of {contract}", "a proof that holds", error.code, at.number) from None

    def _parse(self, number: int) -> SealedHeader:
        rebuilt = self.reader.block_header_rlp(number)
        if rebuilt is None:
            raise ProofFails("header of the block", "a header that has the block's hash", NONE, number)
        try:
            header = qbft.parse_header(rebuilt)
        except MalformedInput as error:
            raise ProofFails(
                "header of the block", "a header that validators seal", error.code, number
            ) from None
        if header.number != number:
            raise ProofFails("number of the block", str(number), str(header.number), number)
        return header


def find_proven_reading(reader: ChainReader, trust: Trust) -> ProvenReading | None:
    """A reading by proofs, None where the trust file names no validators: then nothing can be proven."""
    return None if trust.validators is None else ProvenReading(reader, trust)


def find_receipts_root(receipts: Sequence[Mapping[str, Any]]) -> Hash | None:
    """The root that receipts give; None where they aren't of a receipt's form."""
    try:
        return build_receipts_root(receipts)
    except (AttributeError, KeyError, TypeError, ValueError, MalformedInput):
        return None


def _blob(stated: object) -> bytes:
    return bytes.fromhex(str(stated).removeprefix("0x"))
