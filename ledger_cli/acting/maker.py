"""A manufacturer's acts: a releaser commissions a lot with its packs, or recalls one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import Accepted, expecting, sign_record
from ledger_cli.gateway_client import member
from ledger_cli.prepared import CheckedRecord, differs
from ledger_proofs.types import JsonValue

LOT_SCHEMA = "rx.lot/1"


@dataclass(frozen=True)
class Lot:
    """What was released together: one product, one expiry, packs of so many units. Days are YYYY-MM-DD."""

    product: Mapping[str, JsonValue]
    lot: str
    made_on: str
    expires_on: str
    unit: str
    units_per_pack: int

    def as_json(self) -> dict[str, JsonValue]:
        """The lot's members, as requests and bodies have them."""
        return {
            "product": dict(self.product),
            "lot": self.lot,
            "made_on": self.made_on,
            "expires_on": self.expires_on,
            "unit": self.unit,
            "units_per_pack": self.units_per_pack,
        }


def commission(releaser: PersonAtWork, lot: Lot, codes: Sequence[str]) -> Accepted:
    """Sign that these packs were made and released."""
    return _sign_lot(releaser, lot, "commissioned", codes, None)


def recall(releaser: PersonAtWork, lot: Lot, *, reason: str, codes: Sequence[str] = ()) -> Accepted:
    """Sign that packs are called back; the whole lot where none are named."""
    return _sign_lot(releaser, lot, "recalled", codes, reason)


def _sign_lot(
    releaser: PersonAtWork, lot: Lot, event: str, codes: Sequence[str], reason: str | None
) -> Accepted:
    members = lot.as_json()
    request: dict[str, JsonValue] = {"event": event, **members, "codes": list(codes)}
    if reason is not None:
        request["reason"] = reason
    same_lot = expecting(event=event, reason=reason, **members)

    def check(checked: CheckedRecord) -> None:
        same_lot(checked)
        if len(member(checked.record.body, "packs", list)) != len(codes):
            raise differs("/body/packs has another number of packs", "/body/packs 的包装数量不符")

    return sign_record(releaser, "lots", LOT_SCHEMA, request, check)
