"""What the portal is handed that is no proof; and what it says when it can't know: not passed, not failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from ledger_proofs.bundles import parse_bundle
from tests.browser.browsing import Language, open_context
from tests.browser.gallery import Gallery
from tests.browser.outages import standing_still
from tests.browser.portal import Portal
from tests.browser.visitors import AUDITOR, Visitors, sign_in_at_portal
from tests.browser.watching import OpenPage, WatchedPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")

UNKNOWN = "00000000-0000-4000-8000-000000000000"
TOO_LARGE_BYTES = 100 * 1024 * 1024


@pytest.fixture
def watched(open_page: OpenPage, visitors: Visitors, language: Language) -> WatchedPage:
    """A page of the auditor's browser."""
    return open_page(context=visitors.get(AUDITOR, language))


@pytest.fixture
def portal(watched: WatchedPage, whole_stack: WholeStack) -> Portal:
    """The auditor at the portal."""
    return Portal(watched.page, whole_stack)


@pytest.fixture(scope="session")
def too_large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 100 MB."""
    path = tmp_path_factory.mktemp("upload") / "bundle.json"
    with path.open("wb") as file:
        file.truncate(TOO_LARGE_BYTES)
    return path


def get_seeded_bundle(stack: WholeStack) -> Path:
    """One of the bundles that the stack's set-up fetched."""
    return sorted(stack.home.bundles.glob("*.json"))[0]


def get_record_id(bundle: Path) -> str:
    """The id of the record that a bundle discloses."""
    disclosure = parse_bundle(bundle.read_bytes()).disclosure
    index = disclosure.pointers.index("/id") + 1
    return next(str(field.value) for field in disclosure.fields if field.index == index)


def test_a_wrong_password(
    open_page: OpenPage, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    watched = open_page(language)
    watched.allow("status of 401")
    watched.page.goto(f"{whole_stack.portal_url}/findings")
    sign_in_at_portal(watched.page, whole_stack, "nobody", password="wrong")
    expect(watched.page.get_by_test_id("error-state")).to_be_visible()
    expect(watched.page.locator("#username")).to_have_value("nobody")
    gallery.take(watched.page, "portal-sign-in", "refused", language)


def test_a_file_of_100_mb_is_refused_before_it_is_sent(
    portal: Portal, too_large: Path, gallery: Gallery, language: Language
) -> None:
    portal.verify_bundle(too_large)
    expect(portal.page.locator("[data-drop-refusal]")).to_be_visible()
    gallery.take(portal.page, "portal-verify", "too-large", language)


def test_a_file_of_100_mb_that_is_sent_all_the_same_is_refused_by_a_page(
    browser: Browser, open_page: OpenPage, whole_stack: WholeStack, too_large: Path, language: Language
) -> None:
    context = open_context(browser, language, java_script_enabled=False)
    watched = open_page(context=context)
    watched.allow("status of 413")
    portal = Portal(watched.page, whole_stack)
    portal.open("/sign-in")
    sign_in_at_portal(watched.page, whole_stack, AUDITOR)
    portal.verify_bundle(too_large)
    expect(watched.page.get_by_test_id("error-state")).to_be_visible()
    context.close()


@pytest.mark.parametrize(
    "content",
    [b"not JSON", b'{"format": "something else"}', b"\x89PNG\r\n\x1a\n" + bytes(64)],
    ids=["text", "other-json", "picture"],
)
def test_a_file_that_is_no_bundle(
    watched: WatchedPage, portal: Portal, gallery: Gallery, language: Language, content: bytes
) -> None:
    watched.allow("status of 422")
    portal.verify_bundle({"name": "bundle.json", "mimeType": "application/json", "buffer": content})
    expect(portal.page.get_by_test_id("error-state")).to_be_visible()
    gallery.take(portal.page, "portal-verify", "no-bundle", language)


def test_a_bundle_with_a_word_changed_fails_at_step_one(
    portal: Portal, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    text = get_seeded_bundle(whole_stack).read_text("utf-8").replace("氨氯地平", "硝苯地平")
    content = FilePayload(name="bundle.json", mimeType="application/json", buffer=text.encode())
    portal.verify_bundle(content)
    portal.expect_outcome("failed")
    expect(portal.step(1).get_by_test_id("verdict")).to_have_attribute("data-outcome", "failed")
    expect(portal.step(2).get_by_test_id("verdict")).not_to_have_attribute("data-outcome", "failed")
    gallery.take(portal.page, "portal-verification", "failed", language)


def test_an_unknown_record(
    watched: WatchedPage, portal: Portal, gallery: Gallery, language: Language
) -> None:
    watched.allow("status of 4")
    portal.verify_record(UNKNOWN)
    expect(
        portal.page.get_by_test_id("verdict").first.or_(portal.page.get_by_test_id("error-state"))
    ).to_be_visible()
    gallery.take(portal.page, "portal-verification", "unknown-record", language)


def test_text_that_is_no_reference(
    watched: WatchedPage, portal: Portal, gallery: Gallery, language: Language
) -> None:
    watched.allow("status of 4")
    portal.verify_reference("https://example.org/a-poster")
    expect(portal.page.get_by_test_id("error-state")).to_be_visible()
    expect(portal.page.locator("#reference")).to_have_value("https://example.org/a-poster")
    gallery.take(portal.page, "portal-verify", "no-reference", language)


def test_pages_of_what_does_not_exist(
    watched: WatchedPage, portal: Portal, gallery: Gallery, language: Language
) -> None:
    watched.allow("status of 404")
    for name, path in (("portal-finding", f"/findings/{UNKNOWN}"), ("portal-log", "/logs/4040")):
        portal.open(path)
        expect(portal.page.get_by_test_id("error-state")).to_be_visible()
        gallery.take(portal.page, name, "unknown", language)


def test_without_a_gateway_a_record_could_not_be_checked(
    portal: Portal, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    record = get_record_id(get_seeded_bundle(whole_stack))
    with standing_still(whole_stack.stack.gateway.pid):
        portal.verify_record(record)
        portal.expect_outcome("could_not_check")
        gallery.take(portal.page, "portal-verification", "could-not-check", language)


def test_without_its_node_the_portal_says_so(
    portal: Portal, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    with standing_still(whole_stack.stack.engine.pid):
        portal.open("/")
        expect(portal.page.get_by_test_id("chain-down")).to_be_visible()
        gallery.take(portal.page, "portal-overview", "chain-down", language)
        portal.verify_bundle(get_seeded_bundle(whole_stack))
        portal.expect_outcome("could_not_check")
        expect(portal.step(3).get_by_test_id("verdict")).to_have_attribute("data-outcome", "passed")
        expect(portal.step(4).get_by_test_id("verdict")).to_have_attribute("data-outcome", "could_not_check")
