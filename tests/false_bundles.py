"""Evidence bundles that parse and aren't true, each with the steps that must not pass and why."""

from __future__ import annotations

import copy
from collections.abc import Callable

from ledger_proofs.digests import keccak
from ledger_proofs.signatures import CURVE_ORDER
from tests.factories import ANCHORED_AT, SIGNED_AT, seeded_bytes
from tests.hostile_bundles import Document, HostileBundle, change, drop, put, valid_document

Steps = dict[int, tuple[str, str, str]]

FAILED, LATE, OPEN = "failed", "late", "could_not_check"
PREMISE = "premise.not_established"
OTHER = "0x" + "33" * 32


def false_bundles() -> list[HostileBundle]:
    """Return the bundles that parse and must not pass."""
    return [*_false_records(), *_false_proofs(), *_false_acts()]


def _false_records() -> list[HostileBundle]:
    rests_on_1 = {2: (OPEN, PREMISE, "1")}

    def fails(code: str, where: str = "") -> dict[int, tuple[str, str, str]]:
        return {1: (FAILED, code, where), **rests_on_1}

    def field_of(document: Document, pointer: str) -> Document:
        index = document["disclosure"]["pointers"].index(pointer) + 1
        found: Document = next(each for each in document["disclosure"]["fields"] if each["index"] == index)
        return found

    def change_value(document: Document) -> None:
        field_of(document, "/body/lines/0/quantity/value")["value"] = "9"

    def shift_field(document: Document) -> None:
        first, second = document["disclosure"]["fields"][:2]
        first["value"], second["value"] = second["value"], first["value"]

    def double_field(document: Document) -> None:
        document["disclosure"]["fields"].insert(0, copy.deepcopy(document["disclosure"]["fields"][0]))

    def swap_pointers(document: Document) -> None:
        pointers = document["disclosure"]["pointers"]
        pointers[0], pointers[1] = pointers[1], pointers[0]

    def double_pointer(document: Document) -> None:
        document["disclosure"]["pointers"][1] = document["disclosure"]["pointers"][0]

    def break_tree(document: Document) -> None:
        pointers = document["disclosure"]["pointers"]
        pointers[pointers.index("/body/windows/0/not_before")] = "/body/windows/2/not_before"
        pointers.sort()

    def hide_pointer(document: Document) -> None:
        disclosure = document["disclosure"]
        disclosure["pointers"].pop()
        disclosure["leaves"].pop()
        disclosure["fields"].pop()

    def withhold(pointer: str) -> Callable[[Document], None]:
        def edit(document: Document) -> None:
            document["disclosure"]["fields"].remove(field_of(document, pointer))

        return edit

    def spell(pointer: str) -> Callable[[Document], None]:
        def edit(document: Document) -> None:
            document["disclosure"]["pointers"][0] = pointer

        return edit

    first = valid_document()["disclosure"]["pointers"][0]
    return [
        change("field_changed", fails("field.mismatch", "/body/lines/0/quantity/value"), change_value),
        change("field_shifted", fails("field.mismatch", first), shift_field),
        change("field_doubled", fails("disclosure.index"), double_field),
        change("field_index_zero", fails("disclosure.index"), put("disclosure", "fields", 0, "index", 0)),
        change("pointers_not_ascending", fails("pointers.order", "pointer 1"), swap_pointers),
        change("pointer_doubled", fails("pointers.order", "pointer 1"), double_pointer),
        change("pointers_no_tree", fails("pointers.tree", "*"), break_tree),
        change("pointer_empty", fails("pointers.syntax", "pointer 0"), spell("")),
        change("pointer_with_a_bad_escape", fails("pointers.syntax", "pointer 0"), spell("/a~2")),
        change("pointer_too_deep", fails("json.too_deep", "pointer 0"), spell("/body/a" * 17)),
        change("pointer_left_out", fails("field.pointer_list"), hide_pointer),
        change("pointers_empty", fails("pointers.empty"), put("disclosure", "pointers", [])),
        change("leaf_too_few", fails("commitment.leaf_count"), drop("disclosure", "leaves", -1)),
        change(
            "commitment_of_another",
            {
                **fails("commitment.mismatch"),
                2: (FAILED, "entry.record", "record"),
                7: (OPEN, PREMISE, "2"),
            },
            put("commitment", "0x" + "22" * 32),
        ),
        change("issuer_withheld", {2: (OPEN, "entry.withheld", "/issuer")}, withhold("/issuer")),
        change("schema_withheld", {2: (OPEN, "entry.withheld", "/schema")}, withhold("/schema")),
        change(
            "holder_withheld", {2: (OPEN, "entry.withheld", "/body/holders/1")}, withhold("/body/holders/1")
        ),
        change(
            "window_withheld",
            {2: (OPEN, "entry.withheld", "/body/windows/0")},
            withhold("/body/windows/0/not_after"),
        ),
    ]


