"""Page and Python client agree on records of every kind, on hand-over codes, and on what these sign."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_cli.acting.dispensing_check import DispensingRequest, Taking, sign_use
from ledger_cli.acting.holder import sign_readings
from ledger_cli.errors import CommandError
from ledger_cli.gateway_client import MAX_REPLY_BYTES, MAX_REPLY_DEPTH
from ledger_cli.pinned_files import pinned_bytes
from ledger_cli.prepared import CheckedRecord, check_record
from ledger_proofs.canonical import parse_json
from ledger_proofs.claims import claim_key
from ledger_proofs.commitments import build_commitment
from ledger_proofs.eip712 import Authorship
from ledger_proofs.entry_terms import build_entry_terms
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.handover import HandoverCode, build_handover_text, parse_handover_code, part_of
from ledger_proofs.holders import holder_addresses
from ledger_proofs.kinds import KINDS
from ledger_proofs.pointers import list_fields
from ledger_proofs.records import format_utc_time, record_from_json
from ledger_proofs.types import InstitutionNumber
from tests.factories import seeded_bytes
from tests.integration.javascript.conftest import BrowserCode
from tests.integration.javascript.test_browser_twin import REPLACEMENTS, place
from tests.unit.ledger_cli.prepared_support import NOW, RECORD_KEY, SIGNING_KEY, build_profile

SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PROFILE = build_profile()
SEED = seeded_bytes("code seed")
HOSPITAL, RECORD_ID, COMMITMENT = 2, "0d2a3c6f-5c0f-4f0e-9f57-6f0b6a521b11", seeded_bytes("commitment")
ORDINALS = (0, 2, 5)
SIGNABLE = [f"rx.{kind.name}/1" for kind in KINDS.values() if not kind.carries_claims]
SEEDS = st.binary(min_size=32, max_size=32)


def dispensing_body() -> dict[str, Any]:
    keys = sorted(claim_key(HOSPITAL, 1, COMMITMENT, NOW, ordinal) for ordinal in ORDINALS)
    return {
        "prescriptions": [
            {
                "institution": HOSPITAL,
                "id": RECORD_ID,
                "commitment": "0x" + COMMITMENT.hex(),
                "window": 0,
                "not_before": format_utc_time(NOW),
                "claims": [{"ordinal": ordinal, "line": 1} for ordinal in ORDINALS],
            }
        ],
        "use": {
            "kind": 1,
            "spender": PROFILE.institution,
            "payer": 301,
            "claims": [
                {"claim": "0x" + key.hex(), "restore_count": number} for number, key in enumerate(keys)
            ],
            "packs": [{"token": "0x" + "11" * 32, "total_units": 28, "units_used": 7}],
        },
    }


def invoice_use() -> dict[str, Any]:
    use: dict[str, Any] = dispensing_body()["use"]
    return use | {"kind": 10, "payer": 0, "packs": []}


def build_reply(schema: str, body: dict[str, Any]) -> dict[str, Any]:
    """A gateway's answer. A body that has no terms gets those of an honest one: only the check can tell."""
    record: dict[str, Any] = {
        "schema": schema,
        "id": "7f2c1e0a-58d1-4c0b-9f53-0c6f2f0f6a11",
        "issuer": PROFILE.institution,
        "issued_at": format_utc_time(NOW),
        "body": body,
    }
    commitment = build_commitment(record_from_json(record).as_json(), RECORD_KEY).commitment
    try:
        terms = build_entry_terms(record)
    except LedgerProofError:
        honest = dispensing_body() if schema == "rx.dispensing/1" else {}
        terms = build_entry_terms(record | {"body": honest})
    act = Authorship(
        PROFILE.institution, terms.kind, commitment, terms.claim_count, 0, 0, terms.terms, signed_at=NOW
    )
    return {
        "preparation_id": "p-1",
        "record": record,
        "record_key": "0x" + RECORD_KEY.hex(),
        "commitment": "0x" + commitment.hex(),
        "entries": [{"window": 0, "typed_data": act.typed_data(PROFILE.domain())}],
    }


def core_checks(reply: object, schema: str) -> CheckedRecord | None:
    try:
        parsed = parse_json(json.dumps(reply).encode(), max_bytes=MAX_REPLY_BYTES, max_depth=MAX_REPLY_DEPTH)
        return check_record(parsed, PROFILE, schema, now=NOW)
    except (CommandError, LedgerProofError):
        return None


def page_checks(browser_code: BrowserCode, reply: object, schema: str) -> dict[str, Any]:
    return browser_code.ask(
        act="check",
        reply=json.dumps(reply),
        profile=pinned_bytes(PROFILE).decode(),
        now=NOW,
        asked_body=None,
        private_key=SIGNING_KEY.hex(),
        schema=schema,
    )


