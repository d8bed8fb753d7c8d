"""A dispensing that is done, billed to the insurer and settled, as the people of both gateways do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.acting import Signer, signer
from tests.support.counter import Prescribed, approve, fetch, prescribe, sign_use
from tests.two_gateways import INSURER, TwoGateways

PRICE_MINOR = 1_250


@dataclass(frozen=True)
class Dispensed:
    """A dispensing whose claims the chain has called dispensed, and whose record is final."""

    id: str
    commitment: str
    made: Prescribed


def dispense(
    two: TwoGateways,
    body: dict[str, Any] | None = None,
    *,
    pharmacist: str = "phil",
    payer: int = INSURER,
    ordinals: Sequence[int] | None = None,
    made: Prescribed | None = None,
) -> Dispensed:
    """Prescribe, approve, fetch, approve again, dispense without packs; wait until that is done and final."""
    made = made or prescribe(two, body)
    counter = signer(two, pharmacist)
    answer = fetch(two, made, pharmacist)
    assert answer.status_code == 201, answer.text
    approve(two, made, pharmacist)
    wanted = list(range(made.claim_count)) if ordinals is None else list(ordinals)
    lines = sorted({answer.json()["claims"][ordinal]["line"] for ordinal in wanted})
    request = {
        "prescriptions": [{**made.place, "window": made.window, "ordinals": wanted}],
        "packs": [],
        "payer": payer,
        "prices": [{"line": line, "unit_price_minor": PRICE_MINOR * line} for line in lines],
    }
    prepared = counter.prepare("dispensings", request)
    submission = {**counter.sign(prepared), "presentations": sign_use(prepared, counter, [made])}
    accepted = counter.submit("dispensings", submission)
    assert accepted.status_code == 201, accepted.text
    found = accepted.json()
    assert counter.wait_for_outcome("dispensings", found["id"])["outcome"] == "done"
    counter.wait_until_final("dispensings", found["id"])
    return Dispensed(found["id"], found["commitment"], made)


def dispense_together(two: TwoGateways, made: Sequence[Prescribed], pharmacist: str = "phil") -> Dispensed:
    """Fetch and approve several prescriptions of one line each, and dispense them as one."""
    counter = signer(two, pharmacist)
    for each in made:
        assert fetch(two, each, pharmacist).status_code == 201
        approve(two, each, pharmacist)
    request = {
        "prescriptions": [
            {**each.place, "window": each.window, "ordinals": list(range(each.claim_count))} for each in made
        ],
        "packs": [],
        "payer": INSURER,
        "prices": [
            {"prescription": place, "line": 1, "unit_price_minor": PRICE_MINOR} for place in range(len(made))
        ],
    }
    prepared = counter.prepare("dispensings", request)
    submission = {**counter.sign(prepared), "presentations": sign_use(prepared, counter, made)}
    accepted = counter.submit("dispensings", submission)
    assert accepted.status_code == 201, accepted.text
    found = accepted.json()
    assert counter.wait_for_outcome("dispensings", found["id"])["outcome"] == "done"
    counter.wait_until_final("dispensings", found["id"])
    return Dispensed(found["id"], found["commitment"], made[0])


def dispense_own(two: TwoGateways, pharmacist: str = "pia", payer: int = INSURER) -> Dispensed:
    """Dispense at the prescribing hospital itself, without a code; wait until that is done and final."""
    made = prescribe(two, with_holders=False, reviewer=pharmacist)
    counter = signer(two, pharmacist)
    request = {
        "prescriptions": [{**made.place, "ordinals": list(range(made.claim_count))}],
        "packs": [],
        "payer": payer,
        "prices": [{"line": 1, "unit_price_minor": PRICE_MINOR}],
    }
    found = counter.act("dispensings", request)
    assert counter.wait_for_outcome("dispensings", found["id"])["outcome"] == "done"
    counter.wait_until_final("dispensings", found["id"])
    return Dispensed(found["id"], found["commitment"], made)


def bill(two: TwoGateways, dispensed: Dispensed, pharmacist: str = "phil") -> str:
    """Ask the insurer to settle; gives the request's id."""
    answer = signer(two, pharmacist).post("/v1/settlement-requests", {"dispensing_id": dispensed.id})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def in_full(two: TwoGateways, request_id: str) -> dict[str, Any]:
    """What an adjudicator prepares who takes the suggestion."""
    answer = signer(two, "adam").http.get(f"/v1/settlement-requests/{request_id}")
    assert answer.status_code == 200, answer.text
    lines = [
        {name: value for name, value in line.items() if value is not None}
        for line in answer.json()["suggestion"]
    ]
    return {"request_id": request_id, "lines": lines}


def settle(two: TwoGateways, request: dict[str, Any]) -> dict[str, Any]:
    """Sign a settlement and wait for its outcome; gives the accepted record's last answer."""
    adam = signer(two, "adam")
    issued = adam.act("settlements", request)
    if issued["act"] is not None:
        adam.wait_for_outcome("settlements", issued["id"])
    return adam.follow("settlements", issued["id"])


def read(reader: Signer, path: str) -> dict[str, Any]:
    """Read something; it must be there."""
    answer = reader.http.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
