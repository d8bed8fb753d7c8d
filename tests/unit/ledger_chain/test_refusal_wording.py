"""Every refusal of the register has a code and a sentence in each language."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_chain.contracts import ContractName, encode_refusal, get_artifact
from ledger_chain.refusal_wording import SENTENCES, UNKNOWN_ERROR, code_of, decode_refusal

CHINESE = re.compile("[一-鿿]")
SAMPLES = {"address": "0x" + "11" * 20, "bytes32": bytes(31) + b"\x01"}
INTERNAL = {"ClaimRegisterContractInvalid", "ClaimRegisterNotSelf"}
"""Errors that no batch meets: of the constructor, and of calls that only the register makes."""
ERRORS = {
    entry["name"]: [each["type"] for each in entry["inputs"]]
    for entry in get_artifact(ContractName.CLAIM_REGISTER).abi
    if entry["type"] == "error" and entry["name"].startswith("ClaimRegister")
}


@pytest.mark.parametrize("name", sorted(set(ERRORS) - INTERNAL))
def test_an_error_of_the_register_is_said_in_words(name: str) -> None:
    values = [SAMPLES.get(kind, 1_795_357_200) for kind in ERRORS[name]]
    values = [values[i] if not ERRORS[name][i].startswith("uint8") else 3 for i in range(len(values))]
    values = [7 if kind in ("uint16",) else value for kind, value in zip(ERRORS[name], values, strict=True)]
    decoded = decode_refusal(encode_refusal(name, *values))
    assert decoded.error == name
    assert decoded.code == code_of(name)
    assert name in SENTENCES
    assert CHINESE.search(decoded.message_zh) and not CHINESE.search(decoded.message)
    assert "{" not in decoded.message + decoded.message_zh


def test_no_sentence_is_of_an_error_that_doesnt_exist() -> None:
    known = {
        entry["name"]
        for contract in ContractName
        for entry in get_artifact(contract).abi
        if entry["type"] == "error"
    }
    assert set(SENTENCES) <= known


def test_codes_tell_errors_apart() -> None:
    codes = [code_of(name) for name in ERRORS]
    assert len(set(codes)) == len(codes)
    assert code_of("ClaimRegisterNotUnused") == "spend-not-unused"


def test_times_are_shown_as_times() -> None:
    decoded = decode_refusal(encode_refusal("ClaimRegisterTooEarly", bytes(32), 1_795_357_200, 1_795_357_100))
    assert "2026-11-22T14:20:00Z" in decoded.message


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_of_a_refusal_are_too_strange_to_be_answered(reason: bytes) -> None:
    decoded = decode_refusal(reason)
    assert decoded.message and decoded.message_zh
    assert decoded.error == UNKNOWN_ERROR or decoded.code == code_of(decoded.error)
