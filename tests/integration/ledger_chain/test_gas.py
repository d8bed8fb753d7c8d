"""What acts cost in gas and bytes: printed, and held to bounds that a block and a node can carry."""

from __future__ import annotations

import pytest

from ledger_chain.items import ClaimRef, DispenseItem, EntryProof, Grant, SettleItem, Spend, as_abi
from ledger_chain.transactions import MAX_BATCH_BYTES, anchor_call, anchor_gas, batch_call
from ledger_proofs import merkle
from ledger_proofs.claims import claim_key, holders_hash
from ledger_proofs.eip712 import Authorship, ClaimUse, PackUse, Presentation
from ledger_proofs.entries import Entry
from ledger_proofs.signatures import author_hash, sign_digest
from ledger_proofs.types import Hash, log_id
from tests.model.acts import Outcome
from tests.model.chain import ChainLedger
from tests.model.player import Player
from tests.model.world import (
    INSTITUTIONS,
    account_of,
    address_of_holder,
    commitment_of,
    key_of,
    token_of,
)

pytestmark = [pytest.mark.integration, pytest.mark.chain]

DEPTH = 20
"""A log of a million entries."""
BATCH = 56
"""As many as a call's bytes allow at that depth; at depth 16 they are 60."""
LARGEST_GAS_PER_DISPENSING = 150_000
LARGEST_GAS_PER_SETTLEMENT = 100_000


@pytest.fixture
def enrolled(ledger: ChainLedger, start: int) -> ChainLedger:
    Player({"name": "none", "uses": {}, "acts": []}, ledger, start).enrol_everybody()
    return ledger


def test_anchoring_stays_within_its_gas_limit(
    enrolled: ChainLedger, start: int, capsys: pytest.CaptureFixture[str]
) -> None:
    log, account = log_id(INSTITUTIONS["hospital"][0], 1), account_of("hospital")
    leaves = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(1_000)]
    used: dict[int, int] = {}
    old = 0
    for step, size in enumerate((1, 2, 3, 7, 8, 100, 127, 128, 513, 1_000)):
        proof = tuple(merkle.consistency_proof(leaves[:size], old)) if old else ()
        enrolled.anchor(account, log, size, merkle.root(leaves[:size]), proof, start + step)
        used[size] = enrolled.gas_used
        assert enrolled.gas_used < anchor_gas(len(proof)), f"from {old} to {size}"
        old = size
    with capsys.disabled():
        print("\nanchor: " + ", ".join(f"to {size:,} entries {gas:,} gas" for size, gas in used.items()))


def test_the_gas_limit_of_anchoring_is_enough_for_the_longest_proof(
    enrolled: ChainLedger, start: int
) -> None:
    """A proof that fails at its end costs as much as one that holds, but for the writing."""
    call_bytes = len(anchor_call(1, 1, bytes(32), [bytes(32)] * 64))
    assert anchor_gas(64) > 21_000 + 16 * call_bytes + 64 * 3_500 + 120_000


def test_a_batch_of_dispensings_and_their_settlement(
    enrolled: ChainLedger, start: int, capsys: pytest.CaptureFixture[str]
) -> None:
    grants = build_grants(enrolled, start)
    spends = [build_spend(grant, number, start + 50) for number, grant in enumerate(grants)]
    items = [build_item(enrolled, grant, spend, start) for grant, spend in zip(grants, spends, strict=True)]
    size = len(batch_call("dispense", [as_abi(item) for item in items]))
    assert size < MAX_BATCH_BYTES
    done = enrolled.batch("dispense", account_of("pharmacy"), items, start + 50)
    assert done == [Outcome(offline=False)] * BATCH
    dispensing_gas = enrolled.gas_used // BATCH

    records = build_records(enrolled, spends, start + 60)
    settlements = [
        SettleItem(spend, record, 0, (0,), commitment_of("settlement"), bytes(32))
        for spend, record in zip(spends, records, strict=True)
    ]
    settled_size = len(batch_call("settle", [as_abi(item) for item in settlements]))
    assert settled_size < MAX_BATCH_BYTES
    settled = enrolled.batch("settle", account_of("insurer"), settlements, start + 80)
    assert settled == [Outcome()] * BATCH
    settlement_gas = enrolled.gas_used // BATCH
    with capsys.disabled():
        print(f"\nbatch of {BATCH}, depth {DEPTH}, for each:")
        print(f"dispensing {dispensing_gas:,} gas, {size // BATCH:,} bytes")
        print(f"settlement {settlement_gas:,} gas, {settled_size // BATCH:,} bytes")
    assert dispensing_gas < LARGEST_GAS_PER_DISPENSING
    assert settlement_gas < LARGEST_GAS_PER_SETTLEMENT


