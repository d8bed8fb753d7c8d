"""Trust files: which chain and contracts count, and who seals that chain's blocks (protocol 9.2).

Version 1 pins chain and contracts. Version 2 adds the hashes of the contracts' code and a dated history of
validators: with these a bundle can be verified without a node. A trust file comes from someone whom the
verifier trusts, never from whoever gave the bundle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger_proofs.canonical import parse_json
from ledger_proofs.chain_view import CodeHashes, Trust
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import read_array, read_blob, read_bytes, read_members, read_uint, to_hex
from ledger_proofs.qbft import MAX_VALIDATORS
from ledger_proofs.records import format_utc_time, parse_utc_time
from ledger_proofs.types import MAX_JSON_INTEGER, Address, Hash, JsonValue
from ledger_proofs.validators import ValidatorHistory, ValidatorSet, verify_history

FORMAT: Final = "rxledger.trust/1"
FORMAT_WITH_VALIDATORS: Final = "rxledger.trust/2"
MAX_TRUST_BYTES: Final = 1024 * 1024
MAX_TRUST_DEPTH: Final = 8
MAX_SETS: Final = 1024

_CHAIN: Final = frozenset(
    ("format", "chain_id", "genesis_hash", "directory", "checkpoint_log", "claim_register")
)
_CODE: Final = frozenset(("directory", "checkpoint_log", "claim_register"))


@dataclass(frozen=True, slots=True)
class TrustFile:
    """A trust, with the note that its writer left (such as: a single-node development chain)."""

    trust: Trust
    note: str = ""


def parse_trust_file(content: bytes) -> TrustFile:
    """Parse a trust file's bytes, and check the headers that it carries against its own history.

    Raises `MalformedInput` with the pointer of what is wrong, or `ProofInvalid` for a carried header that
    contradicts the history.
    """
    return trust_file_from_json(parse_json(content, max_bytes=MAX_TRUST_BYTES, max_depth=MAX_TRUST_DEPTH))


def trust_file_from_json(value: JsonValue) -> TrustFile:
    """Read a trust file from a parsed document. Raises as `parse_trust_file`."""
    if type(value) is not dict or value.get("format") not in (FORMAT, FORMAT_WITH_VALIDATORS):
        raise MalformedInput(
            f'must be "{FORMAT}" or "{FORMAT_WITH_VALIDATORS}"', "/format", code="trust.format"
        )
    is_sealed = value["format"] == FORMAT_WITH_VALIDATORS
    noted = {"note": "", **value}
    names = _CHAIN | {"note"} | ({"code_hashes", "validators"} if is_sealed else set())
    unknown = sorted(noted.keys() - names)
    if unknown:
        raise MalformedInput("has no such member", f"/{unknown[0]}", code="trust.member")
    members = read_members(noted, "", names)
    if type(members["note"]) is not str:
        raise MalformedInput("must be a string", "/note", code="trust.member")
    if members["chain_id"] == 0:
        raise MalformedInput("must not be 0", "/chain_id", code="trust.member")
    genesis_hash = Hash(read_bytes(members["genesis_hash"], 32, "/genesis_hash"))
    trust = Trust(
        read_uint(members["chain_id"], MAX_JSON_INTEGER, "/chain_id"),
        genesis_hash,
        _read_address(members["directory"], "/directory"),
        _read_address(members["checkpoint_log"], "/checkpoint_log"),
        _read_address(members["claim_register"], "/claim_register"),
        _read_code_hashes(members["code_hashes"]) if is_sealed else None,
        _read_history(members["validators"], genesis_hash) if is_sealed else None,
    )
    return TrustFile(trust, members["note"])


def trust_file_as_json(file: TrustFile) -> dict[str, JsonValue]:
    """Return a trust file as a JSON object. Raises `MalformedInput` for a time that has no calendar date."""
    trust = file.trust
    pinned: dict[str, JsonValue] = {
        "format": FORMAT if trust.validators is None else FORMAT_WITH_VALIDATORS,
        "chain_id": trust.chain_id,
        "genesis_hash": to_hex(trust.genesis_hash),
        "directory": to_hex(trust.directory),
        "checkpoint_log": to_hex(trust.checkpoint_log),
        "claim_register": to_hex(trust.claim_register),
        "note": file.note,
    }
    if trust.validators is not None and trust.code_hashes is not None:
        codes = trust.code_hashes
        pinned["code_hashes"] = {name: to_hex(getattr(codes, name)) for name in sorted(_CODE)}
        pinned["validators"] = _history_as_json(trust.validators)
    return pinned


def _history_as_json(history: ValidatorHistory) -> dict[str, JsonValue]:
    return {
        "as_of": format_utc_time(history.as_of),
        "as_of_block": history.as_of_block,
        "history": [
            {
                "from_block": each.from_block,
                "validators": [to_hex(validator) for validator in each.validators],
                "header": None if each.header is None else to_hex(each.header),
            }
            for each in history.sets
        ],
    }


def _read_code_hashes(value: JsonValue) -> CodeHashes:
    members = read_members(value, "/code_hashes", _CODE)
    hashes = {name: Hash(read_bytes(members[name], 32, f"/code_hashes/{name}")) for name in _CODE}
    return CodeHashes(**hashes)


def _read_history(value: JsonValue, genesis_hash: Hash) -> ValidatorHistory:
    path = "/validators"
    members = read_members(value, path, frozenset(("as_of", "as_of_block", "history")))
    sets = [
        _read_set(each, f"{path}/history/{number}")
        for number, each in enumerate(read_array(members["history"], f"{path}/history", MAX_SETS))
    ]
    history = ValidatorHistory(
        parse_utc_time(members["as_of"], f"{path}/as_of"),
        read_uint(members["as_of_block"], MAX_JSON_INTEGER, f"{path}/as_of_block"),
        tuple(sets),
    )
    verify_history(history, genesis_hash)
    return history


def _read_set(value: JsonValue, path: str) -> ValidatorSet:
    members = read_members(value, path, frozenset(("from_block", "validators", "header")))
    validators = read_array(members["validators"], f"{path}/validators", MAX_VALIDATORS)
    header = members["header"]
    return ValidatorSet(
        read_uint(members["from_block"], MAX_JSON_INTEGER, f"{path}/from_block"),
        tuple(_read_address(each, f"{path}/validators/{number}") for number, each in enumerate(validators)),
        None if header is None else read_blob(header, f"{path}/header"),
    )


def _read_address(value: JsonValue, path: str) -> Address:
    """An address, in whatever case it was copied."""
    return Address(read_bytes(value.lower() if type(value) is str else value, 20, path))
