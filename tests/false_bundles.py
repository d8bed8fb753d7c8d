"""Evidence bundles that parse and aren't true, each with the steps that must not pass and why."""

from __future__ import annotations

import copy
from collections.abc import Callable

from ledger_proofs.digests import keccak
from ledger_proofs.signatures import CURVE_ORDER
from tests.factories import ANCHORED_AT, SIGNED_AT, seeded_bytes
from tests.hostile_bundles import Document, HostileBundle, change, drop, put

Steps = dict[int, tuple[str, str, str]]
Row = tuple[str, Steps, *tuple[Callable[[Document], None], ...]]

FAILED, LATE, OPEN = "failed", "late", "could_not_check"
PREMISE = "premise.not_established"
OTHER = "0x" + "33" * 32

_UNPROVED: Steps = dict.fromkeys((5, 6, 7), (OPEN, PREMISE, "3"))
_UNANCHORED: Steps = dict.fromkeys((5, 6, 7), (OPEN, PREMISE, "4"))
_UNSIGNED: Steps = {6: (OPEN, PREMISE, "5")}
_RESTS_ON_2: Steps = {7: (OPEN, PREMISE, "2")}
_NOT_INCLUDED = (FAILED, "proof.root_mismatch", "")
_NOT_SIGNED = (FAILED, "author.signer", "")
_OTHER_ENTRY: Steps = {3: _NOT_INCLUDED, 5: _NOT_SIGNED, 6: (OPEN, PREMISE, "3")}
_SOMEBODY = "0x" + seeded_bytes("somebody else", 20).hex()


def false_bundles() -> list[HostileBundle]:
    """Return the bundles that parse and must not pass."""
    return [change(*row) for row in (*_DISCLOSURES, *_PROOFS, *_ACTS)]


def _fails(code: str, where: str = "") -> Steps:
    return {1: (FAILED, code, where), 2: (OPEN, PREMISE, "1")}


def _field_of(document: Document, pointer: str) -> Document:
    index = document["disclosure"]["pointers"].index(pointer) + 1
    found: Document = next(each for each in document["disclosure"]["fields"] if each["index"] == index)
    return found


def _change_value(document: Document) -> None:
    _field_of(document, "/body/lines/0/quantity/value")["value"] = "9"


def _shift_field(document: Document) -> None:
    first, second = document["disclosure"]["fields"][:2]
    first["value"], second["value"] = second["value"], first["value"]


def _double_field(document: Document) -> None:
    document["disclosure"]["fields"].insert(0, copy.deepcopy(document["disclosure"]["fields"][0]))


def _swap_pointers(document: Document) -> None:
    pointers = document["disclosure"]["pointers"]
    pointers[0], pointers[1] = pointers[1], pointers[0]


def _double_pointer(document: Document) -> None:
    document["disclosure"]["pointers"][1] = document["disclosure"]["pointers"][0]


def _break_tree(document: Document) -> None:
    pointers = document["disclosure"]["pointers"]
    pointers[pointers.index("/body/windows/0/not_before")] = "/body/windows/2/not_before"
    pointers.sort()


def _hide_pointer(document: Document) -> None:
    disclosure = document["disclosure"]
    disclosure["pointers"].pop()
    disclosure["leaves"].pop()
    disclosure["fields"].pop()


def _withhold(pointer: str) -> Callable[[Document], None]:
    def edit(document: Document) -> None:
        document["disclosure"]["fields"].remove(_field_of(document, pointer))

    return edit


def _spell(pointer: str) -> Callable[[Document], None]:
    def edit(document: Document) -> None:
        document["disclosure"]["pointers"][0] = pointer

    return edit


def _excluded(code: str, where: str = "") -> Steps:
    return {3: (FAILED, code, where), **_UNPROVED}


def _elsewhere(code: str, where: str = "") -> Steps:
    return {4: (FAILED, code, where), **_UNANCHORED}


def _without_proofs(document: Document) -> None:
    document["anchor"].update({"header": None, "storage_proofs": None, "account_proof": None})


