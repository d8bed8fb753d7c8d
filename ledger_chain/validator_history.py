"""Writing down who sealed a QBFT chain's blocks: the history that a trust file pins, from one's own node.

Every header is looked at from the last known block on, so that no change is missed; each change is kept with
the header that shows it, and checked as a verifier will check it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ledger_chain.contracts import ContractName
from ledger_chain.errors import ContractMismatch
from ledger_chain.reader import ChainReader, ReaderBadAnswer
from ledger_proofs import headers, qbft
from ledger_proofs.chain_view import CodeHashes, Trust
from ledger_proofs.errors import MalformedInput, ProofInvalid
from ledger_proofs.state_proofs import verify_account_proof
from ledger_proofs.types import Hash
from ledger_proofs.validators import ValidatorHistory, ValidatorSet, verify_history, verify_sealed

FIRST_SEALED: Final = 1


class NotSealed(ContractMismatch):
    """A chain whose blocks no validators seal: there is nobody to be named in a trust file."""

    code = "chain-not-sealed"


def continue_history(
    reader: ChainReader, trust: Trust, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> ValidatorHistory:
    """The validators of a trust's chain up to now, following on from what the trust knows of them.

    Raises as `read_history`, and ContractMismatch for a node on another chain.
    """
    if reader.chain_id() != trust.chain_id or reader.genesis_hash() != trust.genesis_hash:
        raise ContractMismatch("The node is on another chain than the one that the trust file pins.")
    return read_history(reader, trust.validators, progress)


def pin_history(reader: ChainReader, trust: Trust, history: ValidatorHistory) -> Trust:
    """The trust with a history of validators, and with its contracts' code as of the last block known.

    :raises ReaderBadAnswer: the node gives no proof that holds
    """
    return replace(trust, code_hashes=read_code_hashes(reader, history.as_of_block), validators=history)


def read_history(
    reader: ChainReader,
    known: ValidatorHistory | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> ValidatorHistory:
    """The validators up to the node's latest block but one, following on from what is known.

    :param progress: told how many blocks of how many have been looked at
    :raises NotSealed: the chain's blocks aren't sealed by validators
    :raises ReaderBadAnswer: the node's headers contradict each other or what is known
    :raises ReaderUnreachable: no node answers
    """
    sets = list(known.sets) if known is not None else [_genesis_set(reader)]
    first = FIRST_SEALED if known is None else known.as_of_block + 1
    # The latest block but one: a second node may not have the very latest yet.
    last = max(reader.block_number() - 1, first - 1, FIRST_SEALED)
    timestamp = 0 if known is None else known.as_of
    parent_hash = reader.genesis_hash() if known is None else None
    for number in range(first, last + 1):
        header_rlp, header = _read_header(reader, number)
        if parent_hash not in (None, header.header.parent_hash):
            raise ReaderBadAnswer(f"The chain node's block {number} doesn't follow on the one before.")
        parent_hash, timestamp = header.block_hash, header.header.timestamp
        if frozenset(header.validators) != frozenset(sets[-1].validators):
            sets.append(ValidatorSet(number, header.validators, header_rlp))
        progress(number - first + 1, last - first + 1)
    history = ValidatorHistory(timestamp, last, tuple(sets))
    try:
        verify_history(history, reader.genesis_hash())
        verify_sealed(_read_header(reader, last)[1], history)
    except (ProofInvalid, MalformedInput) as error:
        raise ReaderBadAnswer(f"The chain node's headers don't agree: {error.message}.") from error
    return history


def read_code_hashes(reader: ChainReader, block: int) -> CodeHashes:
    """The hashes of the contracts' code as of a block, proven from its header.

    :raises ReaderBadAnswer: the node gives no proof that holds
    """
    header = reader.block_header_rlp(block)
    if header is None:
        raise ReaderBadAnswer(f"The chain node gives no header of block {block} that has its hash.")
    root = headers.parse_header(header).state_root
    hashes: dict[str, Hash] = {}
    for name, contract in (
        ("directory", ContractName.DIRECTORY),
        ("checkpoint_log", ContractName.CHECKPOINT_LOG),
        ("claim_register", ContractName.CLAIM_REGISTER),
    ):
        try:
            hashes[name] = verify_account_proof(root, reader.account_proof(contract, [], block)).code_hash
        except ProofInvalid as error:
            raise ReaderBadAnswer(f"The chain node's proof of {contract} doesn't hold.") from error
    return CodeHashes(**hashes)


def _genesis_set(reader: ChainReader) -> ValidatorSet:
    header = reader.block_header_rlp(0)
    if header is None or headers.parse_header(header).mix_hash != qbft.BFT_MIX_HASH:
        raise NotSealed(
            "This chain's blocks aren't sealed by validators (a development chain's aren't): its bundles can "
            "only be checked through a node."
        )
    return ValidatorSet(FIRST_SEALED, qbft.parse_header(header).validators, header)


def _read_header(reader: ChainReader, number: int) -> tuple[bytes, qbft.SealedHeader]:
    header = reader.block_header_rlp(number)
    if header is None:
        raise ReaderBadAnswer(f"The chain node gives no header of block {number} that has its hash.")
    try:
        return header, qbft.parse_header(header)
    except MalformedInput as error:
        raise ReaderBadAnswer(f"The chain node's header of block {number} is no QBFT header.") from error
