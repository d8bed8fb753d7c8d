"""What goes wrong at the desk, each in its designed state, in both languages; no accident signs anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.browsing import Language
from tests.browser.desk import Desk, make_draft
from tests.browser.gallery import Gallery
from tests.browser.outages import kill, standing_still
from tests.browser.visitors import Visitors, set_up_browser, sign_in_at_desk
from tests.browser.watching import OpenPage, WatchedPage
from tests.support.running_stack import WholeStack

pytestmark = pytest.mark.needs_system("chromium")

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def watched(open_page: OpenPage, visitors: Visitors, language: Language) -> WatchedPage:
    """A page of Dr Li's browser, which can sign."""
    return open_page(context=visitors.get("dr-li", language, can_sign=True))


@pytest.fixture
def li(watched: WatchedPage, whole_stack: WholeStack) -> Desk:
    """Dr Li at her desk."""
    return Desk(watched.page, whole_stack)


@pytest.fixture
def revived(whole_stack: WholeStack) -> Iterator[None]:
    """Whatever the test ends is started again."""
    yield
    whole_stack.stack.revive()


def note_submissions(page: Page) -> list[Request]:
    """Every submission that the page sends from now on."""
    found: list[Request] = []

    def see(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/v1/prescriptions"):
            found.append(request)

    page.on("request", see)
    return found


def test_a_wrong_password_keeps_what_was_typed(
    open_page: OpenPage, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    watched = open_page(language)
    watched.allow("status of 401")
    watched.page.goto(f"{whole_stack.gateway_url}/desk/sign-in")
    sign_in_at_desk(watched.page, whole_stack, "dr-chen", password="wrong")
    expect(watched.page.get_by_test_id("error-state")).to_be_visible()
    expect(watched.page.locator("#username")).to_have_value("dr-chen")
    expect(watched.page.locator("#password")).to_have_value("")
    gallery.take(watched.page, "desk-sign-in", "refused", language)


def test_a_wrong_pin_signs_nothing_and_can_be_typed_again(
    li: Desk, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    li.open_signing(make_draft(whole_stack))
    sent = note_submissions(li.page)
    li.sign("not-my-pin")
    expect(li.page.locator('[data-notice="wrong-pin"]')).to_be_visible()
    expect(li.page.get_by_test_id("pin")).to_have_value("")
    assert sent == []
    gallery.take(li.page, "desk-sign", "wrong-pin", language)
    li.sign(whole_stack.pin("dr-li"))
    li.expect_final()


def test_a_foreign_keyfile_is_not_kept(
    open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    desk = Desk(open_page(context=visitors.get("dr-zhao", language)).page, whole_stack)
    desk.open("/browser")
    files = [whole_stack.folder("dr-chen") / "key.json", whole_stack.folder("dr-zhao") / "profile.json"]
    desk.page.get_by_test_id("key-files").set_input_files(files)
    refused = desk.page.locator('[data-state="refused"]')
    expect(refused).to_be_visible()
    expect(refused.locator("[data-code]")).to_have_text("keyfile.foreign")
    gallery.take(desk.page, "desk-browser", "foreign-key", language)
    desk.page.reload()
    expect(desk.page.locator('h2 [data-state="absent"]')).to_be_visible()


def test_a_browser_without_a_key_says_where_to_set_it_up(
    open_page: OpenPage, visitors: Visitors, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    draft = make_draft(whole_stack)
    desk = Desk(open_page(context=visitors.get("dr-li", language)).page, whole_stack)
    desk.open(f"/drafts/{draft}/sign")
    desk.expect_stage("no-key")
    expect(desk.page.get_by_test_id("set-up-browser")).to_be_visible()
    gallery.take(desk.page, "desk-sign", "no-key", language)


def test_a_session_that_ends_while_signing_is_opened_again_on_the_spot(
    open_page: OpenPage, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    first = open_page(language)
    first.allow("status of 401")
    desk = Desk(first.page, whole_stack)
    desk.open("/sign-in")
    sign_in_at_desk(first.page, whole_stack, "dr-li")
    folder = whole_stack.folder("dr-li")
    set_up_browser(first.page, whole_stack, [folder / "key.json", folder / "profile.json"])
    desk.open_signing(make_draft(whole_stack))
    other = open_page(context=first.page.context)
    other.page.goto(f"{whole_stack.gateway_url}/desk")
    other.page.get_by_test_id("sign-out").click()
    expect(other.page.get_by_test_id("sign-in-form")).to_be_visible()

    first.page.bring_to_front()
    desk.sign(whole_stack.pin("dr-li"))
    expect(first.page.get_by_test_id("session-over")).to_be_visible()
    gallery.take(first.page, "desk-sign", "session-over", language)
    first.page.get_by_test_id("session-password").fill(whole_stack.password("dr-li"))
    first.page.get_by_test_id("session-sign-in").click()
    desk.expect_final()


def test_two_tabs_and_two_clicks_give_one_prescription(
    watched: WatchedPage,
    li: Desk,
    open_page: OpenPage,
    whole_stack: WholeStack,
    gallery: Gallery,
    language: Language,
) -> None:
    draft = make_draft(whole_stack)
    other = open_page(context=watched.page.context)
    other.allow("status of 4")
    second = Desk(other.page, whole_stack)
    second.open_signing(draft)
    li.open_signing(draft)
    sent = note_submissions(watched.page)
    li.page.get_by_test_id("pin").fill(whole_stack.pin("dr-li"))
    li.page.get_by_test_id("sign-button").dblclick()
    record = li.expect_final()
    assert len(sent) == 1

    second.sign(whole_stack.pin("dr-li"))
    second.expect_stage("draft-signed")
    gallery.take(other.page, "desk-sign", "signed-elsewhere", language)
    expect(other.page.locator("[data-prescription]")).to_have_attribute(
        "href", f"/desk/prescriptions/{record}"
    )


def test_a_draft_discarded_meanwhile_signs_nothing(
    watched: WatchedPage,
    li: Desk,
    open_page: OpenPage,
    whole_stack: WholeStack,
    gallery: Gallery,
    language: Language,
) -> None:
    draft = make_draft(whole_stack)
    li.open_signing(draft)
    watched.allow("status of 4")
    other = open_page(context=watched.page.context)
    other.page.goto(f"{whole_stack.gateway_url}/desk/drafts")
    other.page.locator(f'form[action$="{draft}/discard"] button').click()
    other.page.get_by_test_id("confirm-yes").click()
    expect(other.page.locator(f'form[action$="{draft}/discard"]')).to_have_count(0)
    li.sign(whole_stack.pin("dr-li"))
    li.expect_stage("draft-gone")
    gallery.take(li.page, "desk-sign", "draft-gone", language)


def test_an_unknown_prescription_has_its_page(
    watched: WatchedPage, li: Desk, gallery: Gallery, language: Language
) -> None:
    watched.allow("status of 404")
    li.open(f"/prescriptions/{UNKNOWN}")
    expect(li.page.get_by_test_id("error-state")).to_be_visible()
    gallery.take(li.page, "desk-prescription", "unknown", language)


def test_a_gateway_that_is_down_loses_neither_what_was_typed_nor_what_was_signed(
    watched: WatchedPage,
    li: Desk,
    open_page: OpenPage,
    whole_stack: WholeStack,
    gallery: Gallery,
    language: Language,
    revived: None,
) -> None:
    watched.allow("ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE")
    writing = open_page(context=watched.page.context)
    writing.allow("ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE")
    form = Desk(writing.page, whole_stack)
    form.open("/prescriptions/new")
    form.fill_in()
    # What opens the keyfile is loaded once the record is shown; from then on signing needs no gateway.
    with li.page.expect_response(lambda answer: "hash-wasm" in answer.url) as loaded:
        li.open_signing(make_draft(whole_stack))
    loaded.value.finished()

    kill(whole_stack.stack.gateway.pid)
    li.sign(whole_stack.pin("dr-li"))
    li.expect_stage("unreachable")
    expect(li.page.locator("[data-after-sending]")).to_be_visible()
    gallery.take(li.page, "desk-sign", "unreachable", language)
    writing.page.bring_to_front()
    writing.page.get_by_test_id("save-draft").click()
    expect(writing.page.locator("#unreachable")).to_be_visible()
    expect(writing.page.locator('[name="patient/name"]')).to_have_value("欧阳明月")
    gallery.take(writing.page, "desk-write", "unreachable", language)

    assert "gateway" in whole_stack.stack.revive()
    writing.page.get_by_test_id("save-draft").click()
    writing.page.wait_for_url("**/desk/drafts**")
    li.page.bring_to_front()
    li.page.get_by_test_id("try-again").click()
    li.expect_final()


def test_a_chain_that_is_down_is_waited_for(
    li: Desk, whole_stack: WholeStack, gallery: Gallery, language: Language
) -> None:
    li.open_signing(make_draft(whole_stack))
    with standing_still(whole_stack.stack.engine.pid):
        li.sign(whole_stack.pin("dr-li"))
        li.hand_over()
        li.page.wait_for_url("**/desk/prescriptions/*")
        expect(li.page.get_by_test_id("chain-down")).to_be_visible()
        gallery.take(li.page, "desk-prescription", "chain-down", language)
    li.watch_final()
