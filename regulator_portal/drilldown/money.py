"""Charges and their settlement side by side, line by line, from what evidence disclosed."""

from dataclasses import dataclass

from regulator_portal.linking.disclosing import NotShown, Shown, read_shown
from regulator_portal.linking.models import LinkedRecord

SHARES = ("fund_minor", "account_minor", "cash_minor", "reduced_minor")


@dataclass(frozen=True)
class MoneyLine:
    """One line of the charges, with how it was settled; None where it wasn't or isn't disclosed."""

    line: int
    charged_minor: int | None
    fund_minor: int | None
    account_minor: int | None
    cash_minor: int | None
    reduced_minor: int | None
    reason: str | None

    def listed(self) -> tuple[int | None, ...]:
        """Return the amounts in the order in which they are shown: charged, then its shares."""
        return (
            self.charged_minor,
            self.fund_minor,
            self.account_minor,
            self.cash_minor,
            self.reduced_minor,
        )


@dataclass(frozen=True)
class Money:
    """All lines, and the totals as the records state them. Minor units of the currency."""

    currency: str
    lines: tuple[MoneyLine, ...]
    charged_minor: int | None
    totals: MoneyLine | None


def read_money(charged: LinkedRecord | None, settled: LinkedRecord | None) -> Money | None:
    """Read charges and settlement; None where neither is disclosed."""
    charges = None if charged is None or charged.shown is None else read_shown(charged.shown)
    shares = None if settled is None or settled.shown is None else read_shown(settled.shown)
    if charges is None and shares is None:
        return None
    count = 0 if charges is None else _number(charges, "/body/charges/lines") or 0
    places = {} if shares is None else _places(shares)
    numbers = sorted({*range(count), *places})
    currency = _text(charges, "/body/charges/currency") or _text(shares, "/body/currency") or ""
    lines = tuple(
        _read_line(number, _charged(charges, number), shares, _under(places.get(number)))
        for number in numbers
    )
    total = None if charges is None else _number(charges, "/body/charges/total_minor")
    totals = None if shares is None else _read_line(0, total, shares, "/body/totals")
    return Money(currency, lines, total, totals)


def _under(place: int | None) -> str | None:
    return None if place is None else f"/body/lines/{place}"


def _charged(charges: Shown | None, number: int) -> int | None:
    return None if charges is None else _number(charges, f"/body/charges/lines/{number}/amount_minor")


def _read_line(number: int, charged: int | None, shares: Shown | None, under: str | None) -> MoneyLine:
    if shares is None or under is None:
        return MoneyLine(number, charged, None, None, None, None, None)
    fund, account, cash, reduced = (_number(shares, f"{under}/{name}") for name in SHARES)
    return MoneyLine(number, charged, fund, account, cash, reduced, _text(shares, f"{under}/reason"))


def _places(shares: Shown) -> dict[int, int]:
    """Return at which place of the settlement each line of the charges is settled."""
    count = _number(shares, "/body/lines") or 0
    found = {}
    for place in range(count):
        line = _number(shares, f"/body/lines/{place}/line")
        if line is not None and line >= 0:
            found[line] = place
    return found


def _number(shown: Shown, pointer: str) -> int | None:
    try:
        value = shown.find(pointer)
    except NotShown:
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(shown: Shown | None, pointer: str) -> str | None:
    if shown is None:
        return None
    try:
        value = shown.find(pointer)
    except NotShown:
        return None
    return value if isinstance(value, str) else None
