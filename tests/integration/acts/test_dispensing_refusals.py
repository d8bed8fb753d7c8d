"""What dispensing refuses before anything is signed, and before anything is spent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger_api.dispenses import chosen_packs
from ledger_api.packs.policy import DEFAULT_POLICY, PackFlag, PolicyAction
from ledger_chain.engines import AnvilEngine
from tests.support.acting import read_refusal, signer
from tests.support.counter import (
    TWO_LINES,
    Prescribed,
    approve,
    build_dispensing,
    dispense,
    fetch,
    open_window,
    prescribe,
    sign_use,
    unknown_pack,
)
from tests.two_gateways import (
    HOSPITAL,
    INSURER,
    PHARMACY,
    TwoGateways,
    deploy_for_two,
    run_two_gateways,
)

pytestmark = [pytest.mark.integration, pytest.mark.chain]

NOUN = "dispensings"
TWO_PRICES = [{"line": 1, "unit_price_minor": 100}, {"line": 2, "unit_price_minor": 200}]
DAY = 86_400


@pytest.fixture(scope="module")
def made(two_gateways: TwoGateways) -> Prescribed:
    """Two lines, three claims; nothing of it is ever dispensed here."""
    made = prescribe(two_gateways, TWO_LINES)
    open_window(two_gateways, made)
    return made


def _refused(
    gateways: TwoGateways, request: dict[str, Any], name: str = "phil"
) -> tuple[int, str, list[str]]:
    answer = signer(gateways, name).post(f"/v1/{NOUN}/prepare", request)
    status, code = read_refusal(answer)
    return status, code, [each["pointer"] for each in answer.json()["errors"]]


def test_nothing_wrong_is_prepared(two_gateways: TwoGateways, made: Prescribed) -> None:
    prepared = signer(two_gateways, "phil").prepare(NOUN, build_dispensing(made, prices=TWO_PRICES))
    assert prepared["record"]["body"]["charges"]["total_minor"] == 400
    assert len(prepared["presentations_to_sign"]) == 3


def test_what_was_not_fetched_is_not_dispensed(two_gateways: TwoGateways, made: Prescribed) -> None:
    other = Prescribed(HOSPITAL, str(uuid.uuid4()), 1, made.seed)
    not_here: tuple[int, str, list[str]] = (404, "received-prescription-not-found", [])
    assert _refused(two_gateways, build_dispensing(other)) == not_here
    assert _refused(two_gateways, build_dispensing(made, prices=TWO_PRICES), "rita") == not_here
    own = Prescribed(PHARMACY, str(uuid.uuid4()), 1, made.seed)
    assert _refused(two_gateways, build_dispensing(own))[:2] == (404, "prescription-not-found")


def test_the_pharmacys_own_review_is_needed(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways)
    assert fetch(two_gateways, made).status_code == 201
    assert _refused(two_gateways, build_dispensing(made))[:2] == (409, "review-missing")
    approve(two_gateways, made, "phil")
    assert signer(two_gateways, "phil").prepare(NOUN, build_dispensing(made))


def test_a_hospital_needs_its_review_for_its_own(two_gateways: TwoGateways) -> None:
    made = prescribe(two_gateways, reviewer=None, with_holders=False)
    assert _refused(two_gateways, build_dispensing(made), "pia")[:2] == (409, "review-missing")


def test_only_pharmacists_dispense(two_gateways: TwoGateways, made: Prescribed) -> None:
    for name in ("amy", "adam", "his-201", "anna"):
        assert _refused(two_gateways, build_dispensing(made), name)[:2] == (403, "role-missing")


@pytest.mark.parametrize(
    ("ordinals", "pointers"),
    [([3], ["/prescriptions/0/ordinals/0"]), ([0, 0], ["/prescriptions/0/ordinals/1"])],
)
def test_claims_are_chosen_once_and_exist(
    two_gateways: TwoGateways, made: Prescribed, ordinals: list[int], pointers: list[str]
) -> None:
    refused = _refused(two_gateways, build_dispensing(made, ordinals))
    assert refused == (422, "claims-choice-invalid", pointers)


def test_a_window_stands_once(two_gateways: TwoGateways, made: Prescribed) -> None:
    request = build_dispensing(made, [0])
    request["prescriptions"] = [*request["prescriptions"], request["prescriptions"][0] | {"ordinals": [2]}]
    assert _refused(two_gateways, request) == (422, "claims-choice-invalid", ["/prescriptions/1"])


def test_each_line_has_one_price(two_gateways: TwoGateways, made: Prescribed) -> None:
    missing = build_dispensing(made, prices=TWO_PRICES[:1])
    assert _refused(two_gateways, missing) == (422, "prices-incomplete", ["/prices"])
    unused = build_dispensing(made, [0], prices=TWO_PRICES)
    assert _refused(two_gateways, unused) == (422, "prices-incomplete", ["/prices/1"])


def test_the_payer_is_an_insurer_or_nobody(two_gateways: TwoGateways, made: Prescribed) -> None:
    for payer in (77, HOSPITAL):
        refused = _refused(two_gateways, build_dispensing(made, payer=payer))
        assert refused == (422, "payer-unknown", ["/payer"])


def test_packs_are_for_dispensed_lines_readable_and_each_once(
    two_gateways: TwoGateways, made: Prescribed
) -> None:
    pack = unknown_pack()
    away = build_dispensing(made, [0], packs=[pack | {"line": {"line": 2}}])
    assert _refused(two_gateways, away) == (422, "pack-line-unknown", ["/packs/0/line"])
    odd = build_dispensing(made, [0], packs=[pack | {"code": "12"}])
    assert _refused(two_gateways, odd) == (422, "pack-codes-unreadable", ["/packs/0/code"])
    twice = build_dispensing(made, [0], packs=[pack, pack])
    assert _refused(two_gateways, twice) == (422, "pack-codes-unreadable", ["/packs/1/code"])


def test_a_flagged_pack_needs_the_pharmacists_word_and_units_are_what_is_left(
    two_gateways: TwoGateways, made: Prescribed
) -> None:
    flagged = build_dispensing(made, [0], packs=[unknown_pack()])
    assert _refused(two_gateways, flagged) == (409, "pack-flagged", ["/packs/0/code"])
    too_many = build_dispensing(
        made, [0], packs=[unknown_pack() | {"units_used": 11}], override_flags=["pack.unknown"]
    )
    assert _refused(two_gateways, too_many) == (409, "pack-units-exceeded", ["/packs/0/units_used"])


def test_a_dispensing_without_packs_goes_by_policy(
    two_gateways: TwoGateways, made: Prescribed, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, verify = dict(DEFAULT_POLICY), chosen_packs.verify_none_missing
    bare = build_dispensing(made, [0, 2], prices=TWO_PRICES)
    packed = bare | {"packs": [unknown_pack(), unknown_pack() | {"line": {"line": 2}}]}
    signer(two_gateways, "phil").prepare(NOUN, bare)
    policy[PackFlag.MISSING] = PolicyAction.FLAG
    monkeypatch.setattr(chosen_packs, "verify_none_missing", lambda _, *asked: verify(policy, *asked))
    assert _refused(two_gateways, bare) == (409, "pack-missing", ["/packs", "/packs"])
    assert _refused(two_gateways, packed)[1] == "pack-flagged"
    signer(two_gateways, "phil").prepare(NOUN, bare | {"override_flags": ["pack.missing"]})


def test_a_makers_silence_is_no_word_against_a_pack(
    two_gateways: TwoGateways, made: Prescribed, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = two_gateways.counters.parts.peers
    request = build_dispensing(made, [0], packs=[unknown_pack()])
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(peers, "_parts", replace(peers._parts, addresses={}))
        assert _refused(two_gateways, request) == (409, "pack-unconfirmed", ["/packs/0/code"])
        told = signer(two_gateways, "phil").prepare(NOUN, request | {"override_flags": ["pack.unconfirmed"]})
        assert told["record"]["body"]["packs"][0]["flags"] == ["pack.unconfirmed"]
    assert _refused(two_gateways, request)[1] == "pack-flagged"


def test_a_used_up_pack_is_stopped_whatever_the_pharmacist_says(two_gateways: TwoGateways) -> None:
    made, pack = prescribe(two_gateways, TWO_LINES), unknown_pack()
    open_window(two_gateways, made)
    request = build_dispensing(made, [0], packs=[pack], override_flags=["pack.unknown"])
    accepted = dispense(two_gateways, made, request)
    assert signer(two_gateways, "phil").wait_for_outcome(NOUN, accepted["id"])["outcome"] == "done"
    again = build_dispensing(made, [1], packs=[pack], override_flags=["pack.unknown", "pack.used_up"])
    assert _refused(two_gateways, again) == (409, "pack-stopped", ["/packs/0/code"])
    used = build_dispensing(made, [0])
    assert _refused(two_gateways, used)[:2] == (409, "claims-used")


def test_presentations_are_those_that_are_needed_by_their_holders(
    two_gateways: TwoGateways, made: Prescribed
) -> None:
    phil = signer(two_gateways, "phil")
    prepared = phil.prepare(NOUN, build_dispensing(made, [0, 1]))
    signed, good = phil.sign(prepared), sign_use(prepared, phil, [made])

    def refusal(presentations: list[dict[str, Any]]) -> tuple[int, str, list[str]]:
        answer = phil.submit(NOUN, signed | {"presentations": presentations})
        status, code = read_refusal(answer)
        return status, code, [each["pointer"] for each in answer.json()["errors"]]

    incomplete = (422, "presentations-incomplete")
    assert refusal([]) == (*incomplete, ["/presentations"])
    assert refusal(good[:1]) == (*incomplete, ["/presentations"])
    assert refusal([*good, good[0]]) == (*incomplete, ["/presentations/2/claim"])
    late = good[0] | {"deadline": good[0]["deadline"] + 1}
    assert refusal([late, good[1]]) == (*incomplete, ["/presentations/0/deadline"])
    soon = good[0] | {"deadline": prepared["expires_at"] - 900}
    assert refusal([soon, good[1]]) == (*incomplete, ["/presentations/0/deadline"])
    swapped = [good[0] | {"signature": good[1]["signature"]}, good[1]]
    assert refusal(swapped)[:2] == (403, "handover-refused")
    stranger = Prescribed(made.institution, made.id, made.claim_count, bytes(31) + b"\x05")
    assert refusal(sign_use(prepared, phil, [stranger]))[:2] == (403, "handover-refused")
    assert refusal([good[0] | {"deadline": good[0]["deadline"] - 1}, good[1]])[:2] == (
        403,
        "handover-refused",
    )


def test_a_presentation_for_one_dispensing_does_not_serve_another(
    two_gateways: TwoGateways, made: Prescribed
) -> None:
    phil = signer(two_gateways, "phil")
    prepared, other = (phil.prepare(NOUN, build_dispensing(made, [0])) for _ in range(2))
    deadline = prepared["presentations_to_sign"][0]["max_deadline"]
    submission = phil.sign(prepared) | {"presentations": sign_use(other, phil, [made], deadline)}
    assert read_refusal(phil.submit(NOUN, submission)) == (403, "handover-refused")


def test_another_pharmacist_does_not_submit_what_a_colleague_prepared(
    two_gateways: TwoGateways, made: Prescribed
) -> None:
    phil, phoebe = signer(two_gateways, "phil"), signer(two_gateways, "phoebe")
    prepared = phil.prepare(NOUN, build_dispensing(made, [0]))
    submission = phil.sign(prepared) | {"presentations": sign_use(prepared, phil, [made])}
    assert read_refusal(phoebe.submit(NOUN, submission)) == (404, "preparation-not-found")


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[TwoGateways]:
    """A pair of gateways whose clocks and institutions a test may change."""
    with (
        AnvilEngine(tmp_path / "chain") as engine,
        run_two_gateways(tmp_path / "home", deploy_for_two(engine)) as running,
    ):
        yield running


def test_too_late_nothing_is_prepared_and_for_a_suspended_pharmacy_neither(alone: TwoGateways) -> None:
    made = prescribe(alone, TWO_LINES)
    open_window(alone, made)
    done = dispense(alone, made, build_dispensing(made, [1]))
    assert signer(alone, "phil").wait_for_outcome(NOUN, done["id"])["outcome"] == "done"
    request = build_dispensing(made, [0])
    alone.counters.clock.advance(4 * DAY)
    alone.counters.forget_sessions()
    assert _refused(alone, request)[:2] == (409, "window-not-open")
    offline = request | {"is_offline": True}
    prepared = signer(alone, "phil").prepare(NOUN, offline)
    assert prepared["record"]["body"]["is_offline"] is True
    alone.counters.clock.advance(4 * DAY)
    alone.counters.forget_sessions()
    assert _refused(alone, offline)[:2] == (409, "window-not-open")
    alone.counters.clock.advance(3 * DAY)
    alone.counters.forget_sessions()
    restore = {"dispensing_id": done["id"], "reason": "returned"}
    late = signer(alone, "phil").post("/v1/restores/prepare", restore)
    assert read_refusal(late) == (409, "restore-too-late")
    alone.counters.clock.advance(-11 * DAY)
    alone.counters.forget_sessions()
    alone.chain.authority.suspend_institution(INSURER)
    alone.counters.parts.peer_directory.forget()
    assert _refused(alone, request | {"payer": INSURER})[:2] == (422, "payer-unknown")
    alone.chain.authority.suspend_institution(PHARMACY)
    alone.counters.parts.peer_directory.forget()
    assert _refused(alone, request)[:2] == (409, "institution-not-acting")