def prove(
    ledger: ChainLedger, institution: str, author: str, entries: list[Entry], signed_at: int
) -> list[EntryProof]:
    """Entries signed, logged at the end of a log of 2^DEPTH entries, and anchored there at once."""
    number = INSTITUTIONS[institution][0]
    signed = []
    for entry in entries:
        authorship = Authorship(
            number,
            entry.kind,
            entry.record,
            entry.claim_count,
            entry.not_before,
            entry.not_after,
            entry.terms,
            signed_at,
        )
        signature = sign_digest(authorship.digest(ledger.domain), key_of(author))
        named = Entry(
            entry.kind,
            entry.record,
            author_hash(signature),
            entry.claim_count,
            entry.not_before,
            entry.not_after,
            entry.terms,
        )
        signed.append((named, signature))
    leaves = [entry.leaf_hash() for entry, _ in signed]
    leaves += [merkle.leaf_hash(b"")] * (64 - len(leaves))
    rest = [merkle.leaf_hash(level.to_bytes(2, "big")) for level in range(DEPTH - 6)]
    root = Hash(merkle.root(leaves))
    for node in rest:
        root = merkle.node_hash(node, root)
    log, size = log_id(number, 1), 2**DEPTH
    ledger.anchor(account_of(institution), log, size, root, (), signed_at + 10)
    return [
        EntryProof(
            log,
            size,
            size - 64 + position,
            (*merkle.inclusion_proof(leaves, position), *rest),
            entry,
            signed_at,
            signature,
        )
        for position, (entry, signature) in enumerate(signed)
    ]


def build_grants(ledger: ChainLedger, start: int) -> list[Grant]:
    holders = [(address_of_holder(f"patient {number}"),) for number in range(BATCH)]
    entries = [
        Entry(1, commitment_of(f"rx {n}"), Hash(bytes(32)), 1, start, start + 9_999, holders_hash(holder))
        for n, holder in enumerate(holders)
    ]
    proofs = prove(ledger, "hospital", "doctor", entries, start)
    return [Grant(proof, holder) for proof, holder in zip(proofs, holders, strict=True)]


def build_spend(grant: Grant, number: int, time: int) -> Spend:
    entry = grant.proof.entry
    claim = claim_key(INSTITUTIONS["hospital"][0], entry.kind, entry.record, entry.not_before, 0)
    pack = PackUse(token_of(str(number)), 1, 1)
    spender, payer = INSTITUTIONS["pharmacy"][0], INSTITUTIONS["insurer"][0]
    into = commitment_of(f"dispensing {number}")
    return Spend(1, spender, payer, (ClaimUse(claim, 0),), (pack,), into, time)


def build_item(ledger: ChainLedger, grant: Grant, spend: Spend, start: int) -> DispenseItem:
    claim, number = spend.claims[0].claim, grant.proof.index - 2**DEPTH + 64
    deadline = start + 500
    presentation = Presentation(claim, 0, spend.spender, spend.use_hash(), spend.into, deadline)
    signature = sign_digest(presentation.digest(ledger.domain), key_of(f"patient {number}"))
    return DispenseItem(
        spend.payer, spend.into, (grant,), (ClaimRef(0, 0, 0, deadline, signature),), spend.packs
    )


def build_records(ledger: ChainLedger, spends: list[Spend], signed_at: int) -> list[EntryProof]:
    entries = [Entry(3, spend.into, Hash(bytes(32)), 0, 0, 0, spend.use_hash()) for spend in spends]
    return prove(ledger, "pharmacy", "pharmacist", entries, signed_at)
