"""The holder's view: the code alone shows its drugs, its claims on the chain, and who read it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ledger_web.clock import system_clock
from tests.support.acting import read_refusal, signer
from tests.support.counter import TWO_LINES, Prescribed, fetch, prescribe, sign_readings
from tests.two_gateways import HOSPITAL, PHARMACY, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]

HOLDER = 0


@pytest.fixture(scope="module")
def made(two_gateways: TwoGateways) -> Prescribed:
    return prescribe(two_gateways, TWO_LINES)


@pytest.fixture(autouse=True)
def _forgive_failures(two_gateways: TwoGateways, made: Prescribed) -> None:
    two_gateways.hospitals.parts.throttle.note_success(f"holder:127.0.0.1:{HOSPITAL}:{made.id}")


def view(two: TwoGateways, made: Prescribed, **changes: Any) -> httpx.Response:
    """Look at a prescription by its code, without an account."""
    body = {**made.place, "window": made.window, **changes}
    body.setdefault("presentations", sign_readings(two, made, reader=HOLDER))
    return two.hospitals.anonymous().post("/v1/holder/view", json=body)


def test_the_whole_code_shows_all_drugs_and_claims_and_nothing_of_the_patient(
    two_gateways: TwoGateways, made: Prescribed
) -> None:
    answer = view(two_gateways, made)
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert [line["line"] for line in seen["lines"]] == [1, 2]
    assert [claim["status"] for claim in seen["claims"]] == ["unused"] * 3
    assert seen["as_of_block"] > 0
    assert seen["demands"] == []
    for personal in ("王小明", "110101199003070017", "I10", "高血压"):
        assert personal not in answer.text


def test_a_code_for_a_part_shows_that_part(two_gateways: TwoGateways, made: Prescribed) -> None:
    part = sign_readings(two_gateways, made, [2], reader=HOLDER)
    seen = view(two_gateways, made, presentations=part).json()
    assert [line["line"] for line in seen["lines"]] == [2]
    assert [claim["ordinal"] for claim in seen["claims"]] == [2]


def test_who_fetched_the_prescription_is_shown_and_so_is_the_holder_in_the_trail(
    two_gateways: TwoGateways, made: Prescribed
) -> None:
    assert fetch(two_gateways, made).status_code == 201
    readings = view(two_gateways, made).json()["readings"]
    assert readings[0]["institution"] == PHARMACY
    assert abs(readings[0]["at"] - system_clock()) < 60
    trail = signer(two_gateways, "ada").http.get("/v1/audit?limit=200").json()["items"]
    assert any(
        (row["actor"], row["action"], row["subject"])
        == ("holder:code", "prescription.viewed", f"prescription:{made.id}")
        for row in trail
    )


def test_without_the_right_code_nothing_is_said_not_even_whether_there_is_one(
    two_gateways: TwoGateways, made: Prescribed
) -> None:
    foreign = sign_readings(two_gateways, made, reader=HOLDER, seed=bytes(range(32)))
    refusals = [
        view(two_gateways, made, presentations=foreign),
        view(two_gateways, made, presentations=sign_readings(two_gateways, made, reader=PHARMACY)),
        view(two_gateways, made, id="5f0c1c1e-3f0b-4d6c-9a53-0f0f6a1f6a10"),
        view(two_gateways, made, institution=HOSPITAL + 1),
    ]
    details = {answer.json()["detail"] for answer in refusals}
    assert {read_refusal(answer) for answer in refusals} == {(403, "holder-code-not-good")}
    assert len(details) == 1


@pytest.mark.parametrize("deadline", [-1, 3600])
def test_an_old_or_too_lasting_presentation_is_refused(
    two_gateways: TwoGateways, made: Prescribed, deadline: int
) -> None:
    signed = sign_readings(two_gateways, made, reader=HOLDER, deadline=system_clock() + deadline)
    refused = view(two_gateways, made, presentations=signed)
    assert read_refusal(refused) == (403, "holder-code-not-good")


def test_another_window_than_was_signed_for_is_refused(two_gateways: TwoGateways, made: Prescribed) -> None:
    signed = sign_readings(two_gateways, made, reader=HOLDER)
    refused = view(two_gateways, made, window=1, presentations=signed)
    assert read_refusal(refused) == (403, "holder-code-not-good")


def test_a_prescription_without_holders_has_no_view(two_gateways: TwoGateways) -> None:
    bare = prescribe(two_gateways, with_holders=False, reviewer=None)
    assert read_refusal(view(two_gateways, bare)) == (403, "holder-code-not-good")


def test_guessing_is_slowed_down(two_gateways: TwoGateways, made: Prescribed) -> None:
    foreign = sign_readings(two_gateways, made, reader=HOLDER, seed=bytes(32 * [7]))
    seen = {read_refusal(view(two_gateways, made, presentations=foreign)) for _ in range(7)}
    assert (429, "holder-view-throttled") in seen
    waiting = view(two_gateways, made)
    assert read_refusal(waiting) == (429, "holder-view-throttled")
    assert int(waiting.headers["retry-after"]) > 0


@pytest.mark.parametrize("changes", [{"presentations": []}, {"window": -1}, {"id": "no-id"}, {"surplus": 1}])
def test_a_request_of_another_form_is_refused(
    two_gateways: TwoGateways, made: Prescribed, changes: dict[str, Any]
) -> None:
    assert read_refusal(view(two_gateways, made, **changes)) == (422, "invalid-request")
