"""Random cases for the agreement test: valid ones, and the same with one thing changed.

Every builder takes the random source, so that a seed gives the same cases again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from ledger_proofs import merkle
from ledger_proofs.commitments import (
    CommittedRecord,
    DisclosedField,
    Disclosure,
    build_commitment,
    build_disclosure,
)
from ledger_proofs.eip712 import Authorship, Presentation
from ledger_proofs.entries import Entry
from ledger_proofs.signatures import CURVE_ORDER
from ledger_proofs.types import (
    MAX_UINT64,
    Address,
    ClaimKey,
    Commitment,
    Hash,
    JsonValue,
    PackToken,
    Salt,
)


@dataclass(frozen=True)
class Inclusion:
    """An inclusion proof as the contract takes it."""

    leaf: Hash
    index: int
    size: int
    path: tuple[Hash, ...]
    root: Hash


@dataclass(frozen=True)
class Consistency:
    """A consistency proof as the contract takes it."""

    old_size: int
    new_size: int
    old_root: Hash
    new_root: Hash
    proof: tuple[Hash, ...]


def random_hash(random: Random) -> Hash:
    """32 random bytes."""
    return Hash(random.randbytes(32))


def flipped(random: Random, value: bytes) -> bytes:
    """The same bytes with one bit changed."""
    position = random.randrange(len(value) * 8)
    changed = bytearray(value)
    changed[position // 8] ^= 1 << position % 8
    return bytes(changed)


def build_leaves(random: Random, count: int) -> list[Hash]:
    """Leaf hashes of a log."""
    return [random_hash(random) for _ in range(count)]


def build_inclusion(random: Random, leaves: list[Hash]) -> Inclusion:
    """A valid proof of a random leaf in a random beginning of a log."""
    size = random.randint(1, len(leaves))
    index = random.randrange(size)
    path = tuple(merkle.inclusion_proof(leaves[:size], index))
    return Inclusion(leaves[index], index, size, path, merkle.root(leaves[:size]))


def build_huge_inclusion(random: Random) -> Inclusion:
    """A valid proof in a tree far larger than could be built: its root is made from the proof."""
    size = random.randint(2**32, MAX_UINT64)
    index = random.randrange(size)
    leaf = random_hash(random)
    path: list[Hash] = []
    root = _fold(random, leaf, index, size, path)
    return Inclusion(leaf, index, size, tuple(path), root)


def _fold(random: Random, leaf: Hash, index: int, size: int, path: list[Hash]) -> Hash:
    """The root by definition (RFC 9162 2.1.1), with random hashes for what isn't on the path."""
    if size == 1:
        return leaf
    split = 1 << (size - 1).bit_length() - 1
    if index < split:
        left = _fold(random, leaf, index, split, path)
        path.append(random_hash(random))
        return merkle.node_hash(left, path[-1])
    right = _fold(random, leaf, index - split, size - split, path)
    path.append(random_hash(random))
    return merkle.node_hash(path[-1], right)


def mutate_inclusion(random: Random, case: Inclusion) -> Inclusion:
    """One thing changed; now and then that leaves the proof valid, and both sides must see that too."""
    way = random.randrange(8)
    if way == 0:
        return replace(case, leaf=Hash(flipped(random, case.leaf)))
    if way == 1:
        return replace(case, root=Hash(flipped(random, case.root)))
    if way == 2:
        return replace(case, index=random.randint(0, min(MAX_UINT64, case.size + 2)))
    if way == 3:
        return replace(case, size=max(0, min(MAX_UINT64, case.size + random.randint(-3, 3))))
    return replace(case, path=_mutate_nodes(random, case.path))


def build_consistency(random: Random, leaves: list[Hash]) -> Consistency:
    """A valid proof between two random sizes of a log, equal ones now and then."""
    new_size = random.randint(1, len(leaves))
    old_size = random.randint(1, new_size)
    proof = tuple(merkle.consistency_proof(leaves[:new_size], old_size))
    roots = merkle.root(leaves[:old_size]), merkle.root(leaves[:new_size])
    return Consistency(old_size, new_size, *roots, proof)


def mutate_consistency(random: Random, case: Consistency) -> Consistency:
    """One thing changed."""
    way = random.randrange(8)
    if way == 0:
        return replace(case, old_root=Hash(flipped(random, case.old_root)))
    if way == 1:
        return replace(case, new_root=Hash(flipped(random, case.new_root)))
    if way == 2:
        return replace(case, old_size=random.randint(0, case.new_size + 1))
    if way == 3:
        return replace(case, new_size=max(0, case.new_size + random.randint(-3, 3)))
    return replace(case, proof=_mutate_nodes(random, case.proof))


