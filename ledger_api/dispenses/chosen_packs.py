"""The packs of a dispensing: each checked, stopped or flagged by policy, and counted in units."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from ledger_api.dispenses.body import DispensedPack, LinePlace, Product
from ledger_api.dispenses.errors import (
    PackFlagged,
    PackMissing,
    PackPlaceUnknown,
    PackStopped,
    PackUnconfirmed,
    PackUnitsExceeded,
)
from ledger_api.dispenses.schemas import DispensingRequest, ScannedPack
from ledger_api.packs.codes import parse_codes
from ledger_api.packs.policy import PackFlag, PackPolicy, PolicyAction
from ledger_api.packs.service import CheckedPack, PackCheck, PackQuery
from ledger_api.parts import Parts
from ledger_api.prescriptions.body import Line
from ledger_api.records.body_checks import build_checked_body
from ledger_proofs.json_members import to_hex


@dataclass(frozen=True)
class ChosenPack:
    """A pack as it goes into the record, and what was found about it."""

    checked: CheckedPack
    dispensed: DispensedPack


def choose_packs(
    parts: Parts, tenant: int, request: DispensingRequest, lines: dict[tuple[int, int], Line]
) -> list[ChosenPack]:
    """Check the packs of a request. `lines`: those that are dispensed, by prescription's place and number.

    Raises PackPlaceUnknown, PackMissing, PackCodesUnreadable, PackStopped, PackFlagged, PackUnconfirmed,
    PackUnitsExceeded, or what the checking of packs does.
    """
    places = [(pack.line.prescription, pack.line.line) for pack in request.packs]
    unknown = [number for number, place in enumerate(places) if place not in lines]
    if unknown:
        raise PackPlaceUnknown(unknown)
    verify_none_missing(parts.packs.policy, lines, places, request.override_flags)
    if not request.packs:
        return []
    parse_codes([pack.code for pack in request.packs], "/packs", "/code")  # refuses at their places here
    queries = [
        PackQuery(pack.code, lines[place].code_system, lines[place].code)
        for pack, place in zip(request.packs, places, strict=True)
    ]
    checked = PackCheck(parts).check(tenant, queries, _today(parts))
    _verify_policy(parts, checked, set(request.override_flags))
    return [
        ChosenPack(found, _count_units(number, pack, found, lines[place]))
        for number, (pack, found, place) in enumerate(zip(request.packs, checked, places, strict=True))
    ]


def verify_none_missing(
    policy: PackPolicy,
    lines: Iterable[tuple[int, int]],
    places: Iterable[tuple[int, int]],
    accepted: Iterable[PackFlag],
) -> None:
    """Raise PackMissing where policy wants a pack for each line (`places`: the packs') and one has none."""
    action = policy[PackFlag.MISSING]
    may_go_on = action is PolicyAction.FLAG
    if action is PolicyAction.IGNORE or (may_go_on and PackFlag.MISSING in accepted):
        return
    missing = sorted(set(lines) - set(places))
    if missing:
        raise PackMissing(missing, may_go_on=may_go_on)


def _verify_policy(parts: Parts, checked: Sequence[CheckedPack], accepted: set[PackFlag]) -> None:
    policy = parts.packs.policy
    found = [(number, flag) for number, pack in enumerate(checked) for flag in pack.flags]
    stopped = [(number, str(flag)) for number, flag in found if policy[flag] is PolicyAction.STOP]
    if stopped:
        raise PackStopped(stopped)
    flagged = [
        (number, str(flag))
        for number, flag in found
        if policy[flag] is PolicyAction.FLAG and flag not in accepted
    ]
    if flagged:
        is_silence_alone = all(flag == PackFlag.UNCONFIRMED for _, flag in flagged)
        raise PackUnconfirmed(flagged) if is_silence_alone else PackFlagged(flagged)


def _count_units(number: int, pack: ScannedPack, checked: CheckedPack, line: Line) -> DispensedPack:
    total = checked.total_units or pack.total_units or pack.units_used or 1
    left = total - checked.used_units
    units = left if pack.units_used is None else pack.units_used
    if not 0 < units <= left:
        raise PackUnitsExceeded(number, max(0, left))
    lot = checked.lot
    product = None
    if lot is not None:
        product = Product(code_system=lot.code_system, code=lot.product_code, name=lot.product_name)
    return build_checked_body(
        DispensedPack,
        {
            "code": checked.code.canonical,
            "form": checked.code.form.value,
            "token": to_hex(checked.token),
            "product": product,
            "lot": checked.lot_number,
            "expires_on": checked.expires_on,
            "unit": lot.unit if lot is not None else pack.unit or line.quantity.unit,
            "total_units": total,
            "units_used": units,
            "line": LinePlace(prescription=pack.line.prescription, line=pack.line.line),
            "flags": tuple(str(flag) for flag in checked.flags),
        },
    )


def _today(parts: Parts) -> date:
    return datetime.fromtimestamp(parts.clock(), UTC).astimezone(ZoneInfo(parts.settings.zone)).date()
