"""Hostile evidence bundles: each a change to one that verifies, with the outcome that it must have.

The expectations are written by hand, never copied from what the verifier says; `scripts/generate_vectors.py`
writes the files that any other implementation can run against. Here are those that can't even be parsed;
`false_bundles` has those that parse and aren't true.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger_proofs.bundles import bundle_to_json
from tests.factories import build_scene

Document = dict[str, Any]


@dataclass(frozen=True)
class HostileBundle:
    """A hostile file: its bytes, and either the parse error or the steps that must not pass.

    `steps` maps a step's number to (outcome, code, where); every step that isn't listed must pass.
    """

    name: str
    content: bytes
    parse_error: tuple[str, str] | None = None
    steps: Mapping[int, tuple[str, str, str]] = field(default_factory=dict)

    def expectation(self) -> dict[str, Any]:
        """Return the expectation as JSON."""
        if self.parse_error is not None:
            return {"parse_error": {"code": self.parse_error[0], "path": self.parse_error[1]}}
        return {
            "steps": {
                str(number): {"outcome": outcome, "code": code, "where": where}
                for number, (outcome, code, where) in sorted(self.steps.items())
            }
        }


def valid_document() -> Document:
    """Return the bundle that all others are changed from."""
    document: Document = json.loads(bundle_to_json(build_scene().bundle))
    return document


def malformed_bundles() -> list[HostileBundle]:
    """Return the bundles that can't be parsed."""
    return [*_malformed_texts(), *_malformed_members()]


