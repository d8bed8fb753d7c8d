"""Reading the chain: what institutions anchored, who was entitled, and how claims stand.

`ChainReader` is what the verifier asks (`ledger_proofs.verifier.ChainView`) and what gateways follow their
transactions with. It never sends. Of several nodes the next is asked where one can't be reached, none twice.
Its faults, `ReaderUnreachable`, `ReaderBadAnswer` and `ReaderMismatch`, are errors of the chain layer and the
verifier's `CannotCheck` at once. None is a failed proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from web3 import Web3

from ledger_chain.answers import Credential, RawEvent, Receipt
from ledger_chain.block_headers import rebuild_header
from ledger_chain.connection import DEFAULT_TIMEOUT_S, ask, connect
from ledger_chain.contracts import ContractName
from ledger_chain.deployment import Deployment
from ledger_chain.errors import BadAnswer, ChainError, ChainUnreachable, ContractMismatch, TransactionRefused
from ledger_chain.reader_faults import ReaderBadAnswer, ReaderMismatch, ReaderUnreachable
from ledger_chain.views import get_view
from ledger_proofs.bounded_time import Outage
from ledger_proofs.bundle_proofs import AccountProof, StorageProof
from ledger_proofs.chain_view import InstitutionState
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.errors import MalformedInput
from ledger_proofs.kinds import InstitutionRole, InstitutionStatus
from ledger_proofs.types import MAX_UINT64, Address, Hash, LogId

__all__ = ["ChainReader", "ReaderBadAnswer", "ReaderMismatch", "ReaderUnreachable"]

PAGE: Final = 200  # rows of a list that one question asks for
MOST_ROWS: Final = 2**21  # as many as there can be institutions: else a node could be asked for ever

_QUANTITY: Final = re.compile("0x[0-9a-fA-F]{1,64}")
_T = TypeVar("_T")


class ChainReader:
    """Reads one deployment through one node, or the first of several that answers."""

    def __init__(
        self, rpc_url: str | Sequence[str], deployment: Deployment, timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> None:
        self.deployment = deployment
        urls = [rpc_url] if isinstance(rpc_url, str) else list(rpc_url)
        if not urls:
            raise ValueError("the reader needs the address of at least one node")
        self.urls = tuple(urls)
        self._nodes = [(url, connect(url, timeout_s)) for url in urls]

    def chain_id(self) -> int:
        """The chain id that the node states."""
        return _number(self._rpc("eth_chainId"))

    def genesis_hash(self) -> Hash:
        """The hash of block 0."""
        return Hash(_fixed(self._block(0)["hash"], 32))

    def block_number(self) -> int:
        """The number of the latest block."""
        return _number(self._rpc("eth_blockNumber"))

    def block_time(self, number: int) -> int:
        """The time of a block, Unix seconds."""
        return _number(self._block(number).get("timestamp"))

    def block_hash(self, number: int) -> Hash:
        """The hash of a block."""
        return Hash(_fixed(self._block(number)["hash"], 32))

    def block_header_rlp(self, number: int) -> bytes | None:
        """A block's header as RLP that has the block's hash; None where it can't be rebuilt."""
        return rebuild_header(self._block(number))

    def find_checkpoint(self, log: int, size: int) -> Checkpoint | None:
        """The checkpoint of a log at a size, None if none is recorded."""
        return self._checkpoint(log, "checkpoint", log, size)

    def head(self, log: int) -> Checkpoint | None:
        """The latest checkpoint of a log, None if there is none."""
        return self._checkpoint(log, "head", log)

    def current_log(self, institution: int) -> LogId:
        """The log that an institution's records go into now."""
        return LogId(int(self._view(ContractName.CHECKPOINT_LOG, "currentLog", institution)))

    def find_successor(self, log: int) -> LogId | None:
        """The log that continues a closed one, None while it is open."""
        return LogId(int(self._view(ContractName.CHECKPOINT_LOG, "successor", log))) or None

    def is_barred(self, log: int, size: int) -> bool:
        """Whether a closing of the log cut this checkpoint off."""
        return bool(self._view(ContractName.CHECKPOINT_LOG, "isBarred", log, size))

    def is_entitled(self, address: bytes, institution: int, role: int, at: int) -> bool:
        """Whether a practitioner held a role at an institution at a time."""
        return bool(
            self._view(ContractName.DIRECTORY, "isEntitled", _checksum(address), institution, int(role), at)
        )

    def institution_at(self, number: int, at: int) -> InstitutionState | None:
        """An institution as of a time, with all that is recorded now; None if there was none."""
        _effective_from, _recorded_at, status, roles = self._view(
            ContractName.DIRECTORY, "institutionAt", number, at
        )
        if not status:
            return None
        with _judged_answer():
            return InstitutionState(number, InstitutionRole(roles), InstitutionStatus(status))

    def is_institution_barred(self, number: int) -> bool:
        """Whether an institution is barred now."""
        return bool(self._view(ContractName.DIRECTORY, "isInstitutionBarred", number))

    def find_acting_institution(self, account: Address) -> int | None:
        """The active institution that an account acts for, None if there is none."""
        number, _roles = self._view(ContractName.DIRECTORY, "institutionActing", _checksum(account))
        return int(number) or None

    def find_account(self, institution: int) -> Address | None:
        """The account that acts for an institution, None if it has none."""
        account = _fixed(self._view(ContractName.DIRECTORY, "accountOf", institution), 20)
        return Address(account) if any(account) else None

    def find_outages(self, institution: int) -> list[Outage]:
        """The outages of an institution, and those of all, in order of recording."""
        return [
            outage for _number_, outage in self.numbered_outages() if outage.institution in (0, institution)
        ]

    def numbered_outages(self) -> list[tuple[int, Outage]]:
        """All outages with their numbers; an excuse names one by its number + 1."""
        count = self._view(ContractName.DIRECTORY, "outageCount")
        rows = self._pages(count, lambda offset: self._view(ContractName.DIRECTORY, "outages", offset, PAGE))
        return [(number, Outage(row[3], row[0], row[1])) for number, row in enumerate(rows)]

    def credentials(self, institution: int) -> list[Credential]:
        """All credentials of an institution, in order of recording."""
        count = self._view(ContractName.DIRECTORY, "credentialCount", institution)
        rows = self._pages(
            count, lambda offset: self._view(ContractName.DIRECTORY, "credentials", institution, offset, PAGE)
        )
        return [
            Credential(
                Address(_fixed(holder, 20)),
                number,
                role,
                index,
                from_time,
                until,
                None if revoked_from == MAX_UINT64 else revoked_from,
                recorded_at,
            )
            for holder, number, role, index, from_time, until, revoked_from, recorded_at in rows
        ]

    def institutions(self) -> list[int]:
        """The numbers of all institutions, in order of registration."""
        count = self._view(ContractName.DIRECTORY, "institutionCount")
        return list(
            self._pages(
                count, lambda offset: self._view(ContractName.DIRECTORY, "institutions", offset, PAGE)
            )
        )

    def claim_word(self, key: bytes, block: int | None = None) -> int:
        """A claim's word as of a block, the latest by default."""
        return int(self._view(ContractName.CLAIM_REGISTER, "claimWord", key, block=block))

    def pack_word(self, token: bytes, block: int | None = None) -> int:
        """A pack's word as of a block, the latest by default."""
        return int(self._view(ContractName.CLAIM_REGISTER, "packWord", token, block=block))

    def nonce(self, account: Address, *, pending: bool = False) -> int:
        """How many transactions of an account are mined; with `pending`, or wait in the node's pool."""
        block = "pending" if pending else "latest"
        return _number(self._rpc("eth_getTransactionCount", _checksum(account), block))

    def is_known_transaction(self, transaction_hash: bytes) -> bool:
        """Whether the node knows a transaction, mined or waiting."""
        return self._rpc("eth_getTransactionByHash", _hex(transaction_hash)) is not None

    def find_receipt(self, transaction_hash: bytes) -> Receipt | None:
        """What became of a transaction, None while it isn't mined."""
        found = self._rpc("eth_getTransactionReceipt", _hex(transaction_hash))
        with _judged_answer():
            return None if found is None else _receipt(found)

    def raw_events(
        self, contract: str, first: int, last: int, topics: Sequence[Sequence[bytes] | None] = ()
    ) -> list[RawEvent]:
        """A contract's events of some blocks, in the order in which they happened.

        :param topics: for each place the topics that are asked for; None for any
        :raises ReaderBadAnswer: also where the node finds that too many blocks are asked for at once
        """
        asked = [None if each is None else [_hex(topic) for topic in each] for each in topics]
        address = _hex(self.deployment.address_of(contract))
        span = {"address": address, "fromBlock": hex(first), "toBlock": hex(last), "topics": asked}
        rows = self._rpc("eth_getLogs", span)
        with _judged_answer():
            found = [_raw_event(row) for row in rows if _is_of(row, address)]
        return sorted(found, key=lambda event: (event.block_number, event.log_index))

    def find_mined(self, contract: str, transaction_hash: bytes) -> tuple[Receipt, list[RawEvent]] | None:
        """What became of a transaction, with a contract's events in it; None while it isn't mined."""
        found = self._rpc("eth_getTransactionReceipt", _hex(transaction_hash))
        if found is None:
            return None
        address = _hex(self.deployment.address_of(contract))
        with _judged_answer():
            return _receipt(found), [_raw_event(row) for row in found["logs"] if _is_of(row, address)]

    def block_receipts(self, number: int) -> list[Any]:
        """The receipts of a block's transactions in their order, as the node states them."""
        return self._of_transactions(number, "eth_getTransactionReceipt")

    def block_transactions(self, number: int) -> list[Any]:
        """A block's transactions in their order, as the node states them."""
        return self._of_transactions(number, "eth_getTransactionByHash")

    def find_refusal(self, sender: Address, to: Address, call: bytes) -> str | None:
        """Why a call would be refused now, in the contract's words; None if it wouldn't."""
        fields = {"from": _checksum(sender), "to": _checksum(to), "data": _hex(call), "gasPrice": "0x0"}

        def question(w3: Web3, url: str) -> str | None:
            try:
                ask(w3, url, "eth_call", [fields, "latest"])
            except TransactionRefused as refused:
                return refused.reason
            return None

        return self._each_node(question)

    def account_proof(self, contract: str | Address, slots: Sequence[bytes], block: int) -> AccountProof:
        """EIP-1186 proofs of an account, or a contract's, and of words of its storage, as of a block.

        :raises ReaderBadAnswer: the node can't give them (any more)
        """
        address = self.deployment.address_of(contract) if isinstance(contract, str) else contract
        answer = self._rpc("eth_getProof", _checksum(address), [_hex(slot) for slot in slots], hex(block))
        with _judged_answer():
            rows = zip(slots, answer["storageProof"], strict=True)
            storage = tuple(_storage_proof(Hash(slot), row) for slot, row in rows)
            nodes = tuple(bytes.fromhex(node[2:]) for node in answer["accountProof"])
        return AccountProof(address, nodes, storage)

    def storage_word(self, contract: str, slot: bytes, block: int | None = None) -> Hash:
        """One word of a contract's storage as of a block, the latest by default."""
        address = _checksum(self.deployment.address_of(contract))
        at = "latest" if block is None else hex(block)
        return Hash(_word(self._rpc("eth_getStorageAt", address, _hex(slot), at)))

    def _checkpoint(self, log: int, function: str, *arguments: Any) -> Checkpoint | None:
        root, previous_size, size, anchored_at = self._view(ContractName.CHECKPOINT_LOG, function, *arguments)
        if not size:
            return None
        with _judged_answer():
            return Checkpoint(LogId(log), size, Hash(root), previous_size, anchored_at)

    def _block(self, number: int) -> dict[str, Any]:
        block = self._rpc("eth_getBlockByNumber", hex(number), False)
        if not isinstance(block, dict) or "hash" not in block:
            raise ReaderBadAnswer(f"The chain node has no block {number} (yet).")
        return block

    def _of_transactions(self, number: int, question: str) -> list[Any]:
        return [self._rpc(question, each) for each in self._block(number).get("transactions") or []]

    def _pages(self, count: int, read: Callable[[int], Sequence[_T]]) -> Iterator[_T]:
        for offset in range(0, count, PAGE):
            rows = read(offset)
            if count > MOST_ROWS or len(rows) < min(PAGE, count - offset):
                raise ReaderBadAnswer("The chain node counts rows of a list that it doesn't or can't have.")
            yield from rows

    def _view(self, contract: str, function: str, *arguments: Any, block: int | None = None) -> Any:
        view = get_view(contract, function)
        question = {"to": _hex(self.deployment.address_of(contract)), "data": view.encode(*arguments)}
        at = "latest" if block is None else hex(block)

        def call(w3: Web3, url: str) -> Any:
            try:
                return view.decode(ask(w3, url, "eth_call", [question, at]))
            except TransactionRefused as refused:
                # None of these questions is ever refused by a contract of ours.
                raise ContractMismatch(f"The chain of {url} has no such {contract} there.") from refused

        return self._each_node(call)

    def _rpc(self, method: str, *parameters: Any) -> Any:
        return self._each_node(lambda w3, url: ask(w3, url, method, list(parameters)))

    def _each_node(self, question: Callable[[Web3, str], _T]) -> _T:
        unreachable: ChainUnreachable | None = None
        for url, w3 in self._nodes:
            try:
                return question(w3, url)
            except ChainUnreachable as error:
                unreachable = error
            except ContractMismatch as error:
                raise ReaderMismatch(str(error)) from error
            except (BadAnswer, TransactionRefused) as error:
                raise ReaderBadAnswer(str(error)) from error
        raise ReaderUnreachable(str(unreachable)) from unreachable


