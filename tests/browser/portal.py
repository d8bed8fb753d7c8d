"""What an auditor does in the portal, on the page, as she would do it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.support.running_stack import WholeStack

STEPS: Final = 7


@dataclass(frozen=True)
class Portal:
    """The portal on one page of a signed-in auditor's browser."""

    page: Page
    stack: WholeStack

    def open(self, path: str) -> None:
        """Go to an address of the portal."""
        self.page.goto(f"{self.stack.portal_url}{path}")

    def verify_record(self, record: str, window: int = 0) -> None:
        """Verify a record of the first hospital by its id."""
        self.open("/verify")
        self.page.select_option("#institution", "1")
        self.page.fill("#record", record)
        self.page.fill("#window", str(window))
        self._send("verify-by-id")

    def verify_reference(self, text: str) -> None:
        """Verify by the text of a QR code."""
        self.open("/verify")
        self.page.fill("#reference", text)
        self._send("verify-by-reference")

    def verify_bundle(self, file: Path | FilePayload) -> None:
        """Verify a file."""
        self.open("/verify")
        self.page.set_input_files("#bundle", file)
        self._send("verify-by-bundle")

    def expect_outcome(self, outcome: str) -> None:
        """The page of a verification says so."""
        self.page.wait_for_url("**/verifications/*")
        expect(self.page.get_by_test_id("verdict").first).to_have_attribute("data-outcome", outcome)

    def expect_steps(self, outcome: str) -> None:
        """Every step is there, and came out so."""
        for number in range(1, STEPS + 1):
            expect(self.step(number).get_by_test_id("verdict")).to_have_attribute("data-outcome", outcome)

    def step(self, number: int) -> Locator:
        """A numbered step of the verification that is shown."""
        return self.page.get_by_test_id(f"step-{number}")

    def _send(self, form: str) -> None:
        self.page.get_by_test_id(form).locator("[type=submit]").click()