def encoded(document: Document) -> bytes:
    """Return a document as a file's bytes."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def put(*keys: Any) -> Callable[[Document], None]:
    """Return an edit that sets the member at a path of keys, the last argument being its value."""

    def edit(document: Document) -> None:
        node: Any = document
        for key in keys[:-2]:
            node = node[key]
        node[keys[-2]] = keys[-1]

    return edit


def drop(*keys: Any) -> Callable[[Document], None]:
    """Return an edit that removes the member or element at a path of keys."""

    def edit(document: Document) -> None:
        node: Any = document
        for key in keys[:-1]:
            node = node[key]
        del node[keys[-1]]

    return edit


def change(
    name: str, steps: Mapping[int, tuple[str, str, str]], *edits: Callable[[Document], None]
) -> HostileBundle:
    """Return a hostile bundle: the valid one after some edits."""
    document = valid_document()
    for edit in edits:
        edit(document)
    return HostileBundle(name, encoded(document), steps=steps)


def _malformed_texts() -> list[HostileBundle]:
    text = encoded(valid_document())
    compact = json.dumps(valid_document()).encode()
    deep = b'"value": ' + b"[" * 20_000 + b"]" * 20_000 + b","
    cases: list[tuple[str, bytes, str, str]] = [
        ("empty", b"", "json.syntax", "character 0"),
        ("truncated", compact[: len(compact) // 2], "json.syntax", "*"),
        ("trailing_bytes", text + b"{}", "json.syntax", "*"),
        ("trailing_null_byte", text + b"\x00", "json.syntax", "*"),
        ("byte_order_mark", b"\xef\xbb\xbf" + text, "json.byte_order_mark", "byte 0"),
        ("not_utf8", text.replace("内科".encode(), b"\xff\xfe"), "json.not_utf8", "*"),
        ("utf16", text.decode().encode("utf-16"), "json.not_utf8", "byte 0"),
        ("nan", compact.replace(b'"index": 7', b'"index": NaN'), "json.float", ""),
        ("infinity", compact.replace(b'"index": 7', b'"index": -Infinity'), "json.float", ""),
        ("float", compact.replace(b'"index": 7', b'"index": 7.0'), "json.float", ""),
        ("exponent", compact.replace(b'"index": 7', b'"index": 7e0'), "json.float", ""),
        ("minus_zero", compact.replace(b'"index": 7', b'"index": -0'), "json.unsafe_integer", ""),
        (
            "unsafe_integer",
            compact.replace(b'"index": 7', b'"index": 9007199254740992'),
            "json.unsafe_integer",
            "",
        ),
        (
            "endless_integer",
            compact.replace(b'"index": 7', b'"index": 1' + b"0" * 9000),
            "json.unsafe_integer",
            "",
        ),
        (
            "duplicate_key",
            compact.replace(b'"index": 7', b'"index": 7, "index": 7'),
            "json.duplicate_name",
            "",
        ),
        (
            "duplicate_key_escaped",
            compact.replace(b'"index": 7', b'"index": 7, "\\u0069ndex": 8'),
            "json.duplicate_name",
            "",
        ),
        ("lone_surrogate", compact.replace(b'"A03"', b'"\\ud800"'), "json.lone_surrogate", ""),
        ("reversed_surrogates", compact.replace(b'"A03"', b'"\\ude00\\ud83d"'), "json.lone_surrogate", ""),
        ("deep_nesting", b'{"format": "rxledger.bundle/1", ' + deep + b'"x": 1}', "json.too_deep", ""),
        ("deep_nesting_unclosed", b"[" * 60_000, "json.too_deep", ""),
        ("deep_nesting_behind_a_string", b'["\\"", ' + b"[" * 17 + b"]" * 18, "json.too_deep", ""),
    ]
    return [HostileBundle(name, content, (code, path)) for name, content, code, path in cases]


def _malformed_members() -> list[HostileBundle]:
    bundles = []
    for name, code, path, edit in _MEMBERS:
        document = valid_document()
        replaced = edit(document)
        content = encoded(document if replaced is None else replaced)
        bundles.append(HostileBundle(name, content, (code, path)))
    return bundles


def _move_prefix(document: Document) -> None:
    leaves = document["disclosure"]["leaves"]
    leaves[3], leaves[4] = "0x0x" + leaves[3][4:], "ab" + leaves[4][2:]


_WORD = "0x" + "11" * 32
_MEMBERS: tuple[tuple[str, str, str, Callable[[Document], Any]], ...] = (
    ("top_level_array", "bundle.type", "", lambda document: [document]),
    ("other_format", "bundle.format", "/format", put("format", "rxledger.bundle/3")),
    ("format_not_text", "bundle.format", "/format", put("format", ["rxledger.bundle/1"])),
    (
        "missing_member",
        "bundle.member_missing",
        "/entry/terms",
        drop("entry", "terms"),
    ),
    ("unknown_member", "bundle.member_unknown", "/entry", put("entry", "note", 1)),
    ("entry_is_an_array", "bundle.type", "/entry", put("entry", [1, 2])),
    ("claims_is_null", "bundle.type", "/claims", put("claims", None)),
    ("index_is_text", "bundle.number", "/inclusion/index", put("inclusion", "index", "7")),
    ("index_is_a_bool", "bundle.number", "/inclusion/index", put("inclusion", "index", True)),
    ("index_is_negative", "bundle.number", "/inclusion/index", put("inclusion", "index", -1)),
    ("kind_beyond_16_bits", "bundle.number", "/entry/kind", put("entry", "kind", 65_536)),
    (
        "institution_beyond_its_bound",
        "bundle.number",
        "/authorship/institution",
        put("authorship", "institution", 2**21),
    ),
    ("upper_case_hex", "bundle.hex", "/entry/terms", put("entry", "terms", "0x" + "AB" * 32)),
    ("hex_with_spaces", "bundle.hex", "/entry/terms", put("entry", "terms", "0x" + " a" * 32)),
    ("hex_of_31_bytes", "bundle.hex", "/commitment", put("commitment", "0x" + "11" * 31)),
    ("hex_without_prefix", "bundle.hex", "/commitment", put("commitment", "11" * 33)),
    ("hex_with_full_width_digits", "bundle.hex", "/commitment", put("commitment", "0x" + "１１" * 32)),
    ("odd_hex_header", "bundle.hex", "/anchor/header", put("anchor", "header", "0xabc")),
    (
        "signature_of_64_bytes",
        "bundle.hex",
        "/authorship/signature",
        put("authorship", "signature", _WORD * 2),
    ),
    ("huge_leaves", "bundle.too_many", "/disclosure/leaves", put("disclosure", "leaves", [1] * 4098)),
    (
        "huge_pointers",
        "bundle.too_many",
        "/disclosure/pointers",
        put("disclosure", "pointers", [""] * 4097),
    ),
    ("huge_fields", "bundle.too_many", "/disclosure/fields", put("disclosure", "fields", [0] * 4097)),
    ("huge_path", "bundle.too_many", "/inclusion/path", put("inclusion", "path", [_WORD] * 65)),
    ("huge_claims", "bundle.too_many", "/claims/words", put("claims", "words", [0] * 65)),
    ("pointer_not_text", "bundle.type", "/disclosure/pointers/0", put("disclosure", "pointers", 0, 7)),
    (
        "value_is_a_filled_object",
        "bundle.type",
        "/disclosure/fields/0/value",
        put("disclosure", "fields", 0, "value", {"a": 1}),
    ),
    ("checkpoint_of_size_zero", "bundle.checkpoint", "/checkpoint/size", put("checkpoint", "size", 0)),
    (
        "checkpoint_that_shrank",
        "bundle.checkpoint",
        "/checkpoint/size",
        put("checkpoint", "previous_size", 12),
    ),
    (
        "leaf_in_upper_case",
        "bundle.hex",
        "/disclosure/leaves/3",
        put("disclosure", "leaves", 3, "0x" + "AB" * 32),
    ),
    (
        "leaf_with_spaces",
        "bundle.hex",
        "/disclosure/leaves/3",
        put("disclosure", "leaves", 3, "0x" + " a" * 32),
    ),
    ("leaf_no_hex", "bundle.hex", "/disclosure/leaves/3", put("disclosure", "leaves", 3, "0x" + "g" * 64)),
    ("leaf_not_text", "bundle.hex", "/disclosure/leaves/3", put("disclosure", "leaves", 3, 7)),
    ("leaf_prefixes_moved", "bundle.hex", "/disclosure/leaves/3", _move_prefix),
    (
        "salt_in_upper_case",
        "bundle.hex",
        "/disclosure/fields/3/salt",
        put("disclosure", "fields", 3, "salt", "0x" + "AB" * 32),
    ),
    (
        "salt_too_short",
        "bundle.hex",
        "/disclosure/fields/3/salt",
        put("disclosure", "fields", 3, "salt", "0x00"),
    ),
)
