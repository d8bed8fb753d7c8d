"""Whatever bytes come in, a parser returns a value or raises an error of the core's own tree."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_proofs.bundles import bundle_to_json, parse_bundle
from ledger_proofs.canonical import parse_json
from ledger_proofs.entries import parse_entry
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.handover import parse_handover_code
from ledger_proofs.headers import parse_header
from ledger_proofs.packs import parse_pack_code
from ledger_proofs.peer_requests import parse_peer_authorization
from ledger_proofs.qbft import parse_header as parse_qbft_header
from ledger_proofs.records import parse_record
from ledger_proofs.tiles import parse_entry_bundle, parse_tile_path
from ledger_proofs.trust_files import TrustFile, parse_trust_file, trust_file_as_json
from ledger_proofs.uses import parse_use
from ledger_proofs.verifier import verify_bundle
from tests.factories import build_scene, dispensing_record, prescription_record
from tests.support.sealed_chain import build_sealed_scene

SCENE = build_scene(prescription_record(lines=1))
BUNDLE = bundle_to_json(SCENE.bundle)
RECORD = json.dumps(prescription_record(), ensure_ascii=False).encode()
HEADER = SCENE.bundle.anchor.header or b""
SEALED = build_sealed_scene()
TRUST = json.dumps(trust_file_as_json(TrustFile(SEALED.trust))).encode()
ENTRY = SCENE.bundle.entry.to_bytes()

USE = json.dumps(dispensing_record()["body"]["use"]).encode()  # type: ignore[call-overload, index]
HANDOVER = f"RXP1:1:6F0B6A52-5C0F-4F0E-9F57-0D2A3C6F1B11:0:0-{'AB' * 32}:1-{'CD' * 32}".encode()
AUTHORIZATION = f"RxLedger-Peer sender=2,recipient=1,time=0,signature=0x{'ab' * 65}".encode()


def of_text(parse: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """A parser of text, fed with bytes as a scanner's or a header's are read."""
    return lambda data: parse(data.decode("latin-1"))


def qbft_header() -> bytes:
    """A sealed header's RLP."""
    return SEALED.bundle.anchor.header or b""


PARSERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "parse_json": (parse_json, RECORD),
    "parse_record": (parse_record, RECORD),
    "parse_bundle": (parse_bundle, BUNDLE),
    "parse_entry": (parse_entry, ENTRY),
    "parse_header": (parse_header, HEADER),
    "parse_qbft_header": (parse_qbft_header, qbft_header()),
    "parse_trust_file": (parse_trust_file, TRUST),
    "parse_entry_bundle": (lambda data: parse_entry_bundle(data, 3), b"\x00\x01a" * 3),
    "parse_use": (lambda data: parse_use(parse_json(data)), USE),
    "parse_pack_code": (of_text(parse_pack_code), b"(01)09506000134352(17)261231(10)AB-1(21)S7"),
    "parse_handover_code": (of_text(parse_handover_code), HANDOVER),
    "parse_peer_authorization": (of_text(parse_peer_authorization), AUTHORIZATION),
}
JSON_PIECES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\",
    b"\\u",
    b"\\ud800",
    b",",
    b":",
    b"1",
    b"-0",
    b"1e9",
    b"NaN",
]
PIECES = [
    *JSON_PIECES,
    b"(21)",
    b"\x1d",
    b"01",
    b"]d2",
    b"https://",
    b"%2",
    b"/01/",
    b"null",
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"[" * 2000,
    b'{"a":' * 500,
    b"9" * 400,
]


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=150)
@given(data=st.binary(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_arbitrary_bytes_raise_only_the_core_s_errors(name: str, data: bytes) -> None:
    parse, _ = PARSERS[name]
    try:
        parse(data)
    except LedgerProofError as error:
        assert error.message and error.code


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=150)
@given(data=st.data())
def test_mutated_documents_raise_only_the_core_s_errors(name: str, data: st.DataObject) -> None:
    parse, valid = PARSERS[name]
    mutated = valid
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(mutated)))
        end = min(len(mutated), start + data.draw(st.integers(0, 8)))
        mutated = mutated[:start] + data.draw(st.sampled_from(PIECES) | st.binary(max_size=4)) + mutated[end:]
    try:
        parsed = parse(mutated)
    except LedgerProofError as error:
        assert error.message and error.code
        return
    if name == "parse_bundle":
        verify_bundle(parsed, SCENE.trust, SCENE.chain)


@given(st.text(max_size=40))
def test_arbitrary_paths_raise_only_the_core_s_errors(path: str) -> None:
    try:
        parse_tile_path("tile/" + path)
    except LedgerProofError as error:
        assert error.code == "tile.path"


def test_hostile_strings_take_no_more_than_linear_time() -> None:
    # Each would take hours if strings were scanned from every quote anew.
    for hostile in (b'"' + b'\\"' * 130_000, b'["' + b"\\\\" * 130_000 + b'"]', b'"' * 262_144):
        try:
            parse_json(hostile)
        except LedgerProofError as error:
            assert error.code == "json.syntax"
