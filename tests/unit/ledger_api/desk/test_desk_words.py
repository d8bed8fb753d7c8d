"""The desk's words cover every code of the schema, in both languages."""

import re
from pathlib import Path
from typing import get_args

import pytest

from ledger_api.desk import wording
from ledger_api.imports.fhir_dosage import ROUTES as IMPORTED_ROUTES
from ledger_api.log.progress import PROGRESS
from ledger_api.prescriptions import body


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (wording.PRESCRIPTION_TYPES, get_args(body.PrescriptionType)),
        (wording.ITEM_TYPES, get_args(body.ItemType)),
        (wording.CONTROL_CLASSES, get_args(body.ControlClass)),
        (wording.CONTROL_FORMS, get_args(body.ControlForm)),
        (wording.CONTROL_INDICATIONS, get_args(body.ControlIndication)),
        (wording.SUPPLY_REASONS, get_args(body.SupplyReasonCode)),
        (wording.STATUSES, PROGRESS),
    ],
)
def test_every_code_has_a_word_in_both_languages(
    words: dict[str, wording.Words], codes: tuple[str, ...]
) -> None:
    assert set(words) == set(codes)
    assert all(english and chinese for english, chinese in words.values())


def test_a_route_is_said_as_on_the_signing_page_be_it_typed_or_imported() -> None:
    script = Path(wording.__file__).parent / "static" / "signing" / "words.js"
    section = script.read_text(encoding="utf-8").split("  route: {", 1)[1].split("\n  },", 1)[0]
    signing = {code: (en, zh) for code, en, zh in re.findall(r'(\w+): \["(.+?)", "(.+?)"\]', section)}
    assert signing == wording.ROUTES
    assert set(IMPORTED_ROUTES.values()) <= set(wording.ROUTES)


@pytest.mark.parametrize(
    "path",
    [
        "payer",
        "packs/0/units_used",
        "codes/3",
        "reasons",
        "opinion",
        "subject/commitment",
        "grounds",
        "answer_by",
    ],
)
def test_what_is_filled_in_at_other_desks_has_a_name_too(path: str) -> None:
    assert path not in wording.name_member(path)


def test_a_member_in_a_row_is_named_by_the_row_that_people_count() -> None:
    assert wording.name_member("lines/0/days") == ("Drug 1 · days", "药品 1 · 天数")
    assert wording.name_member("patient/name") == ("Patient's name", "患者姓名")
    assert wording.name_member("packs/1/code") == ("Pack 2 · trace code", "包装 2 · 追溯码")
    assert wording.name_member("something/new") == ("something/new", "something/new")


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("1990-03-07", "2026-03-06", 35),
        ("1990-03-07", "2026-03-07", 36),
        ("2026-11-22", "2026-11-22", 0),
        ("2027-01-01", "2026-11-22", 0),
    ],
)
def test_age_counts_birthdays(born: str, day: str, age: int) -> None:
    assert wording.age_at(born, day) == age
