"""The plan of a simulated day: for each draft its doctor, its fate, its pharmacy, its packs and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger_cli.acting.dispensing_check import Price, ScannedPack
from ledger_cli.embedded.people import CHEN, CHINESE, LI, LIN, PEOPLES, XU, ZHAO, Doctor, Practitioner
from ledger_cli.simulate.dice import Dice
from ledger_cli.simulate.fates import Fate, deal_fates
from ledger_cli.simulate.shelf import PackUse, Shelf

DOCTORS_OF = {PEOPLES.number: (LI, CHEN), CHINESE.number: (ZHAO,)}
COUNTERS = (LIN, XU)
LOWEST_PRICE_MINOR, HIGHEST_PRICE_MINOR = 150, 9_800


@dataclass(frozen=True)
class DraftToSign:
    """A draft that waits at a hospital: its lines, and who is to sign it where that is said."""

    hospital: int
    id: str
    lines: Sequence[Mapping[str, Any]]
    prescriber_code: str | None


@dataclass(frozen=True)
class PlannedPrescription:
    """What is to become of one draft. `counters`: the pharmacists who serve the patient, in turn."""

    draft: DraftToSign
    doctor: Doctor
    fate: Fate
    counters: Sequence[Practitioner]
    packs: Mapping[int, Sequence[PackUse]]
    second_packs: Mapping[int, Sequence[PackUse]]
    recalled_pack: str | None
    prices: Mapping[int, int]

    def scanned(self, lines: Sequence[int], *, second: bool = False) -> list[ScannedPack]:
        """The packs for these lines, as they are scanned at a counter."""
        packs = self.second_packs if second else self.packs
        return [ScannedPack(use.code, line, units_used=use.units) for line in lines for use in packs[line]]

    def priced(self, lines: Sequence[int]) -> list[Price]:
        """The prices of these lines."""
        return [Price(line, self.prices[line]) for line in lines]


def plan_day(drafts: Sequence[DraftToSign], shelf: Shelf, dice: Dice) -> list[PlannedPrescription]:
    """Plan each draft's course. What packs are needed is taken from the shelf on the way."""
    fates = deal_fates([len(draft.lines) for draft in drafts], dice)
    return [
        _plan(number, draft, fate, shelf, dice)
        for number, (draft, fate) in enumerate(zip(drafts, fates, strict=True))
    ]


def _plan(number: int, draft: DraftToSign, fate: Fate, shelf: Shelf, dice: Dice) -> PlannedPrescription:
    lines = {int(line["number"]): line for line in draft.lines}
    is_raced = fate is Fate.COPIED_CODE
    return PlannedPrescription(
        draft=draft,
        doctor=_choose_doctor(number, draft, dice),
        fate=fate,
        counters=dice.shuffled(COUNTERS, "counters", number),
        packs={place: shelf.take(line) for place, line in lines.items()},
        second_packs={place: shelf.take(line) for place, line in lines.items()} if is_raced else {},
        recalled_pack=shelf.take_recalled(lines[1]) if fate is Fate.RECALLED_PACK else None,
        prices={
            place: dice.between(LOWEST_PRICE_MINOR, HIGHEST_PRICE_MINOR, "price", line["code"])
            for place, line in lines.items()
        },
    )


def _choose_doctor(number: int, draft: DraftToSign, dice: Dice) -> Doctor:
    doctors = DOCTORS_OF[draft.hospital]
    named = [doctor for doctor in doctors if doctor.code == draft.prescriber_code]
    return named[0] if named else dice.pick(doctors, "doctor", number)
