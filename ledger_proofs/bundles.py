"""Evidence bundles: everything that is needed to verify one record, as a strict JSON file (protocol 9).

A bundle comes from whoever wants to be believed, so nothing in it is trusted: parsing bounds its size, checks
every member's type, and names the place of whatever is wrong. What it proves is the verifier's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger_proofs.bundle_proofs import (
    Anchor,
    StateProof,
    anchor_as_json,
    parse_anchor,
    parse_state,
    state_as_json,
)
from ledger_proofs.canonical import canonical_bytes, parse_json
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.commitments import DisclosedField, Disclosure
from ledger_proofs.entries import Entry
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import (
    parse_hashes,
    read_array,
    read_bytes,
    read_hashes,
    read_members,
    read_uint,
    to_hex,
)
from ledger_proofs.merkle import MAX_PROOF_NODES
from ledger_proofs.pointers import MAX_FIELDS
from ledger_proofs.types import (
    MAX_INSTITUTION,
    MAX_JSON_INTEGER,
    MAX_UINT16,
    MAX_UINT32,
    Address,
    ClaimKey,
    Commitment,
    Hash,
    InstitutionNumber,
    JsonValue,
    LogId,
    Salt,
    Signature,
)

FORMAT: Final = "rxledger.bundle/1"
FORMAT_WITH_STATE: Final = "rxledger.bundle/2"
MAX_BUNDLE_BYTES: Final = 4 * 1024 * 1024
MAX_BUNDLE_DEPTH: Final = 16
MAX_CLAIM_WORDS: Final = 64


@dataclass(frozen=True, slots=True)
class SignedAuthorship:
    """Who signed, and when (Unix seconds); `signer` is whom the bundle says to be the signer."""

    institution: InstitutionNumber
    signed_at: int
    signature: Signature
    signer: Address


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where the entry stands in its log, and the path to the checkpoint's root."""

    log: LogId
    index: int
    size: int
    path: tuple[Hash, ...]


@dataclass(frozen=True, slots=True)
class StatedWord:
    """A claim and the word that the bundle says it has."""

    claim: ClaimKey
    word: Hash


