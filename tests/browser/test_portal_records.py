"""Drilling down in the portal: lists, a record with everything under it as text and as a graph, packs.

What stands in the database is made by `PortalScene`: honest stories and false ones, judged by the rules.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from regulator_portal.linking.models import LinkedRecord
from regulator_portal.mirror.models import LogState
from regulator_portal.mirror.repository import MirrorRepository
from tests.browser.browsing import Language
from tests.browser.gallery import Gallery
from tests.browser.test_portal_states import sign_in
from tests.browser.watching import OpenPage
from tests.support.portal_scene import (
    HOSPITAL,
    MINUTE,
    PHARMACY,
    REGULATOR,
    Logged,
    PortalScene,
    digest,
    hex_of,
)
from tests.support.portal_site import PortalSite, run_portal_site
from tests.support.portal_stories import (
    Story,
    build_dispensing,
    build_prescription,
    build_review,
    build_settlement,
    build_use,
    tell_settlement,
    tell_story,
    tell_use,
)

pytestmark = pytest.mark.needs_system("chromium")

ROWS: Final = 60
DEMAND_PATH: Final = re.compile(r"/v1/demands/([0-9a-f-]{36})/content")
MORE: Final = (
    ("Example City Medical Insurance Centre", "示例市医保中心"),
    ("Example Pharmaceutical Works", "示例制药厂"),
    ("Example Healthcare Security Bureau", "示例医保局"),
)


@dataclass(frozen=True)
class Drilled:
    """A portal with an honest story and a false one."""

    site: PortalSite
    honest: Story
    false_settlement: Logged
    false_dispensing: Logged
    awaited: Logged
    many_packs: Logged


@pytest.fixture(scope="module")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalSite]:
    """A portal that has nothing yet."""
    with run_portal_site(tmp_path_factory.mktemp("nothing") / "portal") as site:
        yield site


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drilled]:
    """The portal of this module."""
    home: Path = tmp_path_factory.mktemp("drilled") / "portal"
    with run_portal_site(home, names=("Example First Hospital", "示例第一医院"), more=MORE) as site:
        yield build_drilled(site)


def build_drilled(site: PortalSite) -> Drilled:
    """Tell the stories, and fill the lists."""
    scene = PortalScene(site.tools, site.clock())
    honest = tell_story(scene)
    at = scene.now - 90 * MINUTE
    prescription = build_prescription(scene, at)
    review = build_review(scene, PHARMACY, prescription, at)
    build_review(scene, HOSPITAL, prescription, at, "rejected")
    use = build_use(prescription, digest("a pack that nobody made"))
    dispensing = build_dispensing(scene, prescription, review, use, at)
    tell_use(scene, dispensing, use, at + MINUTE)
    sums: dict[str, Any] = {
        "amount_minor": 3280,
        "fund_minor": 2700,
        "account_minor": 600,
        "cash_minor": 80,
        "reduced_minor": 0,
    }
    settlement = build_settlement(scene, dispensing, use, at + 9 * MINUTE, totals=sums)
    claims = [each.claim for each in use.claims]
    tell_settlement(scene, dispensing, settlement.commitment, claims, at + 9 * MINUTE)
    other = build_prescription(scene, at)
    awaited = Logged(PHARMACY, 3, "", digest("a dispensing that isn't logged yet"))  # type: ignore[arg-type]
    tell_use(scene, awaited, build_use(other, honest.token, units=1), scene.now)
    tokens: list[Any] = [hex_of(digest(f"pack {number}")) for number in range(300)]
    lot = {"event": "commissioned", "lot": "L-LONG", "packs": sorted(tokens), "unit": "粒"}
    many = scene.log(4, 9, {**lot, "expires_on": "2028-06-30", "units_per_pack": 24})
    scene.judge()
    copy_rows(scene, honest.settlement, 4)
    copy_rows(scene, honest.dispensing, 3)
    return Drilled(site, honest, settlement, dispensing, awaited, many)


def copy_rows(scene: PortalScene, logged: Logged, kind: int) -> None:
    """Fill a list with many of the same, each with a commitment of its own."""
    first = scene.get(logged)
    with scene.tools.database.writing() as session:
        for number in range(ROWS):
            own = {"commitment": digest(f"{kind} {number}"), "seen_at": first.seen_at - 60 * number - 7200}
            session.add(LinkedRecord(**{**first.model_dump(), **own}))


def test_lists_with_nothing_in_them_say_so(
    open_page: OpenPage, empty_site: PortalSite, gallery: Gallery, language: Language
) -> None:
    page = open_page(language).page
    sign_in(page, empty_site)
    for name in ("settlements", "dispensings"):
        page.goto(f"{empty_site.url}/{name}")
        expect(page.get_by_test_id("empty")).to_be_visible()
        gallery.take(page, f"portal-{name}", "empty", language)


def test_lists_are_filtered_by_their_address_and_go_on_to_the_next_page(
    open_page: OpenPage, drilled: Drilled, gallery: Gallery, language: Language
) -> None:
    page = open_page(language).page
    sign_in(page, drilled.site)
    for name in ("settlements", "dispensings"):
        page.goto(f"{drilled.site.url}/{name}")
        expect(page.locator("a[rel=next]")).to_be_visible()
        gallery.take(page, f"portal-{name}", "long", language)
        page.goto(f"{drilled.site.url}/{name}?verdict=failed")
        expect(page.get_by_test_id("record")).to_have_count(1)
        gallery.take(page, f"portal-{name}", "normal", language)
        page.goto(f"{drilled.site.url}/{name}?from=2001-01-01&to=2001-01-02")
        expect(page.get_by_test_id("empty")).to_be_visible()
        gallery.take(page, f"portal-{name}", "nothing-fits", language)


def open_record(page: Page, drilled: Drilled, path: str, logged: Logged) -> None:
    page.goto(f"{drilled.site.url}/{path}/{hex_of(logged.commitment)}")
    expect(page.locator("[data-trail-graph] canvas").first).to_be_visible()


def test_a_settlement_leads_down_to_the_maker_as_text_and_as_a_graph(
    open_page: OpenPage, drilled: Drilled, gallery: Gallery, language: Language
) -> None:
    page = open_page(language).page
    sign_in(page, drilled.site)
    open_record(page, drilled, "settlements", drilled.honest.settlement)
    verdicts = page.get_by_test_id("trail-node").locator("[data-outcome]")
    assert {each.get_attribute("data-outcome") for each in verdicts.all()} == {"passed"}
    keys = [line.get_attribute("data-trail-node") or "" for line in page.get_by_test_id("trail-node").all()]
    kinds = {key.split(":")[0] for key in keys}
    assert kinds == {"record", "credential", "pack", "maker"}
    gallery.take(page, "portal-settlement", "normal", language)
    for link in ("dispensings", "prescriptions"):
        page.get_by_test_id("trail-node").locator(f"a[href^='/{link}/']").first.click()
        expect(page.locator("[data-trail-graph] canvas").first).to_be_visible()
        gallery.take(page, f"portal-{link[:-1]}", "normal", language)
    open_record(page, drilled, "records", drilled.honest.lot)
    gallery.take(page, "portal-record", "lot", language)
    page.goto(f"{drilled.site.url}/packs/{hex_of(drilled.honest.token)}")
    expect(page.get_by_test_id("lot")).to_have_count(1)
    gallery.take(page, "portal-pack", "normal", language)


def test_the_list_beside_the_graph_is_walked_by_keyboard_and_lights_its_node(
    open_page: OpenPage, drilled: Drilled, language: Language
) -> None:
    page = open_page(language).page
    sign_in(page, drilled.site)
    open_record(page, drilled, "settlements", drilled.honest.settlement)
    line = page.get_by_test_id("trail-node").nth(1)
    line.locator("[tabindex], a").first.focus()
    expect(line).to_have_class("portal-depth-1 is-lit")
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("trail-node").nth(2)).to_have_class("portal-depth-1 is-lit")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{drilled.site.url}/dispensings/{hex_of(drilled.honest.dispensing.commitment)}")


def test_what_fails_and_what_is_awaited_is_said_in_words(
    open_page: OpenPage, drilled: Drilled, gallery: Gallery, language: Language
) -> None:
    page = open_page(language).page
    sign_in(page, drilled.site)
    open_record(page, drilled, "settlements", drilled.false_settlement)
    failed = page.locator("[data-code='settlement.sum_mismatch'] [data-testid=verdict]").first
    expect(failed).to_have_attribute("data-outcome", "failed")
    gallery.take(page, "portal-settlement", "failed", language)
    open_record(page, drilled, "dispensings", drilled.awaited)
    awaited = page.locator("[data-code='use.without_record'] [data-testid=verdict]").first
    expect(awaited).to_have_attribute("data-outcome", "pending")
    gallery.take(page, "portal-dispensing", "awaited", language)
    open_record(page, drilled, "records", drilled.many_packs)
    gallery.take(page, "portal-record", "long", language)


def test_what_nobody_has_put_on_record_is_not_found(
    open_page: OpenPage, drilled: Drilled, gallery: Gallery, language: Language
) -> None:
    opened = open_page(language)
    opened.allow(r"status of 404")
    page = opened.page
    sign_in(page, drilled.site)
    for name, path in (("settlement", "settlements"), ("pack", "packs")):
        page.goto(f"{drilled.site.url}/{path}/0x{'12' * 32}")
        expect(page.get_by_test_id("error-state")).to_be_visible()
        gallery.take(page, f"portal-{name}", "unknown", language)


def test_what_rests_on_a_silent_log_is_unchecked_and_neither_passed_nor_failed(
    open_page: OpenPage, drilled: Drilled, gallery: Gallery, language: Language
) -> None:
    tools = drilled.site.tools
    with tools.database.writing() as session:
        mirror = MirrorRepository(session)
        for row in mirror.list_logs():
            row.state = LogState.COULD_NOT_CHECK
            mirror.add(row)
    PortalScene(tools, drilled.site.clock(), block=60).judge()
    page = open_page(language).page
    sign_in(page, drilled.site)
    open_record(page, drilled, "dispensings", drilled.false_dispensing)
    unchecked = page.locator("[data-code='pack.unknown_lot'] [data-testid=verdict]").first
    expect(unchecked).to_have_attribute("data-outcome", "could_not_check")
    gallery.take(page, "portal-dispensing", "node-silent", language)


@contextmanager
def run_answering_gateway(answers: dict[str, bytes]) -> Iterator[str]:
    """A gateway that answers demands with what it was given, and is overloaded for all others."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = DEMAND_PATH.fullmatch(self.path)
            content = answers.get(found.group(1)) if found else None
            self.send_response(503 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_a_content_is_shown_only_where_it_is_the_demanded_records(
    open_page: OpenPage, tmp_path: Path, gallery: Gallery, language: Language
) -> None:
    answers: dict[str, bytes] = {}
    with (
        run_answering_gateway(answers) as gateway,
        run_portal_site(tmp_path / "portal", gateway=gateway, more=MORE) as site,
    ):
        scene = PortalScene(site.tools, site.clock())
        record = build_prescription(scene, scene.now)
        other = build_prescription(scene, scene.now)
        demands = []
        for handed in (record, other, None):
            by = {"purpose": "audit", "grounds": "x", "answer_by": "2030-01-01T00:00:00Z"}
            demands.append(scene.log(REGULATOR, 11, {"subject": record.ref(), **by}))
            if handed is not None:
                content, key = scene.contents[handed.id]
                said = {"decision": "granted", "record": content, "record_key": hex_of(key)}
                answers[demands[-1].id] = json.dumps(said).encode()
        page = open_page(language).page
        sign_in(page, site)
        page.goto(f"{site.url}/prescriptions/{hex_of(record.commitment)}")
        expect(page.get_by_test_id("referring")).to_have_count(len(demands))
        for demand, state, fields in zip(
            demands, ("normal", "failed", "gateway-silent"), (True, False, False), strict=True
        ):
            page.goto(f"{site.url}/demands/{hex_of(demand.commitment)}/content")
            assert (page.get_by_test_id("field").count() > 0) is fields
            gallery.take(page, "portal-content", state, language)
