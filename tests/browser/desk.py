"""What a doctor does at her desk, on the page, as she would do it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Page, expect

from ledger_cli.embedded.people import LI
from ledger_cli.embedded.scenario import VISITS, Visit, build_draft
from ledger_cli.gateway_client import GatewayClient, member
from ledger_proofs.commitments import build_commitment
from ledger_proofs.records import record_from_json
from tests.support.running_stack import WholeStack

FINAL_MS: Final = 40_000
SHORT_VISIT: Final = next(visit for visit in VISITS if visit.doctor == LI and len(visit.drugs) == 2)

FORM: Final = {
    "patient/name": "欧阳明月",
    "patient/birth_date": "1966-02-14",
    "patient/id_number": "99000019660214001X",
    "diagnoses/0/name": "原发性高血压",
    "diagnoses/0/code": "I10",
    "diagnoses/0/system": "icd-10",
    "lines/0/name": "苯磺酸氨氯地平片",
    "lines/0/specification": "5mg*7片",
    "lines/0/code": "YP1001",
    "lines/0/dose/value": "5",
    "lines/0/dose/unit": "mg",
    "lines/0/frequency": "QD",
    "lines/0/route": "口服",
    "lines/0/days": "7",
    "lines/0/quantity/value": "1",
    "lines/0/quantity/unit": "盒",
}
"""A prescription as it is typed."""


def make_draft(stack: WholeStack, visit: Visit = SHORT_VISIT, **changes: Any) -> str:
    """Have the hospital's information system draft a visit; gives the draft's id."""
    draft = {**build_draft(visit, uuid.uuid4().int % 1000), **changes}
    slug = visit.doctor.hospital.slug
    with GatewayClient(stack.gateway_url, stack.token(slug)) as client:
        reply = client.post("/v1/drafts", draft, idempotency_key=str(uuid.uuid4()))
    return str(member(reply.document, "id", str))


@dataclass(frozen=True)
class Desk:
    """The desk on one page of a signed-in doctor's browser."""

    page: Page
    stack: WholeStack

    def open(self, path: str) -> None:
        """Go to an address of the desk."""
        self.page.goto(f"{self.stack.gateway_url}/desk{path}")

    def fill_in(self, **changes: str) -> None:
        """Type a prescription into the form that the page shows; names with `__` for `/` change what."""
        typed = FORM | {name.replace("__", "/"): value for name, value in changes.items()}
        self.page.select_option('[name="patient/sex"]', "female")
        for name, value in typed.items():
            self.page.fill(f'[name="{name}"]', value)

    def open_signing(self, draft_id: str) -> dict[str, Any]:
        """Open a draft to sign; gives what the gateway prepared, once the page shows it as recomputed."""
        with self.page.expect_response("**/v1/prescriptions/prepare") as prepared:
            self.open(f"/drafts/{draft_id}/sign")
        self.expect_stage("ready")
        reply: dict[str, Any] = prepared.value.json()
        return reply

    def expect_stage(self, stage: str) -> None:
        """The signing page is where it should be."""
        expect(self.page.locator("#signing")).to_have_attribute("data-now", stage)

    def sign(self, pin: str) -> None:
        """Type the PIN and sign."""
        self.page.get_by_test_id("pin").fill(pin)
        self.page.get_by_test_id("sign-button").click()

    def hand_over(self) -> str:
        """The code is shown, once: give it to the patient and go on. Gives its text."""
        self.expect_stage("accepted")
        code = self.page.get_by_test_id("handover-code").locator("[data-text]").first.inner_text()
        self.page.get_by_test_id("handed-over").click()
        return code

    def expect_final(self) -> str:
        """The code is handed over; the prescription becomes final as it is watched. Gives the record's id."""
        self.hand_over()
        return self.watch_final()

    def watch_final(self) -> str:
        """The prescription's page has come, and becomes final as it is watched; gives the record's id."""
        self.page.wait_for_url("**/desk/prescriptions/*")
        badge = self.page.locator("#progress .kit-panel-head").get_by_test_id("status")
        expect(badge).to_contain_text("final" if self.is_english else "最终", timeout=FINAL_MS)
        return self.page.url.split("?")[0].rpartition("/")[2]

    @property
    def is_english(self) -> bool:
        """Whether the page is in English."""
        return self.page.locator("html").get_attribute("lang") == "en"


def recompute_commitment(prepared: dict[str, Any]) -> str:
    """The commitment of what the gateway prepared, by the verification core: 0x and 64 hex digits."""
    record = record_from_json(prepared["record"])
    key = bytes.fromhex(prepared["record_key"][2:])
    return "0x" + build_commitment(record.as_json(), key).commitment.hex()
