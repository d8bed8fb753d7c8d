"""The plan of a simulated day: the same for the same seed, every fate in it, packs that add up."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger_cli.simulate.dice import Dice
from ledger_cli.simulate.fates import Fate, deal_fates
from ledger_cli.simulate.plan import DraftToSign, plan_day
from ledger_cli.simulate.shelf import Shelf, build_gtin
from ledger_proofs.packs import parse_pack_code

TODAY = date(2026, 11, 22)


def line(number: int, code: str, quantity: str = "1", item_type: str = "11") -> dict[str, Any]:
    """A line of a draft."""
    return {
        "number": number,
        "item_type": item_type,
        "code_system": "example",
        "code": code,
        "name": "药",
        "specification": "规格",
        "quantity": {"value": quantity, "unit": "g" if item_type == "13" else "盒"},
    }


def drafts(count: int) -> list[DraftToSign]:
    """Drafts of one to three lines at two hospitals."""
    return [
        DraftToSign(
            1 + number % 2,
            f"draft-{number}",
            [
                line(place + 1, f"C{(number + place) % 7}", str(1 + number % 4))
                for place in range(1 + number % 3)
            ],
            None,
        )
        for number in range(count)
    ]


def test_the_same_seed_plans_the_same_day_and_another_seed_another() -> None:
    first, again, other = (plan_day(drafts(60), Shelf(Dice(s), TODAY), Dice(s)) for s in (7, 7, 8))
    assert first == again
    assert [each.fate for each in first] != [each.fate for each in other]
    assert first[0].packs != other[0].packs


def test_every_fate_is_on_a_day_that_is_long_enough() -> None:
    fates = Counter(each.fate for each in plan_day(drafts(40), Shelf(Dice(1), TODAY), Dice(1)))
    assert set(fates) == set(Fate)
    assert fates[Fate.PLAIN] == max(fates.values())


@given(st.lists(st.integers(1, 5), max_size=60), st.integers(0, 2**32))
def test_what_has_one_claim_is_never_fetched_in_parts(claim_counts: list[int], seed: int) -> None:
    dealt = deal_fates(claim_counts, Dice(seed))
    assert len(dealt) == len(claim_counts)
    assert not any(
        fate is Fate.PARTIAL and count < 2 for fate, count in zip(dealt, claim_counts, strict=True)
    )


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 30)), min_size=1, max_size=60), st.integers(0, 99)
)
def test_packs_cover_every_line_and_no_pack_is_used_beyond_what_it_holds(
    wanted: list[tuple[int, int]], seed: int
) -> None:
    shelf = Shelf(Dice(seed), TODAY)
    used: Counter[str] = Counter()
    for product, quantity in wanted:
        uses = shelf.take(line(1, f"C{product}", str(quantity)))
        assert sum(use.units for use in uses) == quantity
        used.update({use.code: use.units for use in uses})
    lots = shelf.lots()
    holds = {code: lot.units_per_pack for lot, codes in lots for code in codes}
    assert all(units <= holds[code] for code, units in used.items())
    canonical = [parse_pack_code(code).canonical for code in holds]
    assert len(set(canonical)) == len(canonical)


def test_some_packs_are_opened_for_several_patients() -> None:
    shelf = Shelf(Dice(3), TODAY)
    uses = [use for number in range(30) for use in shelf.take(line(1, "P", "20", item_type="13"))]
    assert len({use.code for use in uses}) < len(uses)


def test_a_recalled_pack_is_of_the_lines_product_and_of_a_lot_of_its_own() -> None:
    shelf = Shelf(Dice(3), TODAY)
    code = shelf.take_recalled(line(1, "C1"))
    [(lot, codes)] = shelf.recalled_lots()
    assert codes == [code] and lot.product["code"] == "C1"
    assert code not in [each for _, others in shelf.lots() for each in others]


@given(st.integers(0, 999_999))
def test_invented_product_numbers_have_their_check_digit(number: int) -> None:
    assert parse_pack_code(f"(01){build_gtin(number)}(21)S1234567890").product == build_gtin(number)


@given(st.integers(0, 2**63), st.text(max_size=20))
def test_a_throw_stays_within_its_bounds(seed: int, name: str) -> None:
    dice = Dice(seed)
    assert 3 <= dice.between(3, 9, name) <= 9
    assert dice.weigh({"never": 0, "ever": 5}, name) == "ever"
    assert sorted(dice.shuffled("abcdef", name)) == list("abcdef")
    assert not dice.chance(0.0, name) and dice.chance(1.0, name)
