"""What of which prescriptions is dispensed at which price: chosen claims and prices, checked against them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ledger_api.dispenses.body import CURRENCY, Charge, Charges, UsedClaim, price_of
from ledger_api.dispenses.errors import ClaimsChoiceInvalid, ClaimsUsed, PricesIncomplete, WindowNotOpen
from ledger_api.dispenses.schemas import DispensingRequest, LinePrice, Taking
from ledger_api.dispenses.sources import Source
from ledger_api.prescriptions.body import Amount, Claim, Line
from ledger_api.prescriptions.service import PRESCRIPTION
from ledger_api.records.body_checks import build_checked_body
from ledger_proofs.claims import ClaimStatus
from ledger_proofs.records import format_utc_time
from ledger_web.errors import FieldProblem

LinePlaces = Mapping[tuple[int, int], Line]
"""Lines that are dispensed, by the prescription's place and the line's number, in order."""


def choose_claims(request: DispensingRequest, sources: Sequence[Source]) -> list[list[Claim]]:
    """Return the claims chosen of each prescription, ascending.

    Raises ClaimsChoiceInvalid, or ClaimsUsed for claims that aren't unused on the chain.
    """
    faults = []
    windows = [(each.institution, each.id, each.window) for each in request.prescriptions]
    for place, (taking, source) in enumerate(zip(request.prescriptions, sources, strict=True)):
        faults += _find_claim_faults(place, taking, len(source.body.claims))
        if windows[place] in windows[:place]:
            faults.append(
                FieldProblem(f"/prescriptions/{place}", "stands there before", "与前面的处方重复", "repeated")
            )
    if faults:
        raise ClaimsChoiceInvalid(faults)
    for place, (taking, source) in enumerate(zip(request.prescriptions, sources, strict=True)):
        used = [o for o in sorted(taking.ordinals) if source.words[o].status is not ClaimStatus.UNUSED]
        if used:
            raise ClaimsUsed(place, used)
    return [
        [source.body.claims[ordinal] for ordinal in sorted(taking.ordinals)]
        for taking, source in zip(request.prescriptions, sources, strict=True)
    ]


def verify_windows(sources: Sequence[Source], now: int, *, is_offline: bool) -> None:
    """Check that each prescription can be used now, or could when it was used offline.

    Raises WindowNotOpen.
    """
    for source in sources:
        entry = source.bundle.entry
        grace = PRESCRIPTION.offline_grace_seconds if is_offline else 0
        if not entry.not_before <= now <= entry.not_after + grace:
            raise WindowNotOpen(format_utc_time(entry.not_before), format_utc_time(entry.not_after))


def list_lines(sources: Sequence[Source], chosen: Sequence[Sequence[Claim]]) -> LinePlaces:
    """Return the lines of which claims are chosen."""
    return {
        (place, number): source.body.lines[number - 1]
        for place, (source, claims) in enumerate(zip(sources, chosen, strict=True))
        for number in sorted({claim.line for claim in claims})
    }


def build_used_claims(claims: Sequence[Claim]) -> tuple[UsedClaim, ...]:
    """Build how a dispensing states the claims of one prescription."""
    return tuple(
        UsedClaim(ordinal=claim.ordinal, line=claim.line, quantity=claim.quantity) for claim in claims
    )


def build_charges(
    prices: Sequence[LinePrice], lines: LinePlaces, chosen: Sequence[Sequence[Claim]]
) -> Charges:
    """Build the charges: for each line, what is dispensed of it times its price. Raises PricesIncomplete or
    RecordInvalid.
    """
    priced = _read_prices(prices, lines)
    charges = []
    for (place, number), line in lines.items():
        quantity = _sum_quantities([claim for claim in chosen[place] if claim.line == number])
        price = priced[place, number]
        members = {
            "prescription": place,
            "line": number,
            "name": line.name,
            "quantity": quantity,
            "unit_price_minor": price,
            "amount_minor": price_of(quantity.value, price),
        }
        charges.append(build_checked_body(Charge, members))
    total = sum(each.amount_minor for each in charges)
    return build_checked_body(Charges, {"currency": CURRENCY, "lines": tuple(charges), "total_minor": total})


def _find_claim_faults(place: int, taking: Taking, claim_count: int) -> list[FieldProblem]:
    ordinals = taking.ordinals
    return [
        FieldProblem(
            f"/prescriptions/{place}/ordinals/{number}",
            f"is none of its claims 0 to {claim_count - 1}, or stands there twice",
            f"不是其份额 0 至 {claim_count - 1} 之一，或重复",
            "claim_unknown",
        )
        for number, ordinal in enumerate(ordinals)
        if ordinal >= claim_count or ordinal in ordinals[:number]
    ]


def _read_prices(prices: Sequence[LinePrice], lines: LinePlaces) -> dict[tuple[int, int], int]:
    priced: dict[tuple[int, int], int] = {}
    faults = []
    for number, price in enumerate(prices):
        place = (price.prescription, price.line)
        if place not in lines or place in priced:
            faults.append(
                FieldProblem(
                    f"/prices/{number}",
                    "is for a line that isn't dispensed, or that has its price already",
                    "所指处方行未发出，或已有单价",
                    "price_unused",
                )
            )
        priced[place] = price.unit_price_minor
    faults += [
        FieldProblem(
            "/prices",
            f"has no price for line {line} of prescription {place}",
            f"缺少处方 {place} 第 {line} 行的单价",
            "price_missing",
        )
        for place, line in lines
        if (place, line) not in priced
    ]
    if faults:
        raise PricesIncomplete(faults)
    return priced


def _sum_quantities(claims: Sequence[Claim]) -> Amount:
    total = sum((Decimal(claim.quantity.value) for claim in claims), Decimal())
    return Amount(value=format(total.normalize(), "f"), unit=claims[0].quantity.unit)
