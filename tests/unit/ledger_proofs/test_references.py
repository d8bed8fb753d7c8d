"""The text of a printed reference: one spelling, read back exactly, everything else refused."""

import re
import string

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.errors import MalformedInput
from ledger_proofs.references import (
    MAX_REFERENCE_CHARACTERS,
    Reference,
    build_reference_text,
    parse_reference_text,
)
from ledger_proofs.types import MAX_INSTITUTION, MAX_UINT16, Commitment, InstitutionNumber

EXAMPLE = Reference(
    InstitutionNumber(1),
    "01890a5d-ac96-774b-bcce-b302099a8057",
    0,
    Commitment(bytes.fromhex("c111d4abb0dd8828aef78b1d73aef38433ab1299c74fb7426411bd81f2d8c9cb")),
)
EXAMPLE_TEXT = (
    "RXL1:1:01890A5D-AC96-774B-BCCE-B302099A8057:0:"
    "C111D4ABB0DD8828AEF78B1D73AEF38433AB1299C74FB7426411BD81F2D8C9CB"
)
references = st.builds(
    Reference,
    st.integers(1, MAX_INSTITUTION),
    st.uuids().map(str),
    st.integers(0, MAX_UINT16),
    st.binary(min_size=32, max_size=32),
)


def test_the_text_is_the_one_in_the_protocol() -> None:
    assert build_reference_text(EXAMPLE) == EXAMPLE_TEXT
    assert parse_reference_text(EXAMPLE_TEXT) == EXAMPLE


@given(references)
def test_what_is_built_is_read_back(reference: Reference) -> None:
    text = build_reference_text(reference)
    assert len(text) <= MAX_REFERENCE_CHARACTERS
    assert parse_reference_text(text) == reference


def test_a_square_code_holds_it_in_alphanumeric_mode() -> None:
    assert re.fullmatch(r"[0-9A-Z $%*+\-./:]+", EXAMPLE_TEXT)
    assert segno.make(EXAMPLE_TEXT, error="m", micro=False).mode == "alphanumeric"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RXL1",
        EXAMPLE_TEXT.lower(),
        EXAMPLE_TEXT + "\n",
        " " + EXAMPLE_TEXT,
        EXAMPLE_TEXT.replace("RXL1", "RXL2"),
        EXAMPLE_TEXT.replace("RXL1:1:", "RXL1:01:"),
        EXAMPLE_TEXT.replace("RXL1:1:", "RXL1:0:"),
        EXAMPLE_TEXT.replace("RXL1:1:", f"RXL1:{MAX_INSTITUTION + 1}:"),
        EXAMPLE_TEXT.replace("RXL1:1:", "RXL1:\u0661:"),
        EXAMPLE_TEXT.replace(":0:", ":00:"),
        EXAMPLE_TEXT.replace(":0:", ":-1:"),
        EXAMPLE_TEXT.replace(":0:", f":{MAX_UINT16 + 1}:"),
        EXAMPLE_TEXT.replace("-AC96", "AC96"),
        EXAMPLE_TEXT[:-1],
        EXAMPLE_TEXT + "0",
        EXAMPLE_TEXT[:-1] + "G",
        EXAMPLE_TEXT + ":",
        "9" * 100_000,
    ],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput) as refused:
        parse_reference_text(text)
    assert refused.value.code == "reference.malformed"


@given(st.text(alphabet=string.ascii_letters + string.digits + ":-", max_size=140))
def test_whatever_is_taken_is_written_the_same_way(text: str) -> None:
    try:
        reference = parse_reference_text(text)
    except MalformedInput:
        return
    assert build_reference_text(reference) == text


@pytest.mark.parametrize(
    "changes",
    [
        {"institution": 0},
        {"institution": MAX_INSTITUTION + 1},
        {"record_id": EXAMPLE.record_id.upper()},
        {"record_id": "no id"},
        {"window": -1},
        {"window": MAX_UINT16 + 1},
        {"commitment": bytes(31)},
    ],
)
def test_a_reference_of_impossible_parts_cannot_be_made(changes: dict[str, object]) -> None:
    parts: dict[str, object] = {
        "institution": 1,
        "record_id": EXAMPLE.record_id,
        "window": 0,
        "commitment": bytes(32),
    }
    with pytest.raises(MalformedInput):
        Reference(**{**parts, **changes})  # type: ignore[arg-type]
