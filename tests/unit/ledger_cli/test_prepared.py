"""A doctor's client recomputes what it signs, and refuses whatever differs from what it shows."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_cli.errors import CommandError, Refused
from ledger_cli.prepared import check_prepared
from ledger_proofs.pointers import list_fields
from ledger_proofs.records import format_utc_time
from ledger_proofs.signatures import recover_signer
from tests.unit.ledger_cli.prepared_support import (
    NOW,
    SIGNER,
    SIGNING_KEY,
    build_asked_body,
    build_profile,
    build_reply,
)


def test_an_honest_answer_is_signed_once_per_window() -> None:
    profile, body = build_profile(), build_asked_body()
    checked = check_prepared(build_reply(body, profile), profile, now=NOW, asked_body=body)
    signatures = checked.sign(SIGNING_KEY)
    assert len(signatures) == 2
    for act, signature in zip(checked.authorships, signatures, strict=True):
        assert recover_signer(act.digest(profile.domain()), signature).hex() == SIGNER[2:]


def _set(reply: dict[str, Any], path: str, value: object) -> None:
    *parents, last = path.strip("/").split("/")
    node: Any = reply
    for part in parents:
        node = node[int(part)] if isinstance(node, list) else node[part]
    if isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/record/body/patient/name", "李四"),
        ("/record/body/lines/0/dose/value", "50"),
        ("/record/body/windows/1/not_after", format_utc_time(NOW + 90 * 86_400)),
        ("/record/id", "7f2c1e0a-58d1-4c0b-9f53-0c6f2f0f6a12"),
        ("/record/issuer", 2),
        ("/record/schema", "rx.dispensing/1"),
        ("/record_key", "0x" + "00" * 32),
        ("/record_key", "0x00"),
        ("/commitment", "0x" + "00" * 32),
        ("/entries/0/window", 1),
        ("/entries/0/typed_data/domain/chainId", 1),
        ("/entries/0/typed_data/domain/verifyingContract", "0x" + "09" * 20),
        ("/entries/0/typed_data/domain/name", "Other"),
        ("/entries/0/typed_data/primaryType", "Presentation"),
        ("/entries/0/typed_data/message/record", "0x" + "00" * 32),
        ("/entries/0/typed_data/message/claimCount", 64),
        ("/entries/1/typed_data/message/notAfter", NOW + 10**8),
        ("/entries/0/typed_data/message/terms", "0x" + "05" * 32),
        ("/entries/0/typed_data/message/institution", 2),
        ("/entries/0/typed_data/message/kind", 2),
        ("/entries/0/typed_data/message/signedAt", NOW + 1),
        ("/entries", []),
        ("/record/body/windows", []),
    ],
)
def test_any_difference_between_shown_and_signed_is_refused(path: str, value: object) -> None:
    profile = build_profile()
    reply = copy.deepcopy(build_reply(build_asked_body(), profile))
    _set(reply, path, value)
    with pytest.raises(Refused) as refused:
        check_prepared(reply, profile, now=NOW)
    assert refused.value.code == "sign.differs"
    assert "NOT signed" in refused.value.text.en


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["lines"][0].update(name="另一种药"),
        lambda body: body.update(note="追加"),
        lambda body: body["windows"].pop(),
        lambda body: body.pop("supply_reason"),
        lambda body: body["lines"][0].update(number=True),
    ],
    ids=["another drug", "an added note", "a window less", "a member left out", "a number as true"],
)
def test_a_gateway_that_commits_to_another_body_than_the_file_is_refused(
    change: Callable[[dict[str, Any]], object],
) -> None:
    profile, asked = build_profile(), build_asked_body()
    altered = copy.deepcopy(asked)
    change(altered)
    with pytest.raises(Refused, match="file"):
        check_prepared(build_reply(altered, profile), profile, now=NOW, asked_body=asked)


def test_the_domain_comes_from_the_profile_and_not_from_the_answer() -> None:
    theirs, ours = build_profile(claim_register="0x" + "66" * 20), build_profile()
    with pytest.raises(Refused, match="`domain`"):
        check_prepared(build_reply(build_asked_body(), theirs), ours, now=NOW)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_signed_time_away_from_the_clock_is_refused(seconds: int) -> None:
    profile = build_profile()
    with pytest.raises(Refused, match="clock"):
        check_prepared(build_reply(build_asked_body(), profile), profile, now=NOW + seconds)


@settings(max_examples=100, deadline=None)
@given(
    choice=st.randoms(use_true_random=False),
    value=st.none() | st.integers() | st.text(max_size=5) | st.just([]),
)
def test_an_answer_with_any_field_replaced_is_never_signed_silently(choice: Any, value: object) -> None:
    profile = build_profile()
    reply = build_reply(build_asked_body(), profile)
    pointers = [field.pointer for field in list_fields(reply)]
    mutated = copy.deepcopy(reply)
    pointer = choice.choice(pointers)
    before = copy.deepcopy(mutated)
    try:
        _set(mutated, pointer, value)
    except (KeyError, IndexError, ValueError, TypeError):
        return
    if mutated == before or pointer in ("/expires_at", "/preparation_id"):
        return
    with pytest.raises(CommandError):
        check_prepared(mutated, profile, now=NOW)