def _high_s(document: Document) -> None:
    signature = bytes.fromhex(document["authorship"]["signature"][2:])
    s = (CURVE_ORDER - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    forged = signature[:32] + s + bytes([55 - signature[64]])
    document["authorship"]["signature"] = "0x" + forged.hex()
    document["entry"]["author"] = "0x" + keccak(forged).hex()


def _unsigned_v(document: Document) -> None:
    forged = bytes.fromhex(document["authorship"]["signature"][2:])[:64] + b"\x01"
    document["authorship"]["signature"] = "0x" + forged.hex()
    document["entry"]["author"] = "0x" + keccak(forged).hex()


def _sign(signed_at: int) -> Callable[[Document], None]:
    return put("authorship", "signed_at", signed_at)


def _double_claim(document: Document) -> None:
    words = document["claims"]["words"]
    words[1] = copy.deepcopy(words[0])


def _append_node(document: Document) -> None:
    document["inclusion"]["path"].append(OTHER)


_DISCLOSURES: tuple[Row, ...] = (
    ("field_changed", _fails("field.mismatch", "/body/lines/0/quantity/value"), _change_value),
    ("field_shifted", _fails("field.mismatch", "/body/claims"), _shift_field),
    ("field_doubled", _fails("disclosure.index"), _double_field),
    ("field_index_zero", _fails("disclosure.index"), put("disclosure", "fields", 0, "index", 0)),
    ("pointers_not_ascending", _fails("pointers.order", "pointer 1"), _swap_pointers),
    ("pointer_doubled", _fails("pointers.order", "pointer 1"), _double_pointer),
    ("pointers_no_tree", _fails("pointers.tree", "*"), _break_tree),
    ("pointer_empty", _fails("pointers.syntax", "pointer 0"), _spell("")),
    ("pointer_with_a_bad_escape", _fails("pointers.syntax", "pointer 0"), _spell("/a~2")),
    ("pointer_too_deep", _fails("json.too_deep", "pointer 0"), _spell("/body/a" * 17)),
    ("pointer_left_out", _fails("field.pointer_list"), _hide_pointer),
    ("pointers_empty", _fails("pointers.empty"), put("disclosure", "pointers", [])),
    ("leaf_too_few", _fails("commitment.leaf_count"), drop("disclosure", "leaves", -1)),
    (
        "commitment_of_another",
        {
            **_fails("commitment.mismatch"),
            2: (FAILED, "entry.record", "record"),
            7: (OPEN, PREMISE, "2"),
        },
        put("commitment", "0x" + "22" * 32),
    ),
    ("issuer_withheld", {2: (OPEN, "entry.withheld", "/issuer")}, _withhold("/issuer")),
    ("schema_withheld", {2: (OPEN, "entry.withheld", "/schema")}, _withhold("/schema")),
    ("holder_withheld", {2: (OPEN, "entry.withheld", "/body/holders/1")}, _withhold("/body/holders/1")),
    (
        "window_withheld",
        {2: (OPEN, "entry.withheld", "/body/windows/0")},
        _withhold("/body/windows/0/not_after"),
    ),
)

_PROOFS: tuple[Row, ...] = (
    ("path_node_changed", _excluded("proof.root_mismatch"), put("inclusion", "path", 0, OTHER)),
    ("path_too_long", _excluded("proof.length_invalid"), _append_node),
    ("path_too_short", _excluded("proof.length_invalid"), drop("inclusion", "path", -1)),
    ("index_of_another", _excluded("proof.length_invalid"), put("inclusion", "index", 8)),
    ("index_beyond_size", _excluded("proof.not_first_checkpoint"), put("inclusion", "index", 11)),
    ("index_before_checkpoint", _excluded("proof.not_first_checkpoint"), put("inclusion", "index", 5)),
    ("size_of_another", _excluded("inclusion.size", "size"), put("inclusion", "size", 12)),
    (
        "log_of_another_institution",
        _excluded("inclusion.log", "log"),
        put("inclusion", "log", (2 << 32) + 1),
    ),
    (
        "log_of_another_generation",
        _excluded("inclusion.log", "log"),
        put("inclusion", "log", (1 << 32) + 2),
    ),
    (
        "checkpoint_not_on_chain",
        {
            **_elsewhere("anchor.mismatch", "root"),
            3: (FAILED, "proof.root_mismatch", ""),
            5: (OPEN, PREMISE, "3"),
            6: (OPEN, PREMISE, "3"),
            7: (OPEN, PREMISE, "3"),
        },
        _without_proofs,
        put("checkpoint", "root", OTHER),
    ),
    (
        "anchored_at_backdated",
        _elsewhere("anchor.mismatch", "anchored_at"),
        _without_proofs,
        put("checkpoint", "anchored_at", ANCHORED_AT - 1),
    ),
    (
        "header_of_another_block",
        _elsewhere("anchor.header", "block_hash"),
        put("anchor", "block_hash", OTHER),
    ),
    (
        "header_of_another_number",
        _elsewhere("anchor.header", "block_number"),
        put("anchor", "block_number", 13),
    ),
    ("header_no_rlp", _elsewhere("rlp.short", "*"), put("anchor", "header", "0xf90200")),
    (
        "header_nested_lists",
        _elsewhere("rlp.too_deep", "*"),
        put("anchor", "header", "0x" + "c7c6c5c4c3c2c1c0"),
    ),
    (
        "storage_proof_of_another_slot",
        _elsewhere("anchor.storage_proofs"),
        put("anchor", "storage_proofs", 0, "slot", OTHER),
    ),
    ("storage_proof_missing", _elsewhere("anchor.storage_proofs"), drop("anchor", "storage_proofs", -1)),
    (
        "contract_of_another",
        _elsewhere("anchor.other_contracts", "checkpoint_log"),
        put("anchor", "checkpoint_log", "0x" + "44" * 20),
    ),
    (
        "genesis_of_another_chain",
        _elsewhere("anchor.other_chain", "genesis_hash"),
        put("anchor", "genesis_hash", OTHER),
    ),
    (
        "chain_of_another_id",
        {
            4: (FAILED, "anchor.other_chain", "chain_id"),
            5: _NOT_SIGNED,
            6: (OPEN, PREMISE, "4"),
            7: (OPEN, PREMISE, "4"),
        },
        put("anchor", "chain_id", 1),
    ),
)

_ACTS: tuple[Row, ...] = (
    (
        "signature_high_s",
        {
            3: _NOT_INCLUDED,
            5: (FAILED, "signature.high_s", ""),
            6: (OPEN, PREMISE, "3"),
            7: (OPEN, PREMISE, "3"),
        },
        _high_s,
    ),
    (
        "signature_v_one",
        {
            3: _NOT_INCLUDED,
            5: (FAILED, "signature.v", ""),
            6: (OPEN, PREMISE, "3"),
            7: (OPEN, PREMISE, "3"),
        },
        _unsigned_v,
    ),
    (
        "signature_of_another",
        {5: (FAILED, "author.hash", ""), **_UNSIGNED},
        put("authorship", "signature", "0x" + "11" * 64 + "1b"),
    ),
    (
        "signer_is_another",
        {5: _NOT_SIGNED, **_UNSIGNED},
        put("authorship", "signer", _SOMEBODY),
    ),
    (
        "signed_in_the_future",
        {
            2: (FAILED, "entry.signed_at", "signed_at"),
            5: _NOT_SIGNED,
            6: (FAILED, "time.from_the_future", ""),
            **_RESTS_ON_2,
        },
        _sign(ANCHORED_AT + 301),
    ),
    (
        "signed_long_before",
        {
            2: (FAILED, "entry.signed_at", "signed_at"),
            5: _NOT_SIGNED,
            6: (LATE, "time.late", ""),
            **_RESTS_ON_2,
        },
        _sign(SIGNED_AT - 90_000),
    ),
    (
        "entry_with_a_claim_more",
        {2: (FAILED, "entry.mismatch", "claim_count"), **_OTHER_ENTRY, 7: (FAILED, "claims.count", "")},
        put("entry", "claim_count", 3),
    ),
    (
        "entry_with_a_longer_window",
        {2: (FAILED, "entry.mismatch", "not_before"), **_OTHER_ENTRY, **_RESTS_ON_2},
        put("entry", "not_after", 1_795_536_000),
    ),
    (
        "entry_with_other_holders",
        {2: (FAILED, "entry.mismatch", "terms"), **_OTHER_ENTRY, **_RESTS_ON_2},
        put("entry", "terms", "0x" + "55" * 32),
    ),
    (
        "entry_of_another_kind",
        {2: (FAILED, "entry.kind", "kind"), **_OTHER_ENTRY, 7: (FAILED, "claims.key", "0")},
        put("entry", "kind", 10),
    ),
    (
        "entry_of_an_unknown_kind",
        {
            2: (FAILED, "entry.kind", "kind"),
            3: _NOT_INCLUDED,
            5: _NOT_SIGNED,
            6: (OPEN, "kind.unknown", ""),
            7: (FAILED, "claims.key", "0"),
        },
        put("entry", "kind", 99),
    ),
    (
        "entry_of_another_record",
        {2: (FAILED, "entry.record", "record"), **_OTHER_ENTRY, 7: (FAILED, "claims.key", "0")},
        put("entry", "record", "0x" + "66" * 32),
    ),
    ("claim_doubled", {7: (FAILED, "claims.key", "1")}, _double_claim),
    ("claim_left_out", {7: (FAILED, "claims.count", "")}, drop("claims", "words", -1)),
    (
        "claim_stated_dispensed",
        {7: (FAILED, "claims.word", "0")},
        put("claims", "words", 0, "word", "0x4" + "0" * 63),
    ),
    (
        "claims_as_of_the_future",
        {7: (OPEN, "claims.node_behind", "")},
        put("claims", "as_of_block", 10_000),
    ),
)
