"""Headers of QBFT chains, and the validators' seals on them (EEA QBFT; the form of Besu and GoQuorum).

A header's extra data is RLP of [vanity, validators, vote, round, seals]. The chain names a block by the
keccak of its header with round 0 and no seals; the validators sign the keccak of the header with its round
and no seals. Who may seal a block is settled by its parent: a verifier is told so by someone it trusts
(`ledger_proofs.validators`), never by the header, whose own list proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from ledger_proofs import headers, rlp
from ledger_proofs.digests import keccak
from ledger_proofs.errors import MalformedInput, ProofInvalid, SignatureInvalid
from ledger_proofs.signatures import CURVE_ORDER, SIGNATURE_BYTES, recover_signer
from ledger_proofs.types import Address, Hash

BFT_MIX_HASH: Final = Hash(bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"))
"""What stands in `mix_hash` of every header of a Byzantine-fault-tolerant chain of this family."""
MAX_VALIDATORS: Final = 256
VANITY_BYTES: Final = 32
VOTE_ADD: Final = b"\xff"
VOTES_TO_DROP: Final = (b"", b"\x00")
"""Engines write it as nothing, the specification's examples as a zero byte; hashes keep what stands."""

_EXTRA_DATA: Final = 12
_EXTRA_PARTS: Final = 5
_MAX_ROUND_BYTES: Final = 4


class SealInvalid(ProofInvalid):
    """A header that isn't sealed as its chain's rules ask."""

    default_code = "qbft.seals"


@dataclass(frozen=True, slots=True)
class SealedHeader:
    """A QBFT header, parsed. `validators` and `vote` are what it says of itself; hashes are computed."""

    header: headers.Header
    validators: tuple[Address, ...]
    vote: tuple[Address, bytes] | None
    round: int
    seals: tuple[bytes, ...]
    block_hash: Hash
    seal_hash: Hash

    @property
    def number(self) -> int:
        """The block's number."""
        return self.header.number


def parse_header(header_rlp: bytes) -> SealedHeader:
    """Parse a QBFT header's RLP, with or without later forks' fields.

    Raises `MalformedInput` naming what is wrong; its code is `qbft.other_consensus` for a well-formed header
    of another kind of chain.
    """
    header = headers.parse_header(header_rlp)
    if header.mix_hash != BFT_MIX_HASH:
        raise MalformedInput("not the header of a QBFT chain", "mix_hash", code="qbft.other_consensus")
    extra = _parse_extra(header.extra_data)
    fields = cast("list[rlp.Item]", rlp.decode(header_rlp, max_depth=1))
    vanity, validators, vote, round_bytes, seals = extra
    unsealed = rlp.encode([vanity, validators, vote, round_bytes, []])
    unnumbered = rlp.encode([vanity, validators, vote, b"", []])
    return SealedHeader(
        header,
        _parse_validators(validators),
        _parse_vote(vote),
        _parse_round(round_bytes),
        _parse_seals(seals),
        _hash_with_extra(fields, unnumbered),
        _hash_with_extra(fields, unsealed),
    )


def block_hash(header: SealedHeader) -> Hash:
    """Return the hash by which the chain names the block: round 0, no seals."""
    return header.block_hash


def chain_hash(header_rlp: bytes) -> Hash:
    """Return the hash by which its chain names a header's block, QBFT or not. Raises `MalformedInput`."""
    header = headers.parse_header(header_rlp)
    return parse_header(header_rlp).block_hash if header.mix_hash == BFT_MIX_HASH else header.hash