@dataclass(frozen=True, slots=True)
class ClaimStatement:
    """How the entry's claims stand as of a block, in the order of their ordinals."""

    as_of_block: int
    words: tuple[StatedWord, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """One evidence bundle, parsed, not yet verified. `state`: the chain's, proven as of the claims' block."""

    commitment: Commitment
    disclosure: Disclosure
    entry: Entry
    authorship: SignedAuthorship
    inclusion: Inclusion
    checkpoint: Checkpoint
    anchor: Anchor
    claims: ClaimStatement
    state: StateProof | None = None


def parse_bundle(data: bytes) -> Bundle:
    """Parse a bundle's bytes. Raises `MalformedInput` whose `path` is the JSON pointer of what is wrong."""
    return bundle_from_json(parse_json(data, max_bytes=MAX_BUNDLE_BYTES, max_depth=MAX_BUNDLE_DEPTH))


def bundle_from_json(value: JsonValue) -> Bundle:
    """Read a bundle that stood within a parsed document. Raises `MalformedInput` as `parse_bundle`."""
    has_state = type(value) is dict and value.get("format") == FORMAT_WITH_STATE
    top = read_members(value, "", _TOP_MEMBERS | {"state"} if has_state else _TOP_MEMBERS)
    if not has_state and top["format"] != FORMAT:
        raise MalformedInput(
            f'must be "{FORMAT}" or "{FORMAT_WITH_STATE}": other versions aren\'t known here',
            "/format",
            code="bundle.format",
        )
    return Bundle(
        Commitment(read_bytes(top["commitment"], 32, "/commitment")),
        _parse_disclosure(top["disclosure"], "/disclosure"),
        _parse_entry(top["entry"], "/entry"),
        _parse_authorship(top["authorship"], "/authorship"),
        _parse_inclusion(top["inclusion"], "/inclusion"),
        _parse_checkpoint(top["checkpoint"], "/checkpoint"),
        parse_anchor(top["anchor"], "/anchor"),
        _parse_claims(top["claims"], "/claims"),
        parse_state(top["state"], "/state") if has_state else None,
    )


def bundle_to_json(bundle: Bundle) -> bytes:
    """Return a bundle's canonical bytes (RFC 8785)."""
    return canonical_bytes(bundle_as_json(bundle), max_depth=MAX_BUNDLE_DEPTH)


def bundle_as_json(bundle: Bundle) -> dict[str, JsonValue]:
    """Return a bundle as a JSON object."""
    entry, state = bundle.entry, bundle.state
    return {
        "format": FORMAT if state is None else FORMAT_WITH_STATE,
        "commitment": to_hex(bundle.commitment),
        "disclosure": _disclosure_as_json(bundle.disclosure),
        "entry": {
            "kind": entry.kind,
            "record": to_hex(entry.record),
            "author": to_hex(entry.author),
            "claim_count": entry.claim_count,
            "not_before": entry.not_before,
            "not_after": entry.not_after,
            "terms": to_hex(entry.terms),
        },
        "authorship": {
            "institution": bundle.authorship.institution,
            "signed_at": bundle.authorship.signed_at,
            "signature": to_hex(bundle.authorship.signature),
            "signer": to_hex(bundle.authorship.signer),
        },
        "inclusion": {
            "log": bundle.inclusion.log,
            "index": bundle.inclusion.index,
            "size": bundle.inclusion.size,
            "path": [to_hex(node) for node in bundle.inclusion.path],
        },
        "checkpoint": {
            "log": bundle.checkpoint.log,
            "size": bundle.checkpoint.size,
            "previous_size": bundle.checkpoint.previous_size,
            "root": to_hex(bundle.checkpoint.root),
            "anchored_at": bundle.checkpoint.anchored_at,
        },
        "anchor": anchor_as_json(bundle.anchor),
        "claims": {
            "as_of_block": bundle.claims.as_of_block,
            "words": [
                {"claim": to_hex(each.claim), "word": to_hex(each.word)} for each in bundle.claims.words
            ],
        },
        **({} if state is None else {"state": state_as_json(state)}),
    }


def _disclosure_as_json(disclosure: Disclosure) -> dict[str, JsonValue]:
    return {
        "pointers": list(disclosure.pointers),
        "pointers_salt": to_hex(disclosure.pointers_salt),
        "leaves": [to_hex(leaf) for leaf in disclosure.leaves],
        "fields": [
            {"index": each.index, "value": each.value, "salt": to_hex(each.salt)}
            for each in disclosure.fields
        ],
    }


def _parse_disclosure(value: JsonValue, path: str) -> Disclosure:
    members = read_members(value, path, _DISCLOSURE_MEMBERS)
    pointers = read_array(members["pointers"], f"{path}/pointers", MAX_FIELDS)
    for number, pointer in enumerate(pointers):
        if type(pointer) is not str:
            raise MalformedInput("must be a string", f"{path}/pointers/{number}", code="bundle.type")
    return Disclosure(
        tuple(pointers),  # type: ignore[arg-type]
        Salt(read_bytes(members["pointers_salt"], 32, f"{path}/pointers_salt")),
        read_hashes(members["leaves"], f"{path}/leaves", MAX_FIELDS + 1),
        _parse_fields(members["fields"], f"{path}/fields"),
    )


def _parse_fields(value: JsonValue, path: str) -> tuple[DisclosedField, ...]:
    indexes, values, salts = [], [], []
    # The bulk of a bundle: the path of a field is only spelled out when something is wrong with it.
    for number, item in enumerate(read_array(value, path, MAX_FIELDS)):
        if type(item) is not dict or item.keys() != _FIELD_MEMBERS:
            read_members(item, f"{path}/{number}", _FIELD_MEMBERS)
            continue
        index, field_value = item["index"], item["value"]
        if type(index) is not int or not 0 <= index <= MAX_FIELDS:
            read_uint(index, MAX_FIELDS, f"{path}/{number}/index")
        if field_value and (type(field_value) is list or type(field_value) is dict):
            raise MalformedInput(
                "must not be a filled object or array", f"{path}/{number}/value", code="bundle.type"
            )
        indexes.append(index)
        values.append(field_value)
        salts.append(item["salt"])
    hashes = parse_hashes(salts, lambda number: f"{path}/{number}/salt")
    return tuple(map(DisclosedField._make, zip(indexes, values, hashes, strict=True)))


def _parse_entry(value: JsonValue, path: str) -> Entry:
    members = read_members(value, path, _ENTRY_MEMBERS)
    return Entry(
        read_uint(members["kind"], MAX_UINT16, f"{path}/kind"),
        Commitment(read_bytes(members["record"], 32, f"{path}/record")),
        Hash(read_bytes(members["author"], 32, f"{path}/author")),
        read_uint(members["claim_count"], MAX_UINT32, f"{path}/claim_count"),
        read_uint(members["not_before"], MAX_JSON_INTEGER, f"{path}/not_before"),
        read_uint(members["not_after"], MAX_JSON_INTEGER, f"{path}/not_after"),
        Hash(read_bytes(members["terms"], 32, f"{path}/terms")),
    )


def _parse_authorship(value: JsonValue, path: str) -> SignedAuthorship:
    members = read_members(value, path, _AUTHORSHIP_MEMBERS)
    institution = read_uint(members["institution"], MAX_INSTITUTION, f"{path}/institution")
    return SignedAuthorship(
        InstitutionNumber(institution),
        read_uint(members["signed_at"], MAX_JSON_INTEGER, f"{path}/signed_at"),
        Signature(read_bytes(members["signature"], 65, f"{path}/signature")),
        Address(read_bytes(members["signer"], 20, f"{path}/signer")),
    )


def _parse_inclusion(value: JsonValue, path: str) -> Inclusion:
    members = read_members(value, path, _INCLUSION_MEMBERS)
    return Inclusion(
        LogId(read_uint(members["log"], MAX_JSON_INTEGER, f"{path}/log")),
        read_uint(members["index"], MAX_JSON_INTEGER, f"{path}/index"),
        read_uint(members["size"], MAX_JSON_INTEGER, f"{path}/size"),
        read_hashes(members["path"], f"{path}/path", MAX_PROOF_NODES),
    )


def _parse_checkpoint(value: JsonValue, path: str) -> Checkpoint:
    members = read_members(value, path, _CHECKPOINT_MEMBERS)
    numbers = {
        name: read_uint(members[name], MAX_JSON_INTEGER, f"{path}/{name}")
        for name in ("log", "size", "previous_size", "anchored_at")
    }
    if not numbers["previous_size"] <= numbers["size"] or numbers["size"] == 0:
        raise MalformedInput(
            "must be at least previous_size, and not 0", f"{path}/size", code="bundle.checkpoint"
        )
    return Checkpoint(
        LogId(numbers["log"]),
        numbers["size"],
        Hash(read_bytes(members["root"], 32, f"{path}/root")),
        numbers["previous_size"],
        numbers["anchored_at"],
    )


def _parse_claims(value: JsonValue, path: str) -> ClaimStatement:
    members = read_members(value, path, _CLAIMS_MEMBERS)
    words = []
    for number, item in enumerate(read_array(members["words"], f"{path}/words", MAX_CLAIM_WORDS)):
        here = f"{path}/words/{number}"
        each = read_members(item, here, _WORD_MEMBERS)
        claim = ClaimKey(read_bytes(each["claim"], 32, f"{here}/claim"))
        words.append(StatedWord(claim, Hash(read_bytes(each["word"], 32, f"{here}/word"))))
    as_of_block = read_uint(members["as_of_block"], MAX_JSON_INTEGER, f"{path}/as_of_block")
    return ClaimStatement(as_of_block, tuple(words))


_TOP_MEMBERS: Final = frozenset(
    (
        "format",
        "commitment",
        "disclosure",
        "entry",
        "authorship",
        "inclusion",
        "checkpoint",
        "anchor",
        "claims",
    )
)
_DISCLOSURE_MEMBERS: Final = frozenset(("pointers", "pointers_salt", "leaves", "fields"))
_FIELD_MEMBERS: Final = frozenset(("index", "value", "salt"))
_ENTRY_MEMBERS: Final = frozenset(
    ("kind", "record", "author", "claim_count", "not_before", "not_after", "terms")
)
_AUTHORSHIP_MEMBERS: Final = frozenset(("institution", "signed_at", "signature", "signer"))
_INCLUSION_MEMBERS: Final = frozenset(("log", "index", "size", "path"))
_CHECKPOINT_MEMBERS: Final = frozenset(("log", "size", "previous_size", "root", "anchored_at"))
_CLAIMS_MEMBERS: Final = frozenset(("as_of_block", "words"))
_WORD_MEMBERS: Final = frozenset(("claim", "word"))
