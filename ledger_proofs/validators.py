"""Who may seal which block: the dated history of a QBFT chain's validators that a trust file pins.

Each set seals the blocks from `from_block` up to the next set's. A block lists, in a chain whose validators
are voted for in headers, the set that seals it. So a change can be checked where the first block that lists
the new set is carried: sealed by enough of the new set, and by at least a third of the former, one of whom at
least is honest while the chain's own assumption holds, and no honest validator seals a list that isn't due.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger_proofs import qbft
from ledger_proofs.errors import CannotCheck, MalformedInput, ProofInvalid
from ledger_proofs.types import Address, Hash

_PLACE: Final = "/validators/history"
"""Where it stands in a trust file."""


class ValidatorsMismatch(ProofInvalid):
    """A header that names other validators than the pinned history does."""

    default_code = "validators.mismatch"


@dataclass(frozen=True, slots=True)
class ValidatorSet:
    """Who seals from a block on. `header`: the RLP of that block (the first set's: the genesis's)."""

    from_block: int
    validators: tuple[Address, ...]
    header: bytes | None = None


@dataclass(frozen=True, slots=True)
class ValidatorHistory:
    """The sets in order; known to be complete up to `as_of_block`, as of a time (Unix seconds)."""

    as_of: int
    as_of_block: int
    sets: tuple[ValidatorSet, ...]

    def __post_init__(self) -> None:
        blocks = [each.from_block for each in self.sets]
        if not blocks or blocks[0] != 1:
            raise MalformedInput(
                "the first set must be the genesis's, from block 1", f"{_PLACE}/0", code="validators.order"
            )
        if blocks != sorted(set(blocks)) or blocks[-1] > self.as_of_block:
            raise MalformedInput(
                "blocks must ascend, none after as_of_block", _PLACE, code="validators.order"
            )
        for number, each in enumerate(self.sets):
            count = len(each.validators)
            if not 0 < count <= qbft.MAX_VALIDATORS or len(set(each.validators)) != count:
                raise MalformedInput(
                    f"must be 1 to {qbft.MAX_VALIDATORS} validators, none twice",
                    f"{_PLACE}/{number}/validators",
                    code="validators.set",
                )

    def set_at(self, block: int) -> ValidatorSet:
        """Return the set that seals a block (from 1)."""
        return next(each for each in reversed(self.sets) if each.from_block <= max(block, 1))


def verify_history(history: ValidatorHistory, genesis_hash: Hash) -> None:
    """Check each set whose header is carried. Raises `ProofInvalid` or `MalformedInput`."""
    for former, current in zip((None, *history.sets), history.sets, strict=False):
        if current.header is None:
            continue
        header = qbft.parse_header(current.header)
        if former is None:
            _verify_genesis(header, genesis_hash)
        elif header.number != current.from_block:
            raise ValidatorsMismatch(
                "the header is another block's", code="validators.header", where=f"block {current.from_block}"
            )
        else:
            _verify_change(header, former, current)
        _verify_listed(header, current)


def verify_sealed(header: qbft.SealedHeader, history: ValidatorHistory) -> ValidatorSet:
    """Check that a block is sealed by those who were its validators; return their set.

    Raises `ProofInvalid`, or `CannotCheck` for a later block than the history knows whose header names other
    validators: they may have been changed since.
    """
    current = history.set_at(header.number)
    if header.number == 0:
        raise ValidatorsMismatch("nobody seals a genesis block", code="validators.genesis")
    if header.number > history.as_of_block and _lists_others(header, current):
        raise CannotCheck(
            f"the header names other validators than the trust file, which knows them up to block "
            f"{history.as_of_block}: they may have changed since; ask for a newer one",
            code="validators.trust_outdated",
        )
    _verify_listed(header, current)
    qbft.verify_commit_seals(header, current.validators)
    return current


def _verify_genesis(header: qbft.SealedHeader, genesis_hash: Hash) -> None:
    if header.number != 0 or qbft.block_hash(header) != genesis_hash:
        raise ValidatorsMismatch(
            "the header isn't that of the pinned genesis", code="validators.header", where="block 0"
        )


def _verify_change(header: qbft.SealedHeader, former: ValidatorSet, current: ValidatorSet) -> None:
    qbft.verify_commit_seals(header, current.validators)
    sealers = qbft.recover_sealers(header)
    count = sum(sealer in former.validators for sealer in sealers)
    needed = -(-len(former.validators) // 3)
    if count < needed:
        raise ValidatorsMismatch(
            f"sealed by {count} of the validators before the change, {needed} are needed",
            code="validators.change_unsupported",
            where=f"block {current.from_block}",
        )


def _verify_listed(header: qbft.SealedHeader, current: ValidatorSet) -> None:
    if _lists_others(header, current):
        raise ValidatorsMismatch(
            "the header names other validators than the trust file", where=f"block {header.number}"
        )


def _lists_others(header: qbft.SealedHeader, current: ValidatorSet) -> bool:
    return frozenset(header.validators) != frozenset(current.validators)
