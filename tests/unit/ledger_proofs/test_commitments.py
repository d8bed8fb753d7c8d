"""Commitments, disclosures, and that nothing of a disclosure can be changed."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_proofs import merkle
from ledger_proofs.commitments import (
    CommittedRecord,
    DisclosedField,
    Disclosure,
    build_commitment,
    build_disclosure,
    derive_body_key,
    derive_salts,
    expand_key,
    verify_disclosure,
)
from ledger_proofs.errors import (
    CommitmentMismatch,
    FieldMismatch,
    LedgerProofError,
    MalformedInput,
    ProofInvalid,
)
from ledger_proofs.pointers import rebuild_record
from ledger_proofs.types import JsonValue
from tests.factories import prescription_record, seeded_bytes

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "published.json").read_text())["hkdf_expand"]
KEY = seeded_bytes("a record key")


def committed() -> CommittedRecord:
    return build_commitment(prescription_record(), KEY)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["length"]))
def test_keys_expand_as_rfc_5869_has_them(case: dict[str, Any]) -> None:
    expanded = expand_key(bytes.fromhex(case["prk"]), bytes.fromhex(case["info"]), case["length"])
    assert expanded.hex() == case["okm"]


def test_the_commitment_is_what_the_protocol_says() -> None:
    record: dict[str, JsonValue] = {"b": [True], "a": "x"}
    salt_key = hmac.digest(KEY, b"RxLedger salt v1\x01", "sha256")
    salts = [hmac.digest(salt_key, number.to_bytes(4, "big"), "sha256") for number in range(4)]
    parts = [
        b"\x00" + rfc8785.dumps(["/a", "/b", "/b/0"]),
        b"\x01" + rfc8785.dumps(["/a", "x"]),
        b"\x01" + rfc8785.dumps(["/b", 1]),
        b"\x01" + rfc8785.dumps(["/b/0", True]),
    ]
    leaves = [merkle.leaf_hash(salt + part) for salt, part in zip(salts, parts, strict=True)]
    preimage = b"RxLedger commitment v1\x00" + (4).to_bytes(4, "big") + merkle.root(leaves)
    assert build_commitment(record, KEY).commitment == hashlib.sha256(preimage).digest()
    assert derive_body_key(KEY) == hmac.digest(KEY, b"RxLedger body v1\x01", "sha256")


def test_everything_disclosed_rebuilds_the_record() -> None:
    shown = committed()
    fields = verify_disclosure(build_disclosure(shown), shown.commitment)
    assert rebuild_record(fields.items()) == prescription_record()


def test_a_part_can_be_disclosed_and_the_rest_stays_hidden() -> None:
    shown = committed()
    issuer = shown.index_of("/issuer")
    disclosure = build_disclosure(shown, [issuer])
    fields = verify_disclosure(disclosure, shown.commitment)
    assert dict(fields) == {"/issuer": 1}
    assert fields.is_withheld("/body/patient/name")
    assert not fields.is_withheld("/body/patient/nickname")
    assert fields.array_lengths["/body/lines"] == 2
    assert verify_disclosure(build_disclosure(shown, []), shown.commitment) == {}


def test_the_same_record_under_another_key_has_another_commitment() -> None:
    one, other = committed(), build_commitment(prescription_record(), seeded_bytes("another"))
    assert one.commitment != other.commitment
    assert set(one.leaves).isdisjoint(other.leaves)
    assert len(set(derive_salts(KEY, 64))) == 64


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), "k" * 32, bytearray(32), None])
def test_a_key_must_be_32_bytes(key: Any) -> None:
    with pytest.raises(MalformedInput):
        build_commitment(prescription_record(), key)


@pytest.mark.parametrize("indexes", [[0], [-1], [10_000]])
def test_only_fields_that_exist_can_be_disclosed(indexes: list[int]) -> None:
    with pytest.raises(MalformedInput):
        build_disclosure(committed(), indexes)
    with pytest.raises(MalformedInput):
        committed().index_of("/nothing")


@given(data=st.data())
@settings(max_examples=200)
def test_one_flipped_bit_anywhere_refuses_a_disclosure(data: st.DataObject) -> None:
    shown = committed()
    disclosure = build_disclosure(shown)
    part = data.draw(st.sampled_from(["commitment", "pointers_salt", "leaf", "salt", "pointer", "value"]))
    commitment, bit = shown.commitment, data.draw(st.integers(0, 255))
    number = data.draw(st.integers(0, len(disclosure.fields) - 1))
    match part:
        case "commitment":
            commitment = flipped(commitment, bit)
        case "pointers_salt":
            disclosure = replace(disclosure, pointers_salt=flipped(disclosure.pointers_salt, bit))
        case "leaf":
            disclosure = replace(disclosure, leaves=changed(disclosure.leaves, number, bit))
        case "salt":
            field = disclosure.fields[number]
            disclosure = with_field(disclosure, number, field._replace(salt=flipped(field.salt, bit)))
        case "pointer":
            disclosure = replace(disclosure, pointers=respelled(disclosure.pointers, number))
        case "value":
            field = disclosure.fields[number]
            disclosure = with_field(disclosure, number, field._replace(value=other_value(field.value)))
    with pytest.raises((ProofInvalid, MalformedInput)):
        verify_disclosure(disclosure, commitment)


def test_a_changed_field_is_named() -> None:
    shown = committed()
    number = shown.index_of("/body/lines/0/quantity/value") - 1
    disclosure = build_disclosure(shown)
    forged = with_field(disclosure, number, disclosure.fields[number]._replace(value="10"))
    with pytest.raises(FieldMismatch) as caught:
        verify_disclosure(forged, shown.commitment)
    assert caught.value.pointer == "/body/lines/0/quantity/value"
    assert "10" not in caught.value.message


def test_a_shifted_field_is_refused() -> None:
    shown = committed()
    disclosure = build_disclosure(shown)
    first, second = disclosure.fields[:2]
    shifted = DisclosedField(second.index, first.value, first.salt)
    with pytest.raises(FieldMismatch):
        verify_disclosure(replace(disclosure, fields=(shifted,)), shown.commitment)


@pytest.mark.parametrize("indexes", [(1, 1), (2, 1), (0,), (-1,), (64,), (True,)])
def test_fields_doubled_or_out_of_order_or_range_are_refused(indexes: tuple[int, ...]) -> None:
    shown = committed()
    disclosure = build_disclosure(shown)
    fields = tuple(disclosure.fields[min(max(index, 1), 63) - 1]._replace(index=index) for index in indexes)
    if indexes == (True,):
        fields = (DisclosedField(True, shown.values[0], shown.salts[1]),)
    with pytest.raises(MalformedInput) as caught:
        verify_disclosure(replace(disclosure, fields=fields), shown.commitment)
    assert caught.value.code == "disclosure.index"


def test_a_leaf_too_many_or_too_few_is_refused() -> None:
    shown = committed()
    disclosure = build_disclosure(shown)
    for leaves in (disclosure.leaves[:-1], (*disclosure.leaves, disclosure.leaves[-1])):
        with pytest.raises(CommitmentMismatch) as caught:
            verify_disclosure(replace(disclosure, leaves=leaves), shown.commitment)
        assert caught.value.code == "commitment.leaf_count"


def test_a_hidden_field_cannot_be_left_out_of_the_pointer_list() -> None:
    shown = committed()
    disclosure = build_disclosure(shown, [])
    shorter = replace(disclosure, pointers=disclosure.pointers[:-1], leaves=disclosure.leaves[:-1])
    with pytest.raises(FieldMismatch) as caught:
        verify_disclosure(shorter, shown.commitment)
    assert caught.value.code == "field.pointer_list"


def test_a_container_that_lies_about_its_length_is_refused_even_if_committed() -> None:
    honest = build_commitment({"a": ["x"]}, KEY)
    salts = honest.salts
    lying = merkle.leaf_hash(salts[1] + b"\x01" + rfc8785.dumps(["/a", 2]))
    leaves = (honest.leaves[0], lying, honest.leaves[2])
    preimage = b"RxLedger commitment v1\x00" + (3).to_bytes(4, "big") + merkle.root(leaves)
    disclosure = Disclosure(honest.pointers, salts[0], leaves, (DisclosedField(1, 2, salts[1]),))
    with pytest.raises(MalformedInput) as caught:
        verify_disclosure(disclosure, hashlib.sha256(preimage).digest())
    assert caught.value.code == "field.array_length"


@pytest.mark.parametrize("value", [1.5, 2**60, "\ud800", [1], {"a": 1}, object()])
def test_a_value_that_is_none_is_refused(value: Any) -> None:
    shown = committed()
    disclosure = build_disclosure(shown)
    with pytest.raises(LedgerProofError):
        verify_disclosure(
            with_field(disclosure, 0, disclosure.fields[0]._replace(value=value)), shown.commitment
        )


def flipped(value: bytes, bit: int) -> Any:
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


def changed(values: tuple[Any, ...], number: int, bit: int) -> Any:
    return (*values[:number], flipped(values[number], bit), *values[number + 1 :])


def with_field(disclosure: Disclosure, number: int, field: DisclosedField) -> Disclosure:
    fields = (*disclosure.fields[:number], field, *disclosure.fields[number + 1 :])
    return replace(disclosure, fields=fields)


def respelled(pointers: tuple[str, ...], number: int) -> tuple[str, ...]:
    return (*pointers[:number], pointers[number] + "_", *pointers[number + 1 :])


def other_value(value: Any) -> Any:
    if isinstance(value, str):
        return value + "1"
    return value + 1 if type(value) is int else "x"
