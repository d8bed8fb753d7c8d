"""The table of kinds is the protocol's."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger_proofs.errors import MalformedInput
from ledger_proofs.kinds import (
    KINDS,
    SKEW_SECONDS,
    UNDO_SECONDS,
    InstitutionRole,
    PractitionerRole,
    find_kind,
    find_kind_of_schema,
    get_kind,
)

PROTOCOL = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text()


def protocol_rows() -> list[list[str]]:
    section = PROTOCOL.split("### 3.1 Kinds")[1].split("\n\n")
    table = next(part for part in section if part.startswith("| kind |"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def roles(text: str) -> InstitutionRole:
    named = InstitutionRole(0)
    for name in text.replace("-", "").split(","):
        if name.strip():
            named |= InstitutionRole[name.strip().upper()]
    return named


def number(text: str) -> int:
    return 0 if text == "-" else int(text)


@pytest.mark.parametrize("row", protocol_rows(), ids=lambda row: row[1])
def test_a_kind_is_as_the_protocol_has_it(row: list[str]) -> None:
    kind = KINDS[int(row[0])]
    assert kind.name == row[1]
    assert kind.issued_by == roles(row[2])
    assert kind.author is PractitionerRole[row[3].upper()]
    assert kind.used_by == roles(row[4])
    assert kind.used_into == number(row[5])
    assert kind.is_settled_by_payer == (row[6] == "yes")
    assert kind.has_packs == (row[7] == "yes")
    assert kind.signing_window_seconds == number(row[8])
    assert kind.record_window_seconds == number(row[9])
    assert kind.restore_window_seconds == number(row[10])
    assert kind.offline_grace_seconds == number(row[11])
    assert kind.max_claim_count == number(row[12])


def test_there_are_no_other_kinds() -> None:
    assert sorted(KINDS) == [int(row[0]) for row in protocol_rows()]


def test_the_constants_are_the_protocol_s() -> None:
    assert f"`SKEW = {SKEW_SECONDS}`" in PROTOCOL
    assert f"`UNDO = {UNDO_SECONDS}`" in PROTOCOL
    assert [role.value for role in InstitutionRole] == [1, 2, 4, 8, 16]
    assert [role.value for role in PractitionerRole] == [1, 2, 3, 4, 5, 6]


def test_kinds_are_found_by_number_and_schema() -> None:
    assert find_kind(1) is get_kind(1) is find_kind_of_schema("rx.prescription/1")
    assert find_kind(99) is None
    assert find_kind_of_schema("rx.nothing/1") is None
    assert find_kind_of_schema("prescription/1") is None
    with pytest.raises(MalformedInput):
        get_kind(99)


def test_which_kinds_carry_and_use_claims() -> None:
    assert [kind.name for kind in KINDS.values() if kind.carries_claims] == ["prescription", "invoice"]
    assert [kind.name for kind in KINDS.values() if kind.uses_claims] == ["dispensing", "settlement"]
