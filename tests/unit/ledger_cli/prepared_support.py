"""An honest gateway's answer to "what shall I sign?", made from the verification core alone."""

from __future__ import annotations

from typing import Any

from ledger_cli.embedded.people import LI
from ledger_cli.embedded.scenario import VISITS, build_draft
from ledger_cli.pinned_files import Profile
from ledger_proofs.commitments import build_commitment
from ledger_proofs.eip712 import Authorship
from ledger_proofs.entry_terms import build_entry_terms
from ledger_proofs.records import format_utc_time, record_from_json

NOW = 1_763_800_000
SIGNING_KEY = bytes.fromhex("11" * 32)
SIGNER = "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"
RECORD_KEY = bytes(range(32))


def build_profile(**changes: Any) -> Profile:
    """The profile of a doctor at institution 1."""
    members: dict[str, Any] = {
        "gateway": "http://127.0.0.1:1",
        "institution": 1,
        "institution_name": LI.hospital.name_en,
        "institution_name_zh": LI.hospital.name_zh,
        "username": LI.username,
        "signer": SIGNER,
        "keyfile": "key.json",
        "chain_id": 20261,
        "genesis_hash": "0x" + "ab" * 32,
        "directory": "0x" + "01" * 20,
        "checkpoint_log": "0x" + "02" * 20,
        "claim_register": "0x" + "03" * 20,
    }
    return Profile(**(members | changes))


def build_asked_body() -> dict[str, Any]:
    """A body that a doctor wrote: a visit's draft, complete, with two windows."""
    draft: dict[str, Any] = build_draft(VISITS[0], 0)
    draft.pop("validity_days")
    return draft | {
        "claims": [
            {"ordinal": index, "line": index + 1, "part": 1, "quantity": line["quantity"]}
            for index, line in enumerate(draft["lines"])
        ],
        "windows": [
            {"not_before": format_utc_time(NOW + start), "not_after": format_utc_time(NOW + start + 86_400)}
            for start in (0, 28 * 86_400)
        ],
        "holders": [],
    }


def build_reply(body: dict[str, Any], profile: Profile, *, issued_at: int = NOW) -> dict[str, Any]:
    """What an honest gateway answers to prepare."""
    record: dict[str, Any] = {
        "schema": "rx.prescription/1",
        "id": "7f2c1e0a-58d1-4c0b-9f53-0c6f2f0f6a11",
        "issuer": profile.institution,
        "issued_at": format_utc_time(issued_at),
        "body": body,
    }
    return build_reply_of(record, profile)


def build_reply_of(record: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """What an honest gateway answers to prepare for a record of any kind."""
    parsed = record_from_json(record)
    issued_at = parsed.issued_at
    commitment = build_commitment(parsed.as_json(), RECORD_KEY).commitment
    windows = record["body"].get("windows", [{}])
    entries = []
    for window in range(len(windows)):
        terms = build_entry_terms(record, window)
        act = Authorship(
            institution=profile.institution,
            kind=terms.kind,
            record=commitment,
            claim_count=terms.claim_count,
            not_before=terms.not_before,
            not_after=terms.not_after,
            terms=terms.terms,
            signed_at=issued_at,
        )
        entries.append({"window": window, "typed_data": act.typed_data(profile.domain())})
    return {
        "preparation_id": "p-1",
        "record": record,
        "record_key": "0x" + RECORD_KEY.hex(),
        "commitment": "0x" + commitment.hex(),
        "entries": entries,
        "expires_at": format_utc_time(issued_at + 900),
    }
