"""How the claims of one prescription stand by what was done with them, to be compared with the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledger_cli.acting.holder import PRESCRIPTION_KIND
from ledger_cli.acting.hospital import IssuedPrescription
from ledger_cli.acting.records import Accepted
from ledger_cli.simulate.fates import Fate
from ledger_proofs.claims import ClaimStatus, claim_key
from ledger_proofs.records import parse_utc_time


class ClaimLedger:
    """The claims of a prescription's first window: status and restore count of each."""

    def __init__(self, issued: IssuedPrescription, fate: Fate) -> None:
        body = issued.body
        commitment = bytes.fromhex(issued.accepted.reference.commitment.removeprefix("0x"))
        not_before = parse_utc_time(str(body["windows"][0]["not_before"]), "/body/windows/0/not_before")
        self._issued = issued
        self._fate = fate
        self._lines = {int(claim["ordinal"]): int(claim["line"]) for claim in body["claims"]}
        self._keys = {
            ordinal: claim_key(issued.institution, PRESCRIPTION_KIND, commitment, not_before, ordinal)
            for ordinal in self._lines
        }
        self._status = dict.fromkeys(self._lines, ClaimStatus.UNUSED)
        self._restored = dict.fromkeys(self._lines, 0)
        self.dispensings: list[Accepted] = []
        self.settlements: list[Accepted] = []

    @property
    def ordinals(self) -> tuple[int, ...]:
        """All claims."""
        return tuple(self._lines)

    def lines_of(self, ordinals: Sequence[int]) -> list[int]:
        """The lines that these claims are of, ascending."""
        return sorted({self._lines[ordinal] for ordinal in ordinals})

    def note_dispensed(self, dispensing: Accepted) -> None:
        """The chain did a dispensing."""
        self.dispensings.append(dispensing)
        self._set(_ordinals_of(dispensing), ClaimStatus.DISPENSED)

    def note_settled(self, settlement: Accepted) -> None:
        """The chain did a settlement."""
        self.settlements.append(settlement)
        self._set(self._ordinals_of_keys(settlement.body["claims"]), ClaimStatus.SETTLED)

    def note_reversed(self, settlement: Accepted) -> None:
        """The chain took a settlement back."""
        self._set(self._ordinals_of_keys(settlement.body["claims"]), ClaimStatus.DISPENSED)

    def note_restored(self, dispensing: Accepted) -> None:
        """The chain undid a dispensing."""
        for ordinal in _ordinals_of(dispensing):
            self._restored[ordinal] += 1
        self._set(_ordinals_of(dispensing), ClaimStatus.UNUSED)

    def note_voided(self) -> None:
        """The chain voided whatever was unused."""
        self._set(self.ordinals, ClaimStatus.VOID)

    def count_by_status(self) -> Mapping[str, int]:
        """How many claims stand how."""
        standing = list(self._status.values())
        return {status.name.lower(): standing.count(status) for status in ClaimStatus}

    def as_json(self) -> dict[str, Any]:
        """The prescription with its claims, for whoever compares them with the chain."""
        return {
            "institution": self._issued.institution,
            "id": self._issued.id,
            "commitment": self._issued.accepted.reference.commitment,
            "fate": self._fate.value,
            "claims": [
                {
                    "claim": "0x" + self._keys[ordinal].hex(),
                    "status": self._status[ordinal].name.lower(),
                    "restore_count": self._restored[ordinal],
                }
                for ordinal in self._lines
            ],
            "dispensings": [each.reference.as_json() for each in self.dispensings],
            "settlements": [each.reference.as_json() for each in self.settlements],
        }

    def _set(self, ordinals: Sequence[int], status: ClaimStatus) -> None:
        self._status |= dict.fromkeys(ordinals, status)

    def _ordinals_of_keys(self, keys: Sequence[str]) -> list[int]:
        wanted = set(keys)
        return [ordinal for ordinal, key in self._keys.items() if "0x" + key.hex() in wanted]


def _ordinals_of(dispensing: Accepted) -> list[int]:
    [prescription] = dispensing.body["prescriptions"]
    return [int(claim["ordinal"]) for claim in prescription["claims"]]