def _mutate_nodes(random: Random, nodes: tuple[Hash, ...]) -> tuple[Hash, ...]:
    changed = list(nodes)
    way = random.randrange(4)
    if way == 0 or not changed:
        changed.insert(random.randint(0, len(changed)), random_hash(random))
    elif way == 1:
        changed.pop(random.randrange(len(changed)))
    elif way == 2:
        position = random.randrange(len(changed))
        changed[position] = Hash(flipped(random, changed[position]))
    else:
        random.shuffle(changed)
    return tuple(changed)


def build_entry(random: Random) -> Entry:
    """An entry with random members, small and extreme."""
    return Entry(
        random.choice((0, 1, 3, 10, 12, 2**16 - 1)),
        Commitment(random_hash(random)),
        random_hash(random),
        random.choice((0, 1, 64, 2**32 - 1)),
        random.choice((0, random.getrandbits(40), MAX_UINT64)),
        random.choice((0, random.getrandbits(40), MAX_UINT64)),
        random.choice((Hash(bytes(32)), random_hash(random))),
    )


def mutate_entry(random: Random, entry: Entry) -> Entry:
    """An entry with one member changed."""
    way = random.randrange(4)
    if way == 0:
        return replace(entry, kind=(entry.kind + 1) % 2**16)
    if way == 1:
        return replace(entry, record=Commitment(flipped(random, entry.record)))
    if way == 2:
        return replace(entry, not_after=entry.not_after ^ 1 << random.randrange(64))
    return replace(entry, terms=Hash(flipped(random, entry.terms)))


def build_authorship(random: Random) -> tuple[Authorship, Entry]:
    """What an author signs, and the entry that it is about (its author left random)."""
    entry = build_entry(random)
    authorship = Authorship(
        random.randint(1, 2**32 - 1),
        entry.kind,
        entry.record,
        entry.claim_count,
        entry.not_before,
        entry.not_after,
        entry.terms,
        random.getrandbits(40),
    )
    return authorship, entry


def build_presentation(random: Random) -> Presentation:
    """What a holder signs."""
    return Presentation(
        ClaimKey(random_hash(random)),
        random.getrandbits(14),
        random.randint(1, 2**32 - 1),
        random_hash(random),
        Commitment(random_hash(random)),
        random.getrandbits(40),
    )


def mutate_signature(random: Random, signature: bytes) -> bytes:
    """The signature in a form that may not count: high s, other v, other length, zero or flipped parts."""
    r, s, v = signature[:32], signature[32:64], signature[64]
    high_s = (CURVE_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    forms = (
        r + high_s + bytes((55 - v,)),
        r + high_s + bytes((v,)),
        r + s + bytes((v - 27,)),
        r + s + bytes((55 - v,)),
        r + s + bytes((random.randrange(256),)),
        signature[:64],
        signature + b"\x00",
        bytes(32) + s + bytes((v,)),
        r + bytes(32) + bytes((v,)),
        CURVE_ORDER.to_bytes(32, "big") + s + bytes((v,)),
        bytes(65),
        b"",
        flipped(random, signature),
        flipped(random, signature),
        flipped(random, signature),
    )
    return random.choice(forms)


def build_record(random: Random) -> CommittedRecord:
    """A committed record with random content."""
    body: dict[str, Any] = {
        f"名称 {number}": random.choice(
            ("苯磺酸氨氯地平片", random.randint(-(2**53) + 1, 2**53 - 1), True, None, {}, [], "a/b~c\u0000")
        )
        for number in range(random.randint(1, 12))
    }
    body["lines"] = [{"number": number, "quantity": "0.5"} for number in range(random.randint(0, 3))]
    record: dict[str, JsonValue] = {
        "schema": "rx.prescription/1",
        "id": "0b8a8a3e-5a0f-4a53-9d0c-0f6b1f0c2a11",
        "issuer": random.randint(1, 2**21 - 1),
        "issued_at": "2026-11-22T01:00:00Z",
        "body": body,
    }
    return build_commitment(record, random.randbytes(32))


def mutate_disclosure(random: Random, committed: CommittedRecord) -> Disclosure:
    """Everything disclosed, with one value, salt or pointer changed."""
    disclosure = build_disclosure(committed)
    fields = list(disclosure.fields)
    position = random.randrange(len(fields))
    field = fields[position]
    way = random.randrange(3)
    if way == 0:
        return replace(disclosure, pointers_salt=Salt(flipped(random, disclosure.pointers_salt)))
    if way == 1:
        fields[position] = DisclosedField(field.index, field.value, Salt(flipped(random, field.salt)))
    else:
        fields[position] = DisclosedField(field.index, f"not {field.value}", field.salt)
    return replace(disclosure, fields=tuple(fields))


def build_token(random: Random) -> PackToken:
    """A pack's token."""
    return PackToken(random_hash(random))


def build_address(random: Random) -> Address:
    """An account."""
    return Address(random.randbytes(20))
