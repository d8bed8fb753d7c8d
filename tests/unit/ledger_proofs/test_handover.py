"""Hand-over codes: whoever holds one has the claims' keys, and nobody else learns them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.errors import LedgerProofError, MalformedInput
from ledger_proofs.handover import (
    MAX_HANDOVER_CHARACTERS,
    HandoverCode,
    build_handover_text,
    parse_handover_code,
    part_of,
)
from ledger_proofs.holders import derive_holder_key, holder_addresses
from ledger_proofs.types import InstitutionNumber
from tests.factories import seeded_bytes

SEED = seeded_bytes("code seed")
RECORD_ID = "6f0b6a52-5c0f-4f0e-9f57-0d2a3c6f1b11"
WHOLE = HandoverCode(InstitutionNumber(1), RECORD_ID, 0, seed=SEED)
TEXT = build_handover_text(WHOLE)
ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def test_keys_are_derived_by_ordinal_and_addresses_are_theirs() -> None:
    addresses = holder_addresses(SEED, 3)
    assert len({derive_holder_key(SEED, ordinal) for ordinal in range(3)}) == 3
    assert [WHOLE.address_for(ordinal) for ordinal in range(3)] == list(addresses)
    with pytest.raises(MalformedInput):
        derive_holder_key(SEED[:31], 0)


@given(
    seed=st.binary(min_size=32, max_size=32),
    institution=st.integers(1, 2**21 - 1),
    record_id=st.uuids(),
    window=st.integers(0, 65_535),
    ordinals=st.sets(st.integers(0, 63), min_size=1, max_size=64),
)
def test_a_code_is_read_as_it_was_written(
    seed: bytes, institution: int, record_id: object, window: int, ordinals: set[int]
) -> None:
    whole = HandoverCode(InstitutionNumber(institution), str(record_id), window, seed=seed)
    part = part_of(whole, ordinals)
    for code in (whole, part):
        text = build_handover_text(code)
        assert set(text) <= ALPHANUMERIC and len(text) <= MAX_HANDOVER_CHARACTERS
        assert parse_handover_code(text) == code
    assert part.ordinals(64) == tuple(sorted(ordinals))
    assert all(part.key_for(ordinal) == whole.key_for(ordinal) for ordinal in ordinals)


def test_a_part_hands_on_its_own_claims_only() -> None:
    part = part_of(WHOLE, [2, 0])
    assert not part.is_whole and part.ordinals(2) == (0,)
    assert part_of(part, [2]).key_for(2) == WHOLE.key_for(2)
    for act in (lambda: part.key_for(1), lambda: part_of(part, [0, 1])):
        with pytest.raises(MalformedInput) as caught:
            act()
        assert caught.value.code == "handover.other_claim"


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT.lower(),
        TEXT + " ",
        TEXT[:-1],
        TEXT + "0",
        TEXT.replace(":1:", ":01:"),
        TEXT.replace(":1:", ":2097152:"),
        TEXT.replace(":0:", ":65536:"),
        TEXT.replace("RXH1", "RXH2"),
        TEXT.replace("RXH1", "RXP1"),
        build_handover_text(part_of(WHOLE, [1])).replace(":1-", ":64-"),
        build_handover_text(part_of(WHOLE, [1])).replace("RXP1", "RXH1"),
        build_handover_text(part_of(WHOLE, [1, 2])).replace(":2-", ":1-"),
        build_handover_text(part_of(WHOLE, [1, 2])).replace(":2-", ":0-"),
        f"RXP1:1:{RECORD_ID.upper()}:0:0-{'0' * 64}",
        f"RXP1:1:{RECORD_ID.upper()}:0:0-{'F' * 64}",
    ],
)
def test_any_other_spelling_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_handover_code(text)
    assert caught.value.code == "handover.malformed"
    assert SEED.hex().upper() not in str(caught.value)


def test_the_secret_isn_t_shown_by_accident() -> None:
    shown = f"{WHOLE!r}{part_of(WHOLE, [0])!r}".lower()
    assert SEED.hex() not in shown and repr(SEED).lower() not in shown and "key_for" not in shown
    assert WHOLE.key_for(0).hex() not in shown and "keys" not in shown


@given(st.text(alphabet="RXHP1:-09AF", max_size=200))
def test_arbitrary_text_raises_only_the_core_s_errors(text: str) -> None:
    with pytest.raises(LedgerProofError):
        parse_handover_code(text)


@given(at=st.integers(0, len(TEXT) - 1), letter=st.sampled_from("0123456789ABCDEF:-RXHP"))
def test_one_character_misread_is_refused_or_another_code(at: int, letter: str) -> None:
    misread = TEXT[:at] + letter + TEXT[at + 1 :]
    try:
        code = parse_handover_code(misread)
    except MalformedInput:
        return
    assert (code == WHOLE) == (misread == TEXT)
    assert build_handover_text(code) == misread


@pytest.mark.parametrize(
    ("keys", "seed"),
    [(None, None), ({}, None), ({0: SEED}, SEED), ({64: SEED}, None), ({0: bytes(32)}, None), (None, b"1")],
)
def test_a_code_has_a_seed_or_usable_keys(keys: dict[int, bytes] | None, seed: bytes | None) -> None:
    with pytest.raises(MalformedInput):
        HandoverCode(InstitutionNumber(1), RECORD_ID, 0, keys=keys, seed=seed)