def quorum(validator_count: int) -> int:
    """Return how many of so many validators must seal: ceil(2N/3)."""
    return -(-2 * validator_count // 3)


def recover_sealers(header: SealedHeader) -> tuple[Address, ...]:
    """Return who sealed, in the seals' order. Raises `SealInvalid` for a seal that is nobody's."""
    sealers = []
    for number, seal in enumerate(header.seals):
        try:
            sealers.append(recover_signer(header.seal_hash, _low_form(seal)))
        except SignatureInvalid:
            raise SealInvalid(
                "a commit seal is no signature", code="qbft.seal_malformed", where=f"seal {number}"
            ) from None
    return tuple(sealers)


def verify_commit_seals(header: SealedHeader, validators: Iterable[Address]) -> None:
    """Check that enough of the validators sealed: distinct ones, at least ceil(2N/3), and nobody else.

    `validators` are those after the block's parent. Raises `SealInvalid`.
    """
    entitled = frozenset(validators)
    sealers = recover_sealers(header)
    for number, sealer in enumerate(sealers):
        if sealer not in entitled:
            raise SealInvalid(
                "somebody sealed who wasn't a validator", code="qbft.seal_stranger", where=f"seal {number}"
            )
        if sealer in sealers[:number]:
            raise SealInvalid("a validator sealed twice", code="qbft.seal_twice", where=f"seal {number}")
    if not entitled or len(sealers) < quorum(len(entitled)):
        raise SealInvalid(
            f"sealed by {len(sealers)} of {len(entitled)} validators, {quorum(len(entitled))} are needed",
            code="qbft.seals_few",
        )


def _low_form(seal: bytes) -> bytes:
    """A seal as signatures stand elsewhere: v 27 or 28, and s in the low half.

    Engines take a seal with its s in either half, so a chain can hold such blocks; both are one sealer's.
    """
    s, v = seal[32:64], seal[64]
    if int.from_bytes(s, "big") > CURVE_ORDER // 2:
        s, v = ((CURVE_ORDER - int.from_bytes(s, "big")) % CURVE_ORDER).to_bytes(32, "big"), 1 - v
    return seal[:32] + s + bytes((27 + v,))


def _parse_extra(extra_data: bytes) -> list[rlp.Item]:
    extra = rlp.decode(extra_data, max_depth=3)
    if type(extra) is not list or len(extra) != _EXTRA_PARTS:
        raise MalformedInput(
            "must be a list of vanity, validators, vote, round and seals", "extra_data", code="qbft.extra"
        )
    if type(extra[0]) is not bytes or len(extra[0]) != VANITY_BYTES:
        raise MalformedInput("must be 32 bytes", "extra_data/vanity", code="qbft.extra")
    return extra


def _parse_validators(item: rlp.Item) -> tuple[Address, ...]:
    validators = _byte_strings(item, "extra_data/validators", 20)
    if len(set(validators)) != len(validators):
        raise MalformedInput("a validator stands there twice", "extra_data/validators", code="qbft.extra")
    return tuple(map(Address, validators))


def _parse_vote(item: rlp.Item) -> tuple[Address, bytes] | None:
    if item == []:
        return None
    if type(item) is list and len(item) == 2:
        recipient, vote = item
        if type(recipient) is bytes and len(recipient) == 20 and vote in (VOTE_ADD, *VOTES_TO_DROP):
            return Address(recipient), bytes(vote)
    raise MalformedInput(
        "must be empty, or an address with ff, 00 or nothing", "extra_data/vote", code="qbft.extra"
    )


def _parse_round(item: rlp.Item) -> int:
    if type(item) is not bytes or len(item) > _MAX_ROUND_BYTES or item[:1] == b"\x00":
        raise MalformedInput(
            "must be an unsigned integer of at most 4 bytes, no leading zero",
            "extra_data/round",
            code="qbft.extra",
        )
    return int.from_bytes(item, "big")


def _parse_seals(item: rlp.Item) -> tuple[bytes, ...]:
    seals = _byte_strings(item, "extra_data/seals", SIGNATURE_BYTES)
    for number, seal in enumerate(seals):
        if seal[-1] > 1:
            raise MalformedInput("a seal's v must be 0 or 1", f"extra_data/seals/{number}", code="qbft.extra")
    return tuple(seals)


def _byte_strings(item: rlp.Item, path: str, length: int) -> list[bytes]:
    if type(item) is not list or len(item) > MAX_VALIDATORS:
        raise MalformedInput(f"must be a list of at most {MAX_VALIDATORS}", path, code="qbft.extra")
    strings = [each for each in item if type(each) is bytes and len(each) == length]
    if len(strings) != len(item):
        raise MalformedInput(f"must hold byte strings of {length}", path, code="qbft.extra")
    return strings


def _hash_with_extra(fields: list[rlp.Item], extra: bytes) -> Hash:
    changed: Sequence[rlp.Item] = [*fields[:_EXTRA_DATA], extra, *fields[_EXTRA_DATA + 1 :]]
    return keccak(rlp.encode(changed))
