"""The protocol's worked numbers: one small prescription carried through every hash."""

from __future__ import annotations

from typing import Any

from ledger_proofs import merkle
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.claims import (
    ClaimStatus,
    ClaimWord,
    PackWord,
    claim_key,
    holders_hash,
    use_digest,
    use_hash,
)
from ledger_proofs.commitments import build_commitment, derive_body_key
from ledger_proofs.eip712 import Authorship, ClaimUse, Domain, PackUse, Presentation, Use
from ledger_proofs.entries import Entry
from ledger_proofs.entry_terms import build_entry_terms
from ledger_proofs.handover import HandoverCode, build_handover_text, part_of
from ledger_proofs.holders import derive_holder_key, holder_addresses
from ledger_proofs.packs import pack_token, parse_pack_code
from ledger_proofs.peer_requests import build_peer_authorization, build_peer_request
from ledger_proofs.presentations import build_reading, reading_claim, sign_presentation
from ledger_proofs.signatures import address_of_key, author_hash, sign_digest
from ledger_proofs.storage_layout import checkpoint_slots, claim_slot
from ledger_proofs.types import (
    Address,
    Commitment,
    Hash,
    InstitutionNumber,
    JsonValue,
    LogId,
    PackToken,
    RecordKey,
    log_id,
)
from ledger_proofs.uses import use_as_json

RECORD: dict[str, JsonValue] = {
    "schema": "rx.prescription/1",
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "issuer": 1,
    "issued_at": "2026-11-22T01:00:00Z",
    "body": {
        "claims": [{"ordinal": 0, "line": 1, "part": 1, "quantity": {"value": "1", "unit": "盒"}}],
        "windows": [{"not_before": "2026-11-22T01:00:00Z", "not_after": "2026-11-24T15:59:59Z"}],
        "holders": ["0x" + address_of_key(bytes(31) + b"\x02").hex()],
        "note": None,
        "repeats": [],
    },
}
RECORD_KEY = RecordKey(bytes(range(32)))
DOCTOR_KEY = bytes(31) + b"\x01"
HOLDER_KEY = bytes(31) + b"\x02"
SEED = bytes(range(32, 64))
PACK_KEY = bytes(range(64, 96))
DOMAIN = Domain(20261, Address(bytes.fromhex("5fbdb2315678afecb367f032d93f642f64180aa3")))
SIGNED_AT, ANCHORED_AT, USED_AT = 1_795_309_200, 1_795_309_202, 1_795_312_800


def build_worked_numbers() -> dict[str, dict[str, Any]]:
    """Return the numbers by section and name; bytes as `0x` and hex."""
    committed = build_commitment(RECORD, RECORD_KEY)
    sections: dict[str, dict[str, Any]] = {
        "record and commitment": {
            "canonical bytes": canonical_bytes(RECORD).decode(),
            "record key": RECORD_KEY,
            "body key": derive_body_key(RECORD_KEY),
            "pointers": list(committed.pointers),
            "salt 0": committed.salts[0],
            "leaf 0": committed.leaves[0],
            "salt 1": committed.salts[1],
            "leaf 1": committed.leaves[1],
            "leaves": len(committed.leaves),
            "root": merkle.root(committed.leaves),
            "commitment": committed.commitment,
        }
    }
    entry, signing = _entry_numbers(committed.commitment)
    sections["entry and author"] = signing
    sections["claims and use"] = _use_numbers(entry)
    sections["log and checkpoint"] = _log_numbers(entry)
    sections["holders and hand-over codes"] = _holder_numbers()
    sections["packs"] = _pack_numbers()
    sections["dispensing"] = _dispensing_numbers(entry)
    sections["reading presentations and peer requests"] = _exchange_numbers()
    return {
        title: {name: _plain(value) for name, value in numbers.items()} for title, numbers in sections.items()
    }


def render_appendix(numbers: dict[str, dict[str, Any]]) -> str:
    """Return the appendix as Markdown."""
    lines = [
        "",
        "Computed by `scripts/generate_vectors.py` (which also writes them to "
        "`tests/vectors/worked_numbers.json`) and checked by a test. "
        "The doctor's key is the number 1, the holder's key (and the peer's account) the number 2;",
        f"the domain has chain id {DOMAIN.chain_id} and the register `0x{DOMAIN.register.hex()}`.",
    ]
    for title, rows in numbers.items():
        lines += ["", f"### {title.capitalize()}", "", "```"]
        width = max(len(name) for name in rows)
        lines += [f"{name:<{width}}  {_cell(value, width)}" for name, value in rows.items()]
        lines.append("```")
    return "\n".join(lines) + "\n"


def _entry_numbers(commitment: Commitment) -> tuple[Entry, dict[str, Any]]:
    terms = build_entry_terms(RECORD)
    window = (terms.not_before, terms.not_after)
    message = Authorship(1, terms.kind, commitment, terms.claim_count, *window, terms.terms, SIGNED_AT)
    signature = sign_digest(message.digest(DOMAIN), DOCTOR_KEY)
    entry = Entry(terms.kind, commitment, author_hash(signature), terms.claim_count, *window, terms.terms)
    return entry, {
        "holders hash": holders_hash([address_of_key(HOLDER_KEY)]),
        "not before": terms.not_before,
        "not after": terms.not_after,
        "signed at": SIGNED_AT,
        "domain separator": DOMAIN.separator(),
        "Authorship struct hash": message.struct_hash(),
        "Authorship digest": message.digest(DOMAIN),
        "signature": signature,
        "signer": address_of_key(DOCTOR_KEY),
        "author": entry.author,
        "entry bytes": entry.to_bytes(),
        "leaf hash": entry.leaf_hash(),
    }


