"""Prescriptions with holders, and the items that use them: what a counter's gateway would build.

One claim per prescription, one pack per dispensing, presented by the claim's one-time key.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ledger_api.records.models import StoredRecord
from ledger_chain.items import (
    ClaimRef,
    DispenseItem,
    EntryProof,
    Grant,
    RestoreItem,
    ReverseItem,
    SettleItem,
    Spend,
    VoidItem,
)
from ledger_chain.register_events import Act
from ledger_cli.bench.act_world import (
    DISPENSING,
    HOSPITAL,
    INSURER,
    PHARMACY,
    PRESCRIPTION,
    RESTORE,
    REVERSAL,
    SETTLEMENT,
    VOID,
    ActWorld,
    EntryPlan,
    Intended,
)
from ledger_proofs.claims import claim_key, holders_hash
from ledger_proofs.eip712 import ClaimUse, PackUse, Presentation, Use
from ledger_proofs.signatures import address_of_key, sign_digest
from ledger_proofs.types import ClaimKey, Commitment, PackToken

WINDOW_SECONDS = 86_400
NO_REASON = bytes(32)


@dataclass(frozen=True)
class Prescribed:
    """An anchored prescription of one claim, with the claim's one-time private key."""

    proof: EntryProof
    holder_key: bytes

    @property
    def claim(self) -> ClaimKey:
        """The name of its claim."""
        entry = self.proof.entry
        return claim_key(HOSPITAL, entry.kind, entry.record, entry.not_before, 0)


@dataclass(frozen=True)
class Dispensing:
    """A use that is ready to be stated: everything but the record that states it."""

    prescribed: Prescribed
    pack: PackUse
    restore_count: int = 0
    deadline: int = 0
    payer: int = INSURER

    @property
    def claims(self) -> tuple[ClaimUse, ...]:
        """The claim with its restore count."""
        return (ClaimUse(self.prescribed.claim, self.restore_count),)

    def use(self) -> Use:
        """The use that the record's entry is bound to."""
        return Use(PRESCRIPTION, PHARMACY, self.payer, self.claims, (self.pack,))

    def spend(self, into: Commitment, time: int) -> Spend:
        """The use as later acts name it."""
        return Spend(PRESCRIPTION, PHARMACY, self.payer, self.claims, (self.pack,), into, time)


def prescribe(
    world: ActWorld, count: int, *, begins_in: int = -10, lasts: int = WINDOW_SECONDS
) -> list[Prescribed]:
    """Let the hospital sign and anchor prescriptions, each with one claim and its holder."""
    keys = [os.urandom(32) for _ in range(count)]
    now = world.parts.clock()
    plans = [
        EntryPlan(
            PRESCRIPTION,
            holders_hash([address_of_key(key)]),
            claim_count=1,
            not_before=now + begins_in,
            not_after=now + lasts,
        )
        for key in keys
    ]
    records = world.accept(HOSPITAL, [(plan, None) for plan in plans])
    return [Prescribed(world.prove(record), key) for record, key in zip(records, keys, strict=True)]


def plan_dispensing(
    world: ActWorld, prescribed: Prescribed, *, pack: PackUse | None = None, restore_count: int = 0
) -> Dispensing:
    """Choose a pack and a deadline."""
    chosen = pack or PackUse(PackToken(os.urandom(32)), 1, 1)
    return Dispensing(prescribed, chosen, restore_count, world.parts.clock() + 3_600)


def dispense_item(world: ActWorld, dispensing: Dispensing, into: Commitment) -> DispenseItem:
    """The item, with the presentation that the holder signs for it."""
    prescribed, use_hash = dispensing.prescribed, dispensing.use().struct_hash()
    presentation = Presentation(
        prescribed.claim, dispensing.restore_count, PHARMACY, use_hash, into, dispensing.deadline
    )
    signature = sign_digest(presentation.digest(world.deployment.domain()), prescribed.holder_key)
    ref = ClaimRef(0, 0, dispensing.restore_count, dispensing.deadline, signature)
    grant = Grant(prescribed.proof, (address_of_key(prescribed.holder_key),))
    return DispenseItem(dispensing.payer, into, (grant,), (ref,), (dispensing.pack,))


def dispense(world: ActWorld, dispensings: Sequence[Dispensing], *, wake: bool = True) -> list[StoredRecord]:
    """Let the pharmacy accept dispensings, with what they do on chain, in one unit of work."""
    return world.accept(
        PHARMACY,
        [
            (
                EntryPlan(DISPENSING, dispensing.use().struct_hash()),
                Intended(Act.DISPENSE, partial(dispense_item, world, dispensing)),
            )
            for dispensing in dispensings
        ],
        wake=wake,
    )


def settle(world: ActWorld, spend: Spend, used: EntryProof) -> StoredRecord:
    """Let the insurer settle the claim of a use."""
    intended = Intended(
        Act.SETTLE, lambda settlement: SettleItem(spend, used, 0, (0,), settlement, NO_REASON)
    )
    return world.accept(INSURER, [(EntryPlan(SETTLEMENT), intended)])[0]


def reverse(world: ActWorld, spend: Spend) -> StoredRecord:
    """Let the insurer take a settlement back."""
    intended = Intended(Act.REVERSE, lambda reversal: ReverseItem(spend, (0,), reversal, NO_REASON))
    return world.accept(INSURER, [(EntryPlan(REVERSAL), intended)])[0]


def restore(world: ActWorld, spend: Spend) -> StoredRecord:
    """Let the pharmacy take a dispensing back."""
    intended = Intended(Act.RESTORE, lambda record: RestoreItem(spend, record, NO_REASON))
    return world.accept(PHARMACY, [(EntryPlan(RESTORE), intended)])[0]


def void(world: ActWorld, prescribed: Prescribed) -> StoredRecord:
    """Let the hospital void a prescription's claim."""
    entry = prescribed.proof.entry
    intended = Intended(
        Act.VOID,
        lambda record: VoidItem(entry.kind, entry.record, entry.not_before, (0,), record, NO_REASON),
    )
    return world.accept(HOSPITAL, [(EntryPlan(VOID), intended)])[0]
