"""What a prepared dispensing will tell the chain, kept beside it until it is submitted.

It holds everything that the spend needs but the record's commitment and the presentations: what was verified
and shown when it was prepared is what is spent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ledger_chain.items import ClaimRef, DispenseItem, EntryProof, Grant
from ledger_proofs.eip712 import Use
from ledger_proofs.entries import parse_entry
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import Address, ClaimKey, Commitment, Hash, JsonValue, LogId, Signature


@dataclass(frozen=True)
class PlannedClaim:
    """One claim of a use: the place of its prescription, its ordinal and key, and its holder, if any."""

    prescription: int
    ordinal: int
    claim: ClaimKey
    restore_count: int
    holder: Address | None

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as it is kept."""
        return {
            "prescription": self.prescription,
            "ordinal": self.ordinal,
            "claim": to_hex(self.claim),
            "restore_count": self.restore_count,
            "holder": None if self.holder is None else to_hex(self.holder),
        }


@dataclass(frozen=True)
class Presented:
    """A claim's presentation as it goes to the chain."""

    deadline: int
    signature: bytes


NOT_PRESENTED = Presented(0, b"")


@dataclass(frozen=True)
class DispensingPlan:
    """Grants by prescription, claims ascending by key, and until when presentations may be good."""

    grants: tuple[Grant, ...]
    claims: tuple[PlannedClaim, ...]
    max_deadline: int

    @property
    def to_present(self) -> list[PlannedClaim]:
        """The claims that somebody holds."""
        return [claim for claim in self.claims if claim.holder is not None]

    def build_item(self, use: Use, into: Commitment, presented: Mapping[bytes, Presented]) -> DispenseItem:
        """Build what the chain is told; `presented` by claim key."""
        refs = tuple(
            ClaimRef(
                each.prescription,
                each.ordinal,
                each.restore_count,
                presented.get(each.claim, NOT_PRESENTED).deadline,
                presented.get(each.claim, NOT_PRESENTED).signature,
            )
            for each in self.claims
        )
        return DispenseItem(use.payer, into, self.grants, refs, use.packs)

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as it is kept beside a prepared record."""
        return {
            "grants": [_grant_as_json(grant) for grant in self.grants],
            "claims": [claim.as_json() for claim in self.claims],
            "max_deadline": self.max_deadline,
        }


def plan_from_json(value: JsonValue) -> DispensingPlan:
    """Read a plan that `as_json` gave."""
    kept = cast("Mapping[str, Any]", value)
    return DispensingPlan(
        tuple(_grant_from_json(each) for each in kept["grants"]),
        tuple(_claim_from_json(each) for each in kept["claims"]),
        int(kept["max_deadline"]),
    )


def _grant_as_json(grant: Grant) -> dict[str, JsonValue]:
    proof = grant.proof
    return {
        "log": proof.log,
        "size": proof.size,
        "index": proof.index,
        "path": [to_hex(node) for node in proof.path],
        "entry": to_hex(proof.entry.to_bytes()),
        "signed_at": proof.signed_at,
        "signature": to_hex(proof.signature),
        "excuse": proof.excuse,
        "holders": [to_hex(each) for each in grant.holders],
    }


def _grant_from_json(kept: Mapping[str, Any]) -> Grant:
    proof = EntryProof(
        LogId(kept["log"]),
        kept["size"],
        kept["index"],
        tuple(Hash(_bytes(node)) for node in kept["path"]),
        parse_entry(_bytes(kept["entry"])),
        kept["signed_at"],
        Signature(_bytes(kept["signature"])),
        kept["excuse"],
    )
    return Grant(proof, tuple(Address(_bytes(each)) for each in cast("Sequence[str]", kept["holders"])))


def _claim_from_json(kept: Mapping[str, Any]) -> PlannedClaim:
    holder = kept["holder"]
    return PlannedClaim(
        kept["prescription"],
        kept["ordinal"],
        ClaimKey(_bytes(kept["claim"])),
        kept["restore_count"],
        None if holder is None else Address(_bytes(holder)),
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