@pytest.mark.parametrize("schema", SIGNABLE)
@pytest.mark.parametrize("use", [None, "dispensing", "invoice"])
def test_every_kind_is_signed_alike_or_refused_by_both(
    browser_code: BrowserCode, schema: str, use: str | None
) -> None:
    uses = {None: {}, "dispensing": {"use": dispensing_body()["use"]}, "invoice": {"use": invoice_use()}}
    body: dict[str, Any] = {"note": "备注", **uses[use]}
    reply = build_reply(schema, body)
    checked, answer = core_checks(reply, schema), page_checks(browser_code, reply, schema)
    if checked is None:
        assert answer == {"refused": "prepared.window"}
        return
    assert answer["commitment"] == "0x" + checked.commitment.hex()
    assert answer["signatures"] == ["0x" + each.hex() for each in checked.sign(SIGNING_KEY)]
    assert answer["shown_count"] == len(list_fields(checked.record.as_json()))


def test_kinds_that_state_a_use_are_the_only_ones_taken_with_one(browser_code: BrowserCode) -> None:
    body = {"use": invoice_use()}
    taken = [schema for schema in SIGNABLE if core_checks(build_reply(schema, body), schema) is not None]
    assert taken == ["rx.settlement/1"]


@SETTINGS
@given(choice=st.randoms(use_true_random=False), value=REPLACEMENTS, remove=st.booleans())
def test_an_altered_use_is_refused_by_both_or_by_neither(
    browser_code: BrowserCode, choice: Any, value: Any, remove: bool
) -> None:
    """The hostile gateway does its work well: commitment and typed data fit, as far as the body has terms."""
    honest = dispensing_body()
    body = copy.deepcopy(honest)
    pointers = [field.pointer for field in list_fields({"use": honest["use"]})]
    parent, last = place(body, choice.choice(pointers))
    if remove:
        del parent[last]
    else:
        parent[last] = value
    reply = build_reply("rx.dispensing/1", body)
    checked = core_checks(reply, "rx.dispensing/1")
    answer = page_checks(browser_code, reply, "rx.dispensing/1")
    assert ("refused" not in answer) == (checked is not None), answer
    if checked is not None:
        assert answer["signatures"] == ["0x" + each.hex() for each in checked.sign(SIGNING_KEY)]


def code_of(seed: bytes, ordinals: set[int] | None = None) -> HandoverCode:
    whole = HandoverCode(InstitutionNumber(HOSPITAL), RECORD_ID, 0, seed=seed)
    return whole if ordinals is None else part_of(whole, ordinals)


@settings(SETTINGS, max_examples=60)
@given(seed=SEEDS, ordinals=st.sets(st.integers(0, 63), min_size=1, max_size=6), is_whole=st.booleans())
def test_codes_parts_addresses_and_readings_are_the_cores(
    browser_code: BrowserCode, seed: bytes, ordinals: set[int], is_whole: bool
) -> None:
    code = code_of(seed, None if is_whole else ordinals)
    domain = PROFILE.domain()
    answer = browser_code.ask(
        act="handover",
        text=build_handover_text(code),
        ordinals=sorted(ordinals),
        spender=201,
        chain_id=domain.chain_id,
        register="0x" + domain.register.hex(),
        at=NOW,
    )
    assert answer == {
        "institution": HOSPITAL,
        "record_id": RECORD_ID,
        "window": 0,
        "ordinals": None if is_whole else sorted(ordinals),
        "part": build_handover_text(part_of(code, ordinals)),
        "readings": sign_readings(code, 201, domain, now=NOW),
    }
    addresses = browser_code.ask(act="addresses", seed=seed.hex(), count=5)["addresses"]
    assert addresses == ["0x" + address.hex() for address in holder_addresses(seed, 5)]


CODE_TEXT = build_handover_text(code_of(SEED, {1, 12}))


@SETTINGS
@given(
    at=st.integers(0, len(CODE_TEXT)),
    length=st.integers(0, 3),
    piece=st.text(alphabet="0169AFX:-hp１ \n", max_size=3),
)
def test_the_same_codes_are_refused(browser_code: BrowserCode, at: int, length: int, piece: str) -> None:
    text = CODE_TEXT[:at] + piece + CODE_TEXT[at + length :]
    try:
        code = parse_handover_code(text)
    except LedgerProofError:
        code = None
    ordinals = [] if code is None else list(code.keys or {})
    answer = browser_code.ask(
        act="handover", text=text, ordinals=ordinals, spender=0, chain_id=1, register="0x" + "03" * 20, at=0
    )
    if code is None:
        assert answer == {"refused": "handover.malformed"}
    else:
        assert (answer["ordinals"], answer["part"]) == (ordinals, text)


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_dispensing_s_presentations_are_the_cores(browser_code: BrowserCode, is_whole: bool) -> None:
    code = code_of(SEED, None if is_whole else set(ORDINALS))
    reply = build_reply("rx.dispensing/1", dispensing_body())
    checked = core_checks(reply, "rx.dispensing/1")
    assert checked is not None
    request = DispensingRequest((Taking.of_code(code, ORDINALS),), (), ())
    answer = browser_code.ask(
        act="take",
        reply=json.dumps(reply),
        profile=pinned_bytes(PROFILE).decode(),
        now=NOW,
        schema="rx.dispensing/1",
        codes=[build_handover_text(code)],
        at=NOW,
    )
    assert answer["presentations"] == sign_use(checked, reply, request, now=NOW)
    assert len(answer["presentations"]) == len(ORDINALS)
