"""Uses: one spelling in a record, and their hash as the terms of its entry."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_proofs.claims import use_hash
from ledger_proofs.commitments import DisclosedFields, build_commitment, build_disclosure, verify_disclosure
from ledger_proofs.entry_terms import EntryTerms, build_entry_terms, terms_from_fields, verify_terms
from ledger_proofs.errors import CannotCheck, EntryMismatch, MalformedInput
from ledger_proofs.kinds import get_kind
from ledger_proofs.types import Hash
from ledger_proofs.uses import parse_use, use_as_json, verify_use
from tests.factories import PHARMACY, dispensing_record, seeded_bytes

RECORD: Any = dispensing_record()
USE: dict[str, Any] = RECORD["body"]["use"]
CLAIMS = [each["claim"] for each in USE["claims"]]
TOKENS = [each["token"] for each in USE["packs"]]


def disclosed(record: dict[str, Any], *hidden: str) -> DisclosedFields:
    committed = build_commitment(record, seeded_bytes("key"))
    shown = [i for i, pointer in enumerate(committed.pointers, 1) if pointer not in hidden]
    return verify_disclosure(build_disclosure(committed, shown), committed.commitment)


def put(path: str, value: Any) -> dict[str, Any]:
    use: Any = copy.deepcopy(USE)
    *parents, last = path.split("/")
    node = use
    for name in parents:
        node = node[int(name) if isinstance(node, list) else name]
    node[int(last) if isinstance(node, list) else last] = value
    return use  # type: ignore[no-any-return]


def test_a_use_is_read_as_it_was_written() -> None:
    use = parse_use(USE)
    assert use_as_json(use) == USE
    assert (use.spender, use.payer, len(use.claims), use.packs[1].units_used) == (PHARMACY, 301, 2, 14)


def test_a_dispensing_s_entry_states_its_use() -> None:
    record = dispensing_record()
    expected = EntryTerms(3, 0, 0, 0, use_hash(parse_use(USE)))
    assert build_entry_terms(record) == expected
    assert terms_from_fields(get_kind(3), disclosed(record)) == (expected,)
    verify_terms(get_kind(3), expected, disclosed(record, "/body/pharmacist/name"))


def test_the_lengths_of_lists_needn_t_be_disclosed_and_every_other_member_must() -> None:
    record, kind = dispensing_record(), get_kind(3)
    stated = build_entry_terms(record)
    verify_terms(kind, stated, disclosed(record, "/body/use/claims", "/body/use/packs"))
    for pointer in ("/body/use/payer", "/body/use/claims/1/claim", "/body/use/packs/0/units_used"):
        with pytest.raises(CannotCheck) as caught:
            verify_terms(kind, stated, disclosed(record, pointer))
        assert caught.value.where == pointer


def test_a_use_without_packs_can_be_hidden_no_more_than_others() -> None:
    record = dispensing_record(use=put("packs", []))
    stated = build_entry_terms(record)
    verify_terms(get_kind(3), stated, disclosed(record))
    with pytest.raises(CannotCheck):
        verify_terms(get_kind(3), stated, disclosed(record, "/body/use/packs"))


@pytest.mark.parametrize(
    ("member", "value"), [("terms", Hash(bytes(32))), ("claim_count", 1), ("not_after", 1)]
)
def test_an_entry_that_states_another_use_is_refused(member: str, value: Any) -> None:
    record = dispensing_record()
    stated = build_entry_terms(record)
    changed = EntryTerms(**{**{name: getattr(stated, name) for name in stated.__slots__}, member: value})
    with pytest.raises(EntryMismatch) as caught:
        verify_terms(get_kind(3), changed, disclosed(record))
    assert caught.value.field == member


@pytest.mark.parametrize(
    ("path", "value", "where", "code"),
    [
        ("kind", 2, "/body/use/kind", "use.kind"),
        ("kind", 10, "/body/use/kind", "use.kind"),
        ("kind", 65_536, "/body/use/kind", "bundle.number"),
        ("spender", 202, "/body/use/spender", "use.spender"),
        ("payer", 2**21, "/body/use/payer", "bundle.number"),
        ("payer", "301", "/body/use/payer", "bundle.number"),
        ("extra", 1, "/body/use", "bundle.member_unknown"),
        ("claims", [], "/body/use/claims", "use.no_claims"),
        ("claims", {}, "/body/use/claims", "bundle.type"),
        ("claims/1", {"claim": CLAIMS[1]}, "/body/use/claims/1/restore_count", "bundle.member_missing"),
        ("claims/1/claim", CLAIMS[0], "/body/use/claims/1", "use.order"),
        ("claims/0/claim", "0x" + "ff" * 32, "/body/use/claims/1", "use.order"),
        ("claims/0/claim", CLAIMS[0].upper(), "/body/use/claims/0/claim", "bundle.hex"),
        ("claims/0/restore_count", 16_384, "/body/use/claims/0/restore_count", "bundle.number"),
        ("claims/0/restore_count", True, "/body/use/claims/0/restore_count", "bundle.number"),
        ("packs/1/token", TOKENS[0], "/body/use/packs/1", "use.order"),
        ("packs/0/units_used", 0, "/body/use/packs/0/units_used", "use.units"),
        ("packs/0/units_used", 29, "/body/use/packs/0/units_used", "use.units"),
        ("packs/0/total_units", 0, "/body/use/packs/0/units_used", "use.units"),
        ("packs", [USE["packs"][0]] * 65, "/body/use/packs", "bundle.too_many"),
    ],
)
def test_a_wrong_member_is_named(path: str, value: Any, where: str, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        build_entry_terms(dispensing_record(use=put(path, value)))
    assert (caught.value.path, caught.value.code) == (where, code)


@given(
    place=st.sampled_from(
        ["payer", "claims/0/claim", "claims/1/restore_count", "packs/0/token", "packs/1/total_units"]
    ),
    change=st.integers(1, 2**14 - 2),
)
def test_any_other_use_has_another_hash(place: str, change: int) -> None:
    *parents, last = place.split("/")
    use = copy.deepcopy(USE)
    node: Any = use
    for name in parents:
        node = node[int(name) if isinstance(node, list) else name]
    value = node[last]
    is_hash = isinstance(value, str)
    node[last] = f"0x{int(value, 16) ^ change:064x}" if is_hash else (value + change) % 2**14
    try:
        other = parse_use(use)
    except MalformedInput as refused:
        assert refused.code in {"use.order", "use.units"}
    else:
        assert use_hash(other) != use_hash(parse_use(USE))


@pytest.mark.parametrize("use", [None, 1, "use", [], {}])
def test_what_is_no_object_is_no_use(use: Any) -> None:
    with pytest.raises(MalformedInput) as caught:
        build_entry_terms(dispensing_record(use=use))
    assert caught.value.path.startswith("/body/use")


def test_a_settlement_may_use_an_invoice_without_payer_or_packs() -> None:
    use = {"kind": 10, "spender": 301, "payer": 0, "claims": USE["claims"][:1], "packs": []}
    record = {**dispensing_record(use=use), "schema": "rx.settlement/1", "issuer": 301}
    assert build_entry_terms(record).terms == use_hash(parse_use(use))
    for path, value, code in (("payer", 301, "use.payer"), ("packs", USE["packs"], "use.packs")):
        with pytest.raises(MalformedInput) as caught:
            build_entry_terms({**record, "body": {"use": {**use, path: value}}})
        assert caught.value.code == code
    assert build_entry_terms({**record, "body": {"claims": CLAIMS}}).terms == bytes(32)


@pytest.mark.parametrize("name", ["review", "void", "restore", "reversal", "refusal", "lot", "access"])
def test_other_kinds_state_no_use(name: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        build_entry_terms({**dispensing_record(), "schema": f"rx.{name}/1"})
    assert caught.value.code == "use.not_here"


def test_the_spender_is_compared_where_the_issuer_is_known() -> None:
    verify_use(parse_use(USE), get_kind(3))
    verify_use(parse_use(USE), get_kind(3), PHARMACY)
    with pytest.raises(MalformedInput):
        verify_use(parse_use(USE), get_kind(3), PHARMACY + 1)