def _false_proofs() -> list[HostileBundle]:
    unproved = {5: (OPEN, PREMISE, "3"), 6: (OPEN, PREMISE, "3"), 7: (OPEN, PREMISE, "3")}
    unanchored = {5: (OPEN, PREMISE, "4"), 6: (OPEN, PREMISE, "4"), 7: (OPEN, PREMISE, "4")}

    def excluded(code: str, where: str = "") -> dict[int, tuple[str, str, str]]:
        return {3: (FAILED, code, where), **unproved}

    def elsewhere(code: str, where: str = "") -> dict[int, tuple[str, str, str]]:
        return {4: (FAILED, code, where), **unanchored}

    def without_proofs(document: Document) -> None:
        document["anchor"].update({"header": None, "storage_proofs": None, "account_proof": None})

    return [
        change("path_node_changed", excluded("proof.root_mismatch"), put("inclusion", "path", 0, OTHER)),
        change("path_too_long", excluded("proof.length_invalid"), _append_node),
        change("path_too_short", excluded("proof.length_invalid"), drop("inclusion", "path", -1)),
        change("index_of_another", excluded("proof.length_invalid"), put("inclusion", "index", 8)),
        change("index_beyond_size", excluded("proof.not_first_checkpoint"), put("inclusion", "index", 11)),
        change(
            "index_before_checkpoint", excluded("proof.not_first_checkpoint"), put("inclusion", "index", 5)
        ),
        change("size_of_another", excluded("inclusion.size", "size"), put("inclusion", "size", 12)),
        change(
            "log_of_another_institution",
            excluded("inclusion.log", "log"),
            put("inclusion", "log", (2 << 32) + 1),
        ),
        change(
            "log_of_another_generation",
            excluded("inclusion.log", "log"),
            put("inclusion", "log", (1 << 32) + 2),
        ),
        change(
            "checkpoint_not_on_chain",
            {
                **elsewhere("anchor.mismatch", "root"),
                3: (FAILED, "proof.root_mismatch", ""),
                5: (OPEN, PREMISE, "3"),
                6: (OPEN, PREMISE, "3"),
                7: (OPEN, PREMISE, "3"),
            },
            without_proofs,
            put("checkpoint", "root", OTHER),
        ),
        change(
            "anchored_at_backdated",
            elsewhere("anchor.mismatch", "anchored_at"),
            without_proofs,
            put("checkpoint", "anchored_at", ANCHORED_AT - 1),
        ),
        change(
            "header_of_another_block",
            elsewhere("anchor.header", "block_hash"),
            put("anchor", "block_hash", OTHER),
        ),
        change(
            "header_of_another_number",
            elsewhere("anchor.header", "block_number"),
            put("anchor", "block_number", 13),
        ),
        change("header_no_rlp", elsewhere("rlp.short", "*"), put("anchor", "header", "0xf90200")),
        change(
            "header_nested_lists",
            elsewhere("rlp.too_deep", "*"),
            put("anchor", "header", "0x" + "c7c6c5c4c3c2c1c0"),
        ),
        change(
            "storage_proof_of_another_slot",
            elsewhere("anchor.storage_proofs"),
            put("anchor", "storage_proofs", 0, "slot", OTHER),
        ),
        change(
            "storage_proof_missing", elsewhere("anchor.storage_proofs"), drop("anchor", "storage_proofs", -1)
        ),
        change(
            "contract_of_another",
            elsewhere("anchor.other_contracts", "checkpoint_log"),
            put("anchor", "checkpoint_log", "0x" + "44" * 20),
        ),
        change(
            "genesis_of_another_chain",
            elsewhere("anchor.other_chain", "genesis_hash"),
            put("anchor", "genesis_hash", OTHER),
        ),
        change(
            "chain_of_another_id",
            {
                4: (FAILED, "anchor.other_chain", "chain_id"),
                5: (FAILED, "author.signer", ""),
                6: (OPEN, PREMISE, "4"),
                7: (OPEN, PREMISE, "4"),
            },
            put("anchor", "chain_id", 1),
        ),
    ]


