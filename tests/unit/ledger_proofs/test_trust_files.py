"""Trust files of both versions: what is pinned, what is checked at once, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ledger_proofs.errors import LedgerProofError
from ledger_proofs.trust_files import TrustFile, parse_trust_file, trust_file_as_json
from ledger_proofs.validators import ValidatorHistory, ValidatorSet
from tests.factories import SIGNED_AT, seeded_bytes
from tests.support.sealed_chain import SealedBlock, addresses_of, build_sealed_scene

TRUST = build_sealed_scene().trust
FIVE = (0, 1, 2, 3, 4)
GENESIS = SealedBlock(0, SIGNED_AT, seeded_bytes("state"), sealers=())
CHANGE = SealedBlock(9, SIGNED_AT, seeded_bytes("state"), listed=FIVE, sealers=(1, 2, 3, 4))
HISTORY = ValidatorHistory(
    SIGNED_AT,
    30,
    (
        ValidatorSet(1, addresses_of(range(4)), GENESIS.header()),
        ValidatorSet(9, addresses_of(FIVE), CHANGE.header()),
    ),
)
FILE = TrustFile(replace(TRUST, genesis_hash=GENESIS.block_hash(), validators=HISTORY), "four hospitals")


def document() -> Any:
    return json.loads(json.dumps(trust_file_as_json(FILE)))


def parse(content: Any) -> TrustFile:
    return parse_trust_file(json.dumps(content).encode())


def test_what_is_written_is_read_back() -> None:
    assert parse(document()) == FILE
    plain = TrustFile(replace(TRUST, validators=None, code_hashes=None), "one node")
    assert parse(trust_file_as_json(plain)) == plain
    assert document()["format"] == "rxledger.trust/2"
    assert document()["validators"]["as_of"] == "2026-11-22T01:00:00Z"


def test_a_note_may_be_left_out_and_an_address_be_in_any_case() -> None:
    content = document()
    del content["note"]
    content["directory"] = "0x" + content["directory"][2:].upper()
    assert parse(content) == replace(FILE, note="")


def put(*place: Any) -> Any:
    def edit(content: Any) -> None:
        for key in place[:-2]:
            content = content[key]
        content[place[-2]] = place[-1]

    return edit


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (put("format", "rxledger.trust/3"), "trust.format"),
        (put("format", "rxledger.trust/1"), "trust.member"),
        (put("note", 1), "trust.member"),
        (put("chain_id", 0), "trust.member"),
        (put("chain_id", "1"), "bundle.number"),
        (put("genesis_hash", "0x00"), "bundle.hex"),
        (put("claim_register", 7), "bundle.hex"),
        (put("genesis_hash", "0x" + "00" * 32), "validators.header"),
        (put("code_hashes", {}), "bundle.member_missing"),
        (put("validators", None), "bundle.type"),
        (put("validators", "as_of", "yesterday"), "record.time"),
        (put("validators", "as_of_block", 8), "validators.order"),
        (put("validators", "history", []), "validators.order"),
        (put("validators", "history", 0, "from_block", 2), "validators.order"),
        (put("validators", "history", 1, "validators", []), "validators.set"),
        (put("validators", "history", 1, "validators", ["0x" + "11" * 20]), "qbft.seal_stranger"),
        (put("validators", "history", 1, "from_block", 10), "validators.header"),
        (put("validators", "history", 1, "header", "0x"), "rlp.short"),
        (put("validators", "history", 0, "more", 1), "bundle.member_unknown"),
    ],
)
def test_another_file_is_refused(edit: Any, code: str) -> None:
    content = document()
    edit(content)
    with pytest.raises(LedgerProofError) as caught:
        parse(content)
    assert caught.value.code == code


def test_bytes_that_are_no_object_are_refused() -> None:
    for content in (b"", b"[]", b'"text"', b'{"format": "rxledger.trust/1", "format": 1}'):
        with pytest.raises(LedgerProofError):
            parse_trust_file(content)
