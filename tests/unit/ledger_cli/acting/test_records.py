"""What is signed is what was asked for; what isn't known yet is said to be unknown."""

from __future__ import annotations

from typing import Any

import pytest

from ledger_cli.acting.outcomes import poll
from ledger_cli.acting.records import expecting, verify_reference
from ledger_cli.errors import CouldNotCheck, Refused
from ledger_cli.prepared import check_prepared, check_record
from ledger_proofs.records import format_utc_time
from tests.unit.ledger_cli.prepared_support import (
    NOW,
    build_asked_body,
    build_profile,
    build_reply,
    build_reply_of,
)

PROFILE = build_profile()
REVIEW: dict[str, Any] = {
    "schema": "rx.review/1",
    "id": "7f2c1e0a-58d1-4c0b-9f53-0c6f2f0f6a13",
    "issuer": 1,
    "issued_at": format_utc_time(NOW),
    "body": {"decision": "approved", "prescription": {"institution": 1, "id": "x", "commitment": "0x00"}},
}


def test_a_record_without_claims_has_one_entry_with_terms_of_zero() -> None:
    checked = check_record(build_reply_of(REVIEW, PROFILE), PROFILE, "rx.review/1", now=NOW)
    [authorship] = checked.authorships
    assert (authorship.kind, authorship.claim_count, authorship.terms) == (2, 0, bytes(32))


def test_a_record_of_another_kind_than_asked_for_is_not_signed() -> None:
    with pytest.raises(Refused, match="rx.void/1"):
        check_record(build_reply_of(REVIEW, PROFILE), PROFILE, "rx.void/1", now=NOW)


def test_a_second_entry_is_not_signed() -> None:
    reply = build_reply_of(REVIEW, PROFILE)
    reply["entries"] *= 2
    with pytest.raises(Refused, match="2 signatures"):
        check_record(reply, PROFILE, "rx.review/1", now=NOW)


@pytest.mark.parametrize(
    "members", [{"decision": "rejected"}, {"opinion": "none"}, {"prescription": {"institution": 1}}]
)
def test_a_member_that_differs_or_is_missing_is_named(members: dict[str, Any]) -> None:
    checked = check_record(build_reply_of(REVIEW, PROFILE), PROFILE, "rx.review/1", now=NOW)
    expecting(decision="approved", opinion=None)(checked)
    with pytest.raises(Refused, match=f"/body/{next(iter(members))}"):
        expecting(**members)(checked)


@pytest.mark.parametrize("shown", [None, {}, {"institution": 2, "id": "x"}, {"institution": 1, "id": "y"}])
def test_a_reference_to_another_record_is_refused(shown: object) -> None:
    with pytest.raises(Refused, match="/prescription"):
        verify_reference(shown, 1, "x", "/prescription")


def test_the_addresses_that_she_sent_are_those_of_the_record() -> None:
    holders = ["0x" + bytes([number] * 20).hex() for number in range(1, 65)]
    body = build_asked_body()
    count = len(body["claims"])
    honest = build_reply(body | {"holders": holders[:count]}, PROFILE)
    check_prepared(honest, PROFILE, now=NOW, holders=holders)
    swapped = build_reply(body | {"holders": holders[1 : count + 1]}, PROFILE)
    with pytest.raises(Refused, match="/body/holders"):
        check_prepared(swapped, PROFILE, now=NOW, holders=holders)


def test_addresses_that_she_never_made_are_not_signed() -> None:
    asked = build_asked_body()
    del asked["holders"]
    strange = build_reply(asked | {"holders": ["0x" + "aa" * 20] * len(asked["claims"])}, PROFILE)
    with pytest.raises(Refused, match="keys that you didn't make"):
        check_prepared(strange, PROFILE, now=NOW, asked_body=asked)


def test_what_stays_unknown_is_neither_done_nor_refused() -> None:
    with pytest.raises(CouldNotCheck) as unknown:
        poll(lambda: None, 0.0, "whether it was done", "是否完成")
    assert unknown.value.code == "act.not_yet_known" and "hand nothing over" in str(unknown.value)