def _false_acts() -> list[HostileBundle]:
    unsigned = {6: (OPEN, PREMISE, "5")}

    def high_s(document: Document) -> None:
        signature = bytes.fromhex(document["authorship"]["signature"][2:])
        s = (CURVE_ORDER - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
        forged = signature[:32] + s + bytes([55 - signature[64]])
        document["authorship"]["signature"] = "0x" + forged.hex()
        document["entry"]["author"] = "0x" + keccak(forged).hex()

    def unsigned_v(document: Document) -> None:
        forged = bytes.fromhex(document["authorship"]["signature"][2:])[:64] + b"\x01"
        document["authorship"]["signature"] = "0x" + forged.hex()
        document["entry"]["author"] = "0x" + keccak(forged).hex()

    def sign(signed_at: int) -> Callable[[Document], None]:
        return put("authorship", "signed_at", signed_at)

    def double_claim(document: Document) -> None:
        words = document["claims"]["words"]
        words[1] = copy.deepcopy(words[0])

    not_included = (FAILED, "proof.root_mismatch", "")
    other_entry = {3: not_included, 5: (FAILED, "author.signer", ""), 6: (OPEN, PREMISE, "3")}
    rests_on_2 = {7: (OPEN, PREMISE, "2")}
    signer = "0x" + seeded_bytes("somebody else", 20).hex()
    return [
        change(
            "signature_high_s",
            {
                3: not_included,
                5: (FAILED, "signature.high_s", ""),
                6: (OPEN, PREMISE, "3"),
                7: (OPEN, PREMISE, "3"),
            },
            high_s,
        ),
        change(
            "signature_v_one",
            {
                3: not_included,
                5: (FAILED, "signature.v", ""),
                6: (OPEN, PREMISE, "3"),
                7: (OPEN, PREMISE, "3"),
            },
            unsigned_v,
        ),
        change(
            "signature_of_another",
            {5: (FAILED, "author.hash", ""), **unsigned},
            put("authorship", "signature", "0x" + "11" * 64 + "1b"),
        ),
        change(
            "signer_is_another",
            {5: (FAILED, "author.signer", ""), **unsigned},
            put("authorship", "signer", signer),
        ),
        change(
            "signed_in_the_future",
            {
                2: (FAILED, "entry.signed_at", "signed_at"),
                5: (FAILED, "author.signer", ""),
                6: (FAILED, "time.from_the_future", ""),
                **rests_on_2,
            },
            sign(ANCHORED_AT + 301),
        ),
        change(
            "signed_long_before",
            {
                2: (FAILED, "entry.signed_at", "signed_at"),
                5: (FAILED, "author.signer", ""),
                6: (LATE, "time.late", ""),
                **rests_on_2,
            },
            sign(SIGNED_AT - 90_000),
        ),
        change(
            "entry_with_a_claim_more",
            {2: (FAILED, "entry.mismatch", "claim_count"), **other_entry, 7: (FAILED, "claims.count", "")},
            put("entry", "claim_count", 3),
        ),
        change(
            "entry_with_a_longer_window",
            {2: (FAILED, "entry.mismatch", "not_before"), **other_entry, **rests_on_2},
            put("entry", "not_after", valid_document()["entry"]["not_after"] + 1),
        ),
        change(
            "entry_with_other_holders",
            {2: (FAILED, "entry.mismatch", "terms"), **other_entry, **rests_on_2},
            put("entry", "terms", "0x" + "55" * 32),
        ),
        change(
            "entry_of_another_kind",
            {2: (FAILED, "entry.kind", "kind"), **other_entry, 7: (FAILED, "claims.key", "0")},
            put("entry", "kind", 10),
        ),
        change(
            "entry_of_an_unknown_kind",
            {
                2: (FAILED, "entry.kind", "kind"),
                3: not_included,
                5: (FAILED, "author.signer", ""),
                6: (OPEN, "kind.unknown", ""),
                7: (FAILED, "claims.key", "0"),
            },
            put("entry", "kind", 99),
        ),
        change(
            "entry_of_another_record",
            {2: (FAILED, "entry.record", "record"), **other_entry, 7: (FAILED, "claims.key", "0")},
            put("entry", "record", "0x" + "66" * 32),
        ),
        change("claim_doubled", {7: (FAILED, "claims.key", "1")}, double_claim),
        change("claim_left_out", {7: (FAILED, "claims.count", "")}, drop("claims", "words", -1)),
        change(
            "claim_stated_dispensed",
            {7: (FAILED, "claims.word", "0")},
            put("claims", "words", 0, "word", "0x4" + "0" * 63),
        ),
        change(
            "claims_as_of_the_future",
            {7: (OPEN, "claims.node_behind", "")},
            put("claims", "as_of_block", 10_000),
        ),
    ]


def _append_node(document: Document) -> None:
    document["inclusion"]["path"].append(OTHER)
