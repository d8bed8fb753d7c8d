"""The way of a prescription with a code to a counter: signed with holders, approved, fetched, dispensed.

The code's seed stays on this side, as it does with patients and clients.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from ledger_api.prescriptions.draft_body import EXAMPLE_DRAFT
from ledger_proofs.eip712 import Presentation
from ledger_proofs.handover import HandoverCode
from ledger_proofs.holders import holder_addresses
from ledger_proofs.presentations import build_reading, reading_claim, sign_presentation
from ledger_proofs.types import InstitutionNumber
from ledger_proofs.uses import parse_use
from ledger_web.clock import system_clock
from tests.support.acting import Signer, signer
from tests.two_gateways import HOSPITAL, PHARMACY, TwoGateways

READING_SECONDS = 600
_LINE: dict[str, Any] = EXAMPLE_DRAFT["lines"][0]  # type: ignore[index, assignment]
TWO_LINES: dict[str, Any] = {
    **EXAMPLE_DRAFT,
    "lines": [
        {**_LINE, "quantity": {"value": "2", "unit": "盒"}},
        {**_LINE, "number": 2, "code": "EX-0010", "name": "阿司匹林肠溶片", "specification": "100mg*30片"},
    ],
    "claims": [
        {"ordinal": 0, "line": 1, "part": 1, "quantity": {"value": "1", "unit": "盒"}},
        {"ordinal": 1, "line": 1, "part": 2, "quantity": {"value": "1", "unit": "盒"}},
        {"ordinal": 2, "line": 2, "part": 1, "quantity": {"value": "1", "unit": "盒"}},
    ],
}
"""Two drugs, the first in two parts: three claims."""


@dataclass(frozen=True)
class Prescribed:
    """A prescription that was signed with holders, and the seed of its code."""

    institution: int
    id: str
    claim_count: int
    seed: bytes = field(repr=False)
    window: int = 0

    @property
    def code(self) -> HandoverCode:
        """What the patient holds."""
        return HandoverCode(InstitutionNumber(self.institution), self.id, self.window, seed=self.seed)

    @property
    def place(self) -> dict[str, Any]:
        """How a review names it."""
        return {"institution": self.institution, "id": self.id}


def prescribe(
    gateways: TwoGateways,
    body: dict[str, Any] | None = None,
    *,
    doctor: str = "anna",
    reviewer: str | None = "pia",
    institution: int = HOSPITAL,
    with_holders: bool = True,
) -> Prescribed:
    """Sign a prescription with a code, have it approved, and wait until both are final."""
    seed = secrets.token_bytes(32)
    holders = ["0x" + each.hex() for each in holder_addresses(seed, 64)] if with_holders else []
    doctors = signer(gateways, doctor)
    accepted = doctors.act("prescriptions", {"body": body or EXAMPLE_DRAFT, "holders": holders})
    made = Prescribed(institution, accepted["id"], accepted["entries"][0]["claim_count"], seed)
    if reviewer is not None:
        approve(gateways, made, reviewer)
    doctors.wait_until_final("prescriptions", made.id)
    return made


def approve(gateways: TwoGateways, made: Prescribed, reviewer: str, **changes: Any) -> str:
    """Review a prescription, and wait until that is final; gives the review's id."""
    pharmacist = signer(gateways, reviewer)
    request = {"prescription": made.place, "decision": "approved", **changes}
    accepted = pharmacist.act("reviews", request)
    pharmacist.wait_until_final("reviews", accepted["id"])
    return str(accepted["id"])


