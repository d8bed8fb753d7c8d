"""Lists and drill-down over HTTP: filters in the address, paging, CSV, and JSON twins that say the same."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import pytest

from ledger_api.desk import wording
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.pages.link_wording import say_reason
from tests.support.portal_scene import INSURER, PHARMACY, PortalScene, digest, hex_of
from tests.support.portal_site import PortalSite
from tests.support.portal_stories import Story, tell_story

ROWS = 55


@dataclass(frozen=True)
class Told:
    """A portal with one story, and many settlements like its own."""

    site: PortalSite
    story: Story


@pytest.fixture
def told(site: PortalSite) -> Told:
    scene = PortalScene(site.tools, site.clock())
    story = tell_story(scene)
    scene.judge()
    first = scene.get(story.settlement)
    with scene.tools.database.writing() as session:
        for number in range(ROWS):
            own = {
                "commitment": digest(f"row {number}"),
                "seen_at": first.seen_at - 3600,
                "verdict": "failed",
            }
            session.add(LinkedRecord(**{**first.model_dump(), **own}))
    return Told(site, story)


def test_a_list_is_paged_without_gaps_also_where_many_have_the_same_time(told: Told) -> None:
    program = told.site.program()
    seen: list[str] = []
    cursor = ""
    while True:
        answer = program.get(f"/v1/settlements?limit=20{cursor}")
        assert answer.status_code == 200, answer.text
        seen += [row["commitment"] for row in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            break
        cursor = f"&cursor={answer.json()['next_cursor']}"
    assert len(seen) == len(set(seen)) == ROWS + 1
    assert seen[0] == hex_of(told.story.settlement.commitment)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", ROWS + 1),
        ("verdict=failed", ROWS),
        ("verdict=passed", 1),
        (f"institution={INSURER}&counterpart={PHARMACY}", ROWS + 1),
        (f"institution={PHARMACY}", 0),
        ("decision=refused", 0),
        ("from=2001-01-01&to=2001-01-31", 0),
    ],
)
def test_filters_stand_in_the_address_and_page_csv_and_json_let_the_same_through(
    told: Told, query: str, count: int
) -> None:
    rows = told.site.program().get(f"/v1/settlements?limit=200&{query}").json()["items"]
    table = told.site.browser().get(f"/settlements.csv?{query}").content.decode("utf-8-sig")
    page = told.site.browser().get(f"/settlements?{query}").text
    assert len(rows) == len(list(csv.reader(io.StringIO(table)))) - 1 == count
    assert page.count('data-testid="record"') == min(count, 50)


@pytest.mark.parametrize("query", ["verdict=nice", "from=yesterday", "institution=-1", "cursor=7"])
def test_a_filter_that_no_list_has_is_refused_with_its_place(told: Told, query: str) -> None:
    assert told.site.browser().get(f"/dispensings?{query}").status_code == 422
    answer = told.site.program().get(f"/v1/dispensings?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_page_and_json_of_a_record_say_the_same(told: Told) -> None:
    commitment = hex_of(told.story.settlement.commitment)
    said = told.site.program().get(f"/v1/settlements/{commitment}").json()
    page = told.site.browser().get(f"/settlements/{commitment}").text
    assert (said["evidence"], said["links"], said["under_it"]) == ("passed", "passed", "passed")
    assert {each["state"] for each in said["claims"]} == {"settled"}
    assert [each["act"] for each in said["acts"]] == ["settle"]
    assert len({node["key"] for node in said["nodes"]}) == len(said["nodes"])
    for node in said["nodes"]:
        assert f'data-trail-node="{node["key"]}"' in page
    assert said == told.site.program().get(f"/v1/records/{commitment}").json()


def test_every_reason_that_the_desks_offer_has_the_same_words_here() -> None:
    offered = {
        **wording.REDUCTION_REASONS,
        **wording.VOID_REASONS,
        **wording.RESTORE_REASONS,
        **wording.REVERSAL_REASONS,
    }
    for code in offered.keys() - {"other"}:
        assert say_reason(code)[1] == offered[code][1]
    assert say_reason("other") == ("other", "其他")
    assert say_reason("a_payers_own") == ("a_payers_own", "a_payers_own")


def test_a_record_is_only_found_under_its_own_kind_and_led_to_from_its_commitment(told: Told) -> None:
    commitment = hex_of(told.story.dispensing.commitment)
    browser, program = told.site.browser(), told.site.program()
    assert browser.get(f"/records/{commitment}").headers["location"] == f"/dispensings/{commitment}"
    assert program.get(f"/v1/settlements/{commitment}").json()["code"] == "record-not-found"
    assert browser.get(f"/settlements/{commitment}").status_code == 404
    assert program.get(f"/v1/packs/0x{'12' * 32}").json()["code"] == "pack-not-found"
    assert program.get(f"/v1/demands/{commitment}/content").json()["code"] == "demand-unknown"


def test_a_pack_says_its_lot_and_its_uses(told: Told) -> None:
    token = hex_of(told.story.token)
    said = told.site.program().get(f"/v1/packs/{token}").json()
    assert (said["used_units"], said["total_units"]) == (24, 24)
    assert said["lots"] == [hex_of(told.story.lot.commitment)]
    assert [use["act"]["act"] for use in said["uses"]] == ["dispense"]
    assert said["as_of_block"] is not None


def test_strangers_see_none_of_it(told: Told) -> None:
    commitment = hex_of(told.story.settlement.commitment)
    stranger = told.site.program(None)
    for path in ("settlements", "dispensings", f"records/{commitment}", f"demands/{commitment}/content"):
        assert stranger.get(f"/v1/{path}").status_code == 401
