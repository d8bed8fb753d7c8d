"""The packs of a simulated day: which lots the manufacturer makes, and which pack goes to which line.

A pack holds one unit of what a line counts (a box), or many of them: such a pack is opened at the counter and
serves several patients. Codes are invented, in the Chinese form and in GS1's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ledger_cli.acting.maker import Lot
from ledger_cli.simulate.dice import Dice
from ledger_proofs.types import JsonValue

MAX_PACKS_PER_LOT = 1_000
SPLIT_SHARE = 0.25
"""Of the products, so many come in packs that are opened at the counter."""
GS1_SHARE = 0.3
SPLIT_UNITS = 10
SPARE_PACKS = 2
"""Commissioned and never used, in each lot."""
SHELF_LIFE_DAYS = 730
BULK_UNITS = 500
"""A pack of decoction pieces, in grams."""
BULK_ITEM_TYPE = "13"


@dataclass(frozen=True)
class PackUse:
    """Units taken of a pack for one line."""

    code: str
    units: int


@dataclass
class Product:
    """One product's packs: what was taken of the open one, and all the codes so far."""

    number: int
    members: Mapping[str, JsonValue]
    unit: str
    units_per_pack: int
    is_gs1: bool
    codes: list[str] = field(default_factory=list)
    left_in_open_pack: int = 0


class Shelf:
    """All packs of a day. Used by one thread: what goes where is planned before the day begins."""

    def __init__(self, dice: Dice, today: date) -> None:
        self._dice = dice
        self._today = today
        self._day = f"{dice.number('lots') % 10**6:06d}"
        self._products: dict[tuple[str, str, str], Product] = {}
        self._recalled: list[tuple[Lot, str]] = []

    def take(self, line: Mapping[str, Any]) -> list[PackUse]:
        """Packs for a line of a prescription, as many units as it says, rounded up."""
        product = self._find(line)
        wanted = max(1, math.ceil(Decimal(line["quantity"]["value"])))
        uses: list[PackUse] = []
        while wanted:
            if not product.left_in_open_pack:
                product.codes.append(self._new_code(product))
                product.left_in_open_pack = product.units_per_pack
            units = min(wanted, product.left_in_open_pack)
            uses.append(PackUse(product.codes[-1], units))
            product.left_in_open_pack -= units
            wanted -= units
        return uses

    def take_recalled(self, line: Mapping[str, Any]) -> str:
        """The code of a pack for this line whose lot was called back before the day began."""
        product = self._find(line)
        code = self._new_code(product, f"recalled-{len(self._recalled)}")
        self._recalled.append((self._lot(product, f"R{self._day}-{len(self._recalled):04d}"), code))
        return code

    def recalled_lots(self) -> list[tuple[Lot, Sequence[str]]]:
        """The lots that are to be commissioned and called back before the day begins."""
        return [(lot, [code]) for lot, code in self._recalled]

    def lots(self) -> list[tuple[Lot, Sequence[str]]]:
        """The lots that hold all of these packs, and a few more."""
        lots: list[tuple[Lot, Sequence[str]]] = []
        for product in self._products.values():
            spares = [self._new_code(product, f"spare-{spare}") for spare in range(SPARE_PACKS)]
            codes = [*product.codes, *spares]
            for first in range(0, len(codes), MAX_PACKS_PER_LOT):
                name = f"L{self._day}-{product.number:04d}-{first // MAX_PACKS_PER_LOT + 1}"
                lots.append((self._lot(product, name), codes[first : first + MAX_PACKS_PER_LOT]))
        return lots

    def _find(self, line: Mapping[str, Any]) -> Product:
        unit = str(line["quantity"]["unit"])
        key = (str(line["code_system"]), str(line["code"]), unit)
        if key not in self._products:
            is_split = self._dice.chance(SPLIT_SHARE, "split", *key)
            per_pack = SPLIT_UNITS if is_split else 1
            if line.get("item_type") == BULK_ITEM_TYPE:
                per_pack = BULK_UNITS
            members = {name: line[name] for name in ("code_system", "code", "name", "specification")}
            is_gs1 = self._dice.chance(GS1_SHARE, "form", *key)
            self._products[key] = Product(len(self._products), members, unit, per_pack, is_gs1)
        return self._products[key]

    def _new_code(self, product: Product, name: str = "") -> str:
        place = name or str(len(product.codes))
        serial = self._dice.number("pack", product.number, place) % 10**13
        if not product.is_gs1:
            # Begins with 8, so that no scanner takes it for a GS1 code, which begins with 01.
            return f"8{product.number % 10**6:06d}{serial:013d}"
        expires = self._expires_on().strftime("%y%m%d")
        return f"(01){build_gtin(product.number)}(17){expires}(21)S{serial:013d}"

    def _lot(self, product: Product, name: str) -> Lot:
        return Lot(
            product=product.members,
            lot=name,
            made_on=(self._today - timedelta(days=60)).isoformat(),
            expires_on=self._expires_on().isoformat(),
            unit=product.unit,
            units_per_pack=product.units_per_pack,
        )

    def _expires_on(self) -> date:
        return self._today + timedelta(days=SHELF_LIFE_DAYS)


def build_gtin(number: int) -> str:
    """An invented GTIN-14 with its check digit (GS1 General Specifications, 7.9)."""
    digits = f"0690000{number % 10**6:06d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)