def sign_readings(
    gateways: TwoGateways,
    made: Prescribed,
    ordinals: Sequence[int] | None = None,
    *,
    reader: int = PHARMACY,
    deadline: int | None = None,
    seed: bytes | None = None,
) -> list[dict[str, Any]]:
    """Sign what lets an institution read, as the pharmacist's client does with a scanned code."""
    domain = gateways.chain.deployment.domain()
    code = HandoverCode(made.code.institution, made.id, made.window, seed=seed or made.seed)
    deadline = system_clock() + READING_SECONDS if deadline is None else deadline
    return [
        {
            "ordinal": ordinal,
            "deadline": deadline,
            "signature": "0x"
            + sign_presentation(
                build_reading(
                    reading_claim(made.institution, made.id, made.window, ordinal), 0, reader, deadline
                ),
                domain,
                code.key_for(ordinal),
            ).hex(),
        }
        for ordinal in (range(made.claim_count) if ordinals is None else ordinals)
    ]


def fetch(
    gateways: TwoGateways, made: Prescribed, pharmacist: str = "phil", key: str | None = None, **changes: Any
) -> httpx.Response:
    """Scan a code: have one's own gateway fetch the prescription."""
    reader = {"rita": 202, "pat": 2}.get(pharmacist, PHARMACY)
    request = {
        **made.place,
        "window": made.window,
        "presentations": sign_readings(gateways, made, reader=reader),
        **changes,
    }
    return signer(gateways, pharmacist).post("/v1/received-prescriptions", request, key)


def sign_use(
    prepared: dict[str, Any],
    pharmacist: Signer,
    codes: Sequence[Prescribed],
    deadline: int | None = None,
) -> list[dict[str, Any]]:
    """Hand the claims of a prepared dispensing over, with the keys of its codes, in the codes' order."""
    use = parse_use(prepared["record"]["body"]["use"])
    into = bytes.fromhex(prepared["commitment"][2:])
    signed = []
    for wanted in prepared["presentations_to_sign"]:
        claim = bytes.fromhex(wanted["claim"][2:])
        until = wanted["max_deadline"] if deadline is None else deadline
        stated = Presentation(
            claim,  # type: ignore[arg-type] # a claim key is bytes
            wanted["restore_count"],
            use.spender,
            use.struct_hash(),
            into,  # type: ignore[arg-type] # a commitment is bytes
            until,
        )
        key = codes[wanted["prescription"]].code.key_for(wanted["ordinal"])
        signature = sign_presentation(stated, pharmacist.deployment.domain(), key)
        signed.append(
            {
                "claim": wanted["claim"],
                "deadline": until,
                "signature": "0x" + signature.hex(),
            }
        )
    return signed


def open_window(gateways: TwoGateways, made: Prescribed, pharmacist: str = "phil") -> None:
    """Fetch a prescription to a pharmacy's counter and have its own pharmacist approve it."""
    answer = fetch(gateways, made, pharmacist)
    assert answer.status_code == 201, answer.text
    approve(gateways, made, pharmacist)


def unknown_pack() -> dict[str, Any]:
    """A pack of ten that no maker knows, of 20 digits that begin as no GS1 code does."""
    return {"code": f"8{uuid.uuid4().int % 10**19:019d}", "line": {"line": 1}, "total_units": 10}


def build_dispensing(
    made: Prescribed,
    ordinals: Sequence[int] | None = None,
    *,
    packs: Sequence[dict[str, Any]] = (),
    lines: Sequence[int] = (1,),
    **changes: Any,
) -> dict[str, Any]:
    """Build the request to dispense claims of a prescription: each of the lines at 12.50 yuan a unit."""
    taken = list(range(made.claim_count) if ordinals is None else ordinals)
    return {
        "prescriptions": [{**made.place, "window": made.window, "ordinals": taken}],
        "packs": list(packs),
        "payer": 0,
        "prices": [{"line": line, "unit_price_minor": 1_250} for line in lines],
        **changes,
    }


def dispense(
    gateways: TwoGateways, made: Prescribed, request: dict[str, Any], pharmacist: str = "phil"
) -> dict[str, Any]:
    """Prepare, sign with the pharmacist's and the code's keys, submit; gives the accepted dispensing."""
    person = signer(gateways, pharmacist)
    prepared = person.prepare("dispensings", request)
    submission = person.sign(prepared) | {"presentations": sign_use(prepared, person, [made])}
    answer = person.submit("dispensings", submission)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())
