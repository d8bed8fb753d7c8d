"""The portal's pages with nothing in them and with very much, and once the session has ended.

Two portals without chain or gateway serve them, for what stands in a portal's database is what its pages
show: one that is new, and one that has mirrored many logs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from ledger_proofs.types import InstitutionNumber, log_id
from regulator_portal.audit.service import AuditTrail
from regulator_portal.mirror.models import LogState, MirroredLog, PinnedBlock
from regulator_portal.nodes.models import PinKind, RetiredPin
from tests.browser.browsing import Language
from tests.browser.gallery import Gallery
from tests.browser.watching import OpenPage
from tests.support.portal_site import OTHER_INSTITUTION, PASSWORD, PortalSite, run_portal_site

pytestmark = pytest.mark.needs_system("chromium")

ENTRIES: Final = 13_000  # so many that their checkpoints too fill more than a page
ROWS: Final = 120
FAR_AWAY: Final = 12
LONG_NAME: Final = (
    "Affiliated Hospital of the Example University of Medicine, North Campus",
    "示例医科大学附属医院北院区",
)
NAMES: Final = (
    LONG_NAME,
    *((f"County Hospital {n}", f"示例县人民医院第{n}分院") for n in range(1, FAR_AWAY)),
)
EMPTY_LOG: Final = log_id(InstitutionNumber(OTHER_INSTITUTION), 1)


@pytest.fixture(scope="module")
def new_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalSite]:
    """A portal that has nothing yet."""
    with run_portal_site(tmp_path_factory.mktemp("new") / "portal") as site:
        yield site


@pytest.fixture(scope="module")
def full_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalSite]:
    """A portal with many logs, of which the first is long and the second empty."""
    with run_portal_site(tmp_path_factory.mktemp("full") / "portal", more=NAMES) as site:
        filled = site.fill(ENTRIES, findings=ROWS, jobs=ROWS, verifications=ROWS).log
        with site.parts.database.writing() as session:
            trail = AuditTrail(session, site.clock, "of-the-filling")
            for number in range(ROWS):
                trail.note("system:mirror", "job.started", f"job:{number}", {"kind": "mirror", "log": filled})
                session.add(build_pin(number, site.clock()))
                session.add(build_retired_pin(number, site.clock()))
            first = session.get(MirroredLog, filled)
            assert first is not None
            session.add(MirroredLog(log=EMPTY_LOG, institution=OTHER_INSTITUTION, generation=1))
            for number in range(OTHER_INSTITUTION + 1, OTHER_INSTITUTION + 1 + len(NAMES)):
                session.add(copy_log(first, number))
        yield site


def build_pin(number: int, at: int) -> PinnedBlock:
    """A block that was pinned, of which no seals were checked."""
    return PinnedBlock(number=1_000_000 + number, hash=number.to_bytes(32, "big"), pinned_at=at)


def build_retired_pin(number: int, at: int) -> RetiredPin:
    """A block that was pinned and isn't trusted further."""
    return RetiredPin(
        id=f"pin-{number}",
        kind=PinKind.BLOCK,
        place=number,
        content={"hash": "0x" + "07" * 32, "pinned_at": at},
        contradicted_by=f"block {number} is 0x" + "08" * 32,
        as_of_block=1_000_000,
        retired_at=at,
    )


def copy_log(log: MirroredLog, institution: int) -> MirroredLog:
    """The same of another institution; of every fourth the gateway didn't answer."""
    own = {"log": log_id(InstitutionNumber(institution), 1), "institution": institution}
    problem = {
        "state": LogState.COULD_NOT_CHECK,
        "problem": "gateway-unreachable",
        "problem_en": "the gateway doesn't answer",
        "problem_zh": "网关没有应答",
    }
    return MirroredLog(**{**log.model_dump(), **(problem if institution % 4 == 0 else {}), **own})


def sign_in(page: Page, site: PortalSite) -> None:
    """Sign the portal's admin in: she may see every page."""
    page.goto(f"{site.url}/sign-in")
    page.fill("#username", "zhao")
    page.fill("#password", PASSWORD)
    page.get_by_test_id("sign-in-form").locator("[type=submit]").click()
    expect(page.get_by_test_id("sign-out")).to_be_visible()


def test_pages_with_nothing_in_them_say_so(
    open_page: OpenPage, new_site: PortalSite, full_site: PortalSite, gallery: Gallery, language: Language
) -> None:
    new, full = open_page(language).page, open_page(language).page
    for page, site, shown in (
        (new, new_site, {"overview": "/", "verifications": "/verifications", "findings": "/findings"}),
        (new, new_site, {"jobs": "/jobs", "nodes": "/nodes", "retired-pins": "/nodes/retired-pins"}),
        (full, full_site, {"log": f"/logs/{EMPTY_LOG}", "checkpoints": f"/logs/{EMPTY_LOG}/checkpoints"}),
    ):
        if not page.url.startswith(site.url):
            sign_in(page, site)
        for name, path in shown.items():
            page.goto(f"{site.url}{path}")
            expect(page.get_by_test_id("empty")).to_be_visible()
            gallery.take(page, f"portal-{name}", "empty", language)


def test_pages_with_very_much_in_them_go_on_to_the_next_page(
    open_page: OpenPage, full_site: PortalSite, gallery: Gallery, language: Language
) -> None:
    page = open_page(language).page
    sign_in(page, full_site)
    log = log_id(InstitutionNumber(1), 1)
    for name, path in {
        "log": f"/logs/{log}",
        "checkpoints": f"/logs/{log}/checkpoints",
        "verifications": "/verifications",
        "findings": "/findings",
        "jobs": "/jobs",
        "nodes": "/nodes",
        "retired-pins": "/nodes/retired-pins",
        "audit": "/audit",
    }.items():
        page.goto(f"{full_site.url}{path}")
        expect(page.locator("a[rel=next]")).to_be_visible()
        gallery.take(page, f"portal-{name}", "long", language)
    page.goto(full_site.url)
    expect(page.locator('tbody a[href^="/logs/"]')).to_have_count(2 + len(NAMES))
    gallery.take(page, "portal-overview", "long", language)


def test_a_session_that_ended_leads_to_the_sign_in_page_which_says_why(
    open_page: OpenPage, new_site: PortalSite, gallery: Gallery, language: Language
) -> None:
    page = open_page(language).page
    sign_in(page, new_site)
    new_site.clock.advance(new_site.parts.settings.session_hours * 3600 + 1)
    page.locator('a[href="/findings"]').first.click()
    page.wait_for_url("**/sign-in?next=*findings")
    expect(page.get_by_test_id("session-ended")).to_be_visible()
    gallery.take(page, "portal-sign-in", "session-ended", language)
    page.fill("#username", "zhao")
    page.fill("#password", PASSWORD)
    page.get_by_test_id("sign-in-form").locator("[type=submit]").click()
    page.wait_for_url(f"{new_site.url}/findings")