@contextmanager
def _judged_answer() -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError, MalformedInput) as error:
        if isinstance(error, ChainError):
            raise
        raise ReaderBadAnswer("The chain node gave an answer of a wrong form.") from error


def _storage_proof(slot: Hash, row: Any) -> StorageProof:
    return StorageProof(
        slot, Hash(_word(row["value"])), tuple(bytes.fromhex(node[2:]) for node in row["proof"])
    )


def _receipt(found: Any) -> Receipt:
    return Receipt(
        Hash(_fixed(found["transactionHash"], 32)),
        _number(found["status"]) == 1,
        _number(found["blockNumber"]),
        Hash(_fixed(found["blockHash"], 32)),
        _number(found["gasUsed"]),
    )


def _is_of(row: Any, address: str) -> bool:
    return str(row["address"]).lower() == address


def _raw_event(row: Any) -> RawEvent:
    return RawEvent(
        _number(row["blockNumber"]),
        Hash(_fixed(row["blockHash"], 32)),
        Hash(_fixed(row["transactionHash"], 32)),
        _number(row["logIndex"]),
        tuple(Hash(_fixed(topic, 32)) for topic in row["topics"]),
        bytes.fromhex(str(row["data"]).removeprefix("0x")),
    )


def _number(answer: object) -> int:
    if type(answer) is not str or not _QUANTITY.fullmatch(answer):
        raise ReaderBadAnswer("The chain node answered with something that is no number.")
    return int(answer, 16)


def _fixed(answer: object, length: int) -> bytes:
    text = str(answer)
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        value = b""
    if len(value) != length:
        raise ReaderBadAnswer(f"The chain node answered with something that isn't {length} bytes.")
    return value


def _word(answer: object) -> bytes:
    """One 32-byte word from a quantity: engines drop its leading zeros."""
    digits = str(answer).removeprefix("0x")
    return _fixed(digits.zfill(64), 32)


def _checksum(address: bytes) -> Any:
    return Web3.to_checksum_address(bytes(address))


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
