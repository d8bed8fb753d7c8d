"""What an entry must state of its record."""

from __future__ import annotations

from typing import Any

import pytest

from ledger_proofs.claims import holders_hash
from ledger_proofs.commitments import DisclosedFields, build_commitment, build_disclosure, verify_disclosure
from ledger_proofs.entry_terms import build_entry_terms, terms_from_fields
from ledger_proofs.errors import CannotCheck, MalformedInput
from ledger_proofs.kinds import KINDS, get_kind
from tests.factories import prescription_record, seeded_bytes


def disclosed(record: dict[str, Any], hidden: str | None = None) -> DisclosedFields:
    committed = build_commitment(record, seeded_bytes("key"))
    shown = [i for i, pointer in enumerate(committed.pointers, 1) if pointer != hidden]
    return verify_disclosure(build_disclosure(committed, shown), committed.commitment)


def test_a_prescription_s_entry_is_built_from_its_fields() -> None:
    record: Any = prescription_record()
    terms = build_entry_terms(record)
    holders = [bytes.fromhex(address[2:]) for address in record["body"]["holders"]]
    assert (terms.kind, terms.claim_count, terms.terms) == (1, 2, holders_hash(holders))
    assert (terms.not_before, terms.not_after) == (1_795_309_200, 1_795_535_999)
    assert terms_from_fields(KINDS[1], disclosed(record)) == (terms,)


def test_windows_are_numbered_from_zero() -> None:
    record: Any = prescription_record()
    record["body"]["windows"].append(
        {"not_before": "2026-11-29T01:00:00Z", "not_after": "2026-12-01T15:59:59Z"}
    )
    assert build_entry_terms(record, 1).not_before == 1_795_914_000
    for index in (2, -1):
        with pytest.raises(MalformedInput):
            build_entry_terms(record, index)


def test_hidden_windows_are_left_out_and_hidden_holders_stop() -> None:
    record = prescription_record()
    assert terms_from_fields(KINDS[1], disclosed(record, "/body/windows/0/not_before")) == ()
    with pytest.raises(CannotCheck) as caught:
        terms_from_fields(KINDS[1], disclosed(record, "/body/holders/0"))
    assert caught.value.where == "/body/holders/0"


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if not kind.carries_claims], ids=lambda k: k.name
)
def test_kinds_without_claims_state_zeros_unless_they_must_state_a_use(kind: Any) -> None:
    record = {**prescription_record(), "schema": f"rx.{kind.name}/1", "body": {}}
    if kind.must_use:
        for act in (lambda: build_entry_terms(record), lambda: terms_from_fields(kind, disclosed(record))):
            with pytest.raises(MalformedInput) as caught:
                act()
            assert caught.value.path == "/body/use"
    else:
        terms = build_entry_terms(record)
        assert (terms.claim_count, terms.not_before, terms.not_after, terms.terms) == (0, 0, 0, bytes(32))


def put(body: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split("/")
    node: Any = body
    for name in parents:
        node = node[int(name) if isinstance(node, list) else name]
    node[int(last) if isinstance(node, list) else last] = value


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("claims", [], "/body/claims"),
        ("claims", 2, "/body/claims"),
        ("claims", None, "/body/claims"),
        ("claims", [{"ordinal": i} for i in range(65)], "/body/claims"),
        ("claims/0/ordinal", 1, "/body/claims/0/ordinal"),
        ("claims/1/ordinal", "1", "/body/claims/1/ordinal"),
        ("claims/1/ordinal", True, "/body/claims/1/ordinal"),
        ("claims/0", {"line": 1}, "/body/claims/0/ordinal"),
        ("holders", ["0x" + "11" * 20], "/body/holders"),
        ("holders", {"0": "0x"}, "/body/holders"),
        ("holders/0", "0x" + "AB" * 20, "/body/holders/0"),
        ("holders/1", 7, "/body/holders/1"),
        ("windows", [], "/body/windows"),
        ("windows/0", "today", "/body/windows/0/not_before"),
        ("windows/0/not_before", "2026-11-22", "/body/windows/0/not_before"),
        ("windows/0/not_after", "2026-11-21T00:00:00Z", "/body/windows/0/not_after"),
    ],
)
def test_a_wrong_field_is_named(path: str, value: Any, where: str) -> None:
    record: Any = prescription_record()
    put(record["body"], path, value)
    with pytest.raises(MalformedInput) as caught:
        build_entry_terms(record)
    assert caught.value.path == where


def test_an_unknown_schema_is_refused() -> None:
    with pytest.raises(MalformedInput):
        build_entry_terms({**prescription_record(), "schema": "rx.unknown/1"})
    assert get_kind(1).schema_name == "rx.prescription"
