"""The designed states of the pages: empty, long, nothing of that id, node down, hostile names."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest

from tests.support.portal_site import PortalSite, run_portal_site

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
LANGUAGES = (("en", "en"), ("zh-CN", "zh"))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("page", ["/", "/findings", "/verifications", "/jobs"])
def test_a_portal_that_has_nothing_yet_says_so(site: PortalSite, page: str, language: str) -> None:
    answer = site.browser("wu", language).get(page)

    assert answer.status_code == 200
    assert 'data-testid="empty"' in answer.text


@pytest.mark.parametrize(
    ("language", "said"), [("en", "The chain can&#39;t be asked at present"), ("zh-CN", "目前无法查询链")]
)
def test_with_the_chain_down_the_overview_works_from_the_mirror_and_says_as_of_when(
    site: PortalSite, language: str, said: str
) -> None:
    site.fill(600)
    answer = site.browser("wu", language).get("/")

    assert answer.status_code == 200
    assert said in answer.text
    assert 'data-outcome="could_not_check"' in answer.text
    assert re.search(r"(as of block|截至区块) 3", answer.text), "as of which block the mirror speaks"
    assert "600" in answer.text


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize(
    "page",
    [
        "/findings/no-such-finding",
        "/verifications/no-such-verification",
        "/jobs/no-such-job",
        "/logs/77",
        "/logs/77/checkpoints",
        "/logs/77/entries/0",
        "/no/such/page",
        "/jobs/new?kind=recheck&log=77",
    ],
)
def test_an_id_that_does_not_exist_gets_a_page_that_says_so(
    site: PortalSite, page: str, language: str
) -> None:
    answer = site.browser("wu", language).get(page)

    assert answer.status_code == 404
    assert 'data-testid="error-state"' in answer.text
    assert "<main" in answer.text


def test_a_position_past_the_end_of_a_log_gets_a_page_that_says_so(site: PortalSite) -> None:
    filling = site.fill(10)
    answer = site.browser("wu").get(f"/logs/{filling.log}/entries/10")

    assert answer.status_code == 404
    assert "No such entry in the mirror" in answer.text


@pytest.mark.parametrize(
    "query", ["verdict=nonsense", "kind=99", "from=-1", "from=1e3", "commitment=xyz", "after=x"]
)
def test_a_filter_that_no_list_has_is_refused_by_name(site: PortalSite, query: str) -> None:
    filling = site.fill(10)
    answer = site.browser("wu").get(f"/logs/{filling.log}?{query}")

    assert answer.status_code == 422
    assert f"/{query.split('=')[0]}" in answer.text


def test_a_long_list_is_walked_page_by_page_and_nothing_is_missed(site: PortalSite) -> None:
    filling = site.fill(230)
    browser = site.browser("wu")
    url: str | None = f"/logs/{filling.log}"
    seen: list[int] = []
    while url is not None:
        page = browser.get(url).text
        seen += [int(found) for found in re.findall(rf'/logs/{filling.log}/entries/(\d+)"', page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = None if following is None else following.group(1).replace("&amp;", "&")

    assert seen == list(range(230))


@pytest.mark.parametrize(
    ("path", "row"), [("/findings?state=all", "/findings/"), ("/verifications", "/verifications/")]
)
def test_other_long_lists_are_walked_too(site: PortalSite, path: str, row: str) -> None:
    site.fill(300, findings=120, verifications=120)
    browser = site.browser("wu")
    url: str | None = path
    seen: list[str] = []
    while url is not None:
        page = browser.get(url).text
        seen += re.findall(rf'href="{row}([0-9a-f-]{{36}})"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = None if following is None else following.group(1).replace("&amp;", "&")

    assert len(seen) == len(set(seen)) == 120


def test_filters_stand_in_the_url_and_stay_on_the_next_page(site: PortalSite) -> None:
    filling = site.fill(1_200)
    page = site.browser("wu").get(f"/logs/{filling.log}?verdict=passed&from=100").text

    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    assert "verdict=passed" in following.group(1)
    assert "from=100" in following.group(1)
    assert '<option value="passed" selected>' in page


def test_an_entry_is_found_by_its_commitment(site: PortalSite) -> None:
    filling = site.fill(30)
    commitment = site.program().get(f"/v1/logs/{filling.log}/entries/7").json()["commitment"]
    page = site.browser("wu").get(f"/logs/{filling.log}?commitment={commitment}").text

    assert re.findall(rf'/logs/{filling.log}/entries/(\d+)"', page) == ["7"]


def test_each_entry_shows_the_time_of_the_first_checkpoint_that_holds_it(site: PortalSite) -> None:
    filling = site.fill(600)
    program = site.program()
    checkpoints = program.get(f"/v1/logs/{filling.log}/checkpoints").json()["items"]
    first = min(checkpoints, key=lambda each: each["size"])
    page = site.browser("wu").get(f"/logs/{filling.log}/entries/255").text
    after = site.browser("wu").get(f"/logs/{filling.log}/entries/256").text

    assert first["size"] == 256
    assert "size 256" in page
    assert "size 512" in after


def test_hostile_names_are_text_on_every_page(tmp_path: Path) -> None:
    with run_portal_site(tmp_path / "portal", names=(HOSTILE, HOSTILE)) as site:
        filling = site.fill(20, findings=11, jobs=2, verifications=2)
        program = site.program()
        finding = program.get("/v1/findings").json()["items"][0]["id"]
        job = program.get("/v1/jobs").json()["items"][0]["id"]
        log = f"/logs/{filling.log}"
        pages = ["/", log, f"{log}/entries/3", "/verify", "/findings", f"/findings/{finding}", "/jobs"]
        for page in [*pages, f"/jobs/{job}", f"/jobs/new?kind=sweep&log={filling.log}"]:
            text = site.browser("wu").get(page).text
            assert "<script>alert" not in text, page
            assert "<img src=x" not in text, page
            assert "&lt;script&gt;" in text or page.endswith(finding), page


def test_no_page_runs_inline_script_or_style(site: PortalSite) -> None:
    site.fill(20, findings=11, jobs=2, verifications=2)
    for page in ("/", "/verify", "/findings", "/jobs", "/verifications"):
        answer = site.browser("wu").get(page)
        policy = answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        assert "default-src 'none'" in policy
        assert re.search(r"<script(?![^>]*\bsrc=)", answer.text) is None, page
        assert re.search(r"\sstyle=|\son[a-z]+=", answer.text) is None, page


def test_a_job_under_way_keeps_its_page_up_to_date_and_one_that_ended_does_not(site: PortalSite) -> None:
    filling = site.fill(20, jobs=1)
    ended = site.program().get("/v1/jobs").json()["items"][0]["id"]
    started = (
        site.program()
        .post(f"/v1/logs/{filling.log}/rechecks", headers={"Idempotency-Key": str(uuid.uuid4())})
        .json()["id"]
    )
    browser = site.browser("wu")

    assert f'hx-get="/jobs/{started}/card"' in browser.get(f"/jobs/{started}").text
    assert f'hx-get="/jobs/{started}/card"' in browser.get(f"/jobs/{started}/card").text
    assert "<html" not in browser.get(f"/jobs/{started}/card").text
    assert "hx-get" not in browser.get(f"/jobs/{ended}").text
    assert 'hx-get="/jobs/rows"' in browser.get("/jobs").text


@pytest.mark.parametrize(("language", "code"), LANGUAGES)
def test_a_finding_says_what_it_means_and_what_not_with_its_evidence(
    site: PortalSite, language: str, code: str
) -> None:
    site.fill(100, findings=11)
    found = site.program().get("/v1/findings?code=log.entry_changed").json()["items"][0]
    page = site.browser("wu", language).get(f"/findings/{found['id']}").text

    assert found["title" if code == "en" else "title_zh"].replace("'", "&#39;") in page
    assert ("What it does not mean" if code == "en" else "不说明什么") in page
    for value in (found["evidence"][0]["expected"], found["evidence"][0]["observed"]):
        assert value in page
    assert ("How to repeat it by hand" if code == "en" else "如何自行复核") in page