def _use_numbers(entry: Entry) -> dict[str, Any]:
    key = claim_key(1, entry.kind, entry.record, entry.not_before, 0)
    token, into = PackToken(bytes([0xAA]) * 32), Commitment(bytes([0xBB]) * 32)
    use = Use(entry.kind, 2, 3, (ClaimUse(key, 0),), (PackUse(token, 28, 28),))
    digest = use_digest(into, use_hash(use), 2, USED_AT)
    presentation = Presentation(key, 0, 2, use_hash(use), into, USED_AT + 300)
    return {
        "claim key of ordinal 0": key,
        "claim slot": claim_slot(key),
        "spender": 2,
        "payer": 3,
        "pack token": token,
        "into": into,
        "use hash": use_hash(use),
        "use digest (240 bits)": digest.to_bytes(30, "big"),
        "time of use": USED_AT,
        "claim word, dispensed": ClaimWord(ClaimStatus.DISPENSED, 0, digest).to_bytes(),
        "claim word, settled": ClaimWord(ClaimStatus.SETTLED, 0, digest).to_bytes(),
        "claim word, restored once": ClaimWord(ClaimStatus.UNUSED, 1, 0).to_bytes(),
        "pack word, 28 of 28 used": PackWord(28, 28, 0).to_bytes(),
        "Presentation digest": presentation.digest(DOMAIN),
        "presentation": sign_digest(presentation.digest(DOMAIN), HOLDER_KEY),
    }


def _log_numbers(entry: Entry) -> dict[str, Any]:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(2)] + [entry.leaf_hash()]
    log: LogId = log_id(1, 1)
    root: Hash = merkle.root(leaves)
    checkpoint = Checkpoint(log, 3, root, 2, ANCHORED_AT)
    slots, words = checkpoint_slots(log, 3), checkpoint.words()
    return {
        "log": log,
        "leaf data 0, 1": "0x00, 0x01",
        "leaf data 2": "the entry bytes above",
        "root of size 2": merkle.root(leaves[:2]),
        "root of size 3": root,
        "inclusion of 2 in 3": merkle.inclusion_proof(leaves, 2),
        "consistency of 2 to 3": merkle.consistency_proof(leaves, 2),
        "anchored at": ANCHORED_AT,
        "checkpoint slot 0": slots[0],
        "checkpoint slot 1": slots[1],
        "checkpoint word 0": words[0],
        "checkpoint word 1": words[1],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _cell(value: Any, width: int) -> str:
    if isinstance(value, list):
        return f"\n{' ' * (width + 2)}".join(str(each) for each in value)
    return str(value)


def _holder_numbers() -> dict[str, Any]:
    whole = HandoverCode(InstitutionNumber(1), str(RECORD["id"]), 0, seed=SEED)
    return {
        "code seed": SEED,
        "key of claim 0": derive_holder_key(SEED, 0),
        "key of claim 1": derive_holder_key(SEED, 1),
        "address of claim 0": holder_addresses(SEED, 2)[0],
        "address of claim 1": holder_addresses(SEED, 2)[1],
        "whole code": build_handover_text(whole),
        "code of claim 1": build_handover_text(part_of(whole, [1])),
    }


def _pack_numbers() -> dict[str, Any]:
    chinese = parse_pack_code("81234560000012345678")
    scanned = parse_pack_code("]d20109506000134352172612311" + "0AB-1\x1d21S7")
    return {
        "pack key": PACK_KEY,
        "canonical, 20 digits": chinese.canonical,
        "token, 20 digits": pack_token(PACK_KEY, chinese),
        "readable GS1 code": "(01)09506000134352(17)261231(10)AB-1(21)S7",
        "canonical, GS1": scanned.canonical,
        "token, GS1": pack_token(PACK_KEY, scanned),
    }


def _dispensing_numbers(entry: Entry) -> dict[str, Any]:
    token = pack_token(PACK_KEY, parse_pack_code("81234560000012345678"))
    claim = claim_key(1, entry.kind, entry.record, entry.not_before, 0)
    use = Use(entry.kind, 2, 3, (ClaimUse(claim, 0),), (PackUse(token, 28, 28),))
    record: dict[str, JsonValue] = {
        "schema": "rx.dispensing/1",
        "id": "01890a5d-ac96-774b-bcce-b302099a8058",
        "issuer": 2,
        "issued_at": "2026-11-22T02:00:00Z",
        "body": {"use": use_as_json(use)},
    }
    committed = build_commitment(record, RECORD_KEY)
    terms = build_entry_terms(record)
    into, used = committed.commitment, terms.terms
    presentation = Presentation(claim, 0, 2, used, into, USED_AT + 300)
    return {
        "canonical bytes": canonical_bytes(record).decode(),
        "commitment": into,
        "entry's claim count": terms.claim_count,
        "entry's terms": used,
        "Presentation digest": presentation.digest(DOMAIN),
        "presentation": sign_presentation(presentation, DOMAIN, HOLDER_KEY),
    }


def _exchange_numbers() -> dict[str, Any]:
    name = reading_claim(1, str(RECORD["id"]), 0, 0)
    reading = build_reading(name, 0, 2, USED_AT + 300)
    target = f"/v1/peer/prescriptions/{RECORD['id']}/presentations"
    request = build_peer_request(2, 1, "POST", target, b"{}", USED_AT)
    signature = sign_digest(request.digest(DOMAIN), HOLDER_KEY)
    return {
        "reading name of ordinal 0": name,
        "reading digest": reading.digest(DOMAIN),
        "reading presentation": sign_presentation(reading, DOMAIN, derive_holder_key(SEED, 0)),
        "target": target,
        "body": "{}",
        "PeerRequest digest": request.digest(DOMAIN),
        "Authorization": build_peer_authorization(request, signature),
    }
