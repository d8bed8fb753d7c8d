"""The attack room over HTTP: who may use it, one attack at a time, and what it says of each."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import structlog

from ledger_api.config import Settings
from ledger_cli.attacks.catalogue import ATTACKS
from ledger_cli.attacks.room import AttackRoom
from ledger_cli.embedded.credentials import signer_files
from ledger_cli.embedded.people import LI
from ledger_cli.embedded.stack import EmbeddedStack
from ledger_cli.errors import Refused
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
PLAY_SECONDS = 120.0


@pytest.fixture(scope="module")
def room(stack: EmbeddedStack) -> Iterator[AttackRoom]:
    opened = AttackRoom(stack, 0)
    opened.start()
    yield opened
    opened.stop()
    assert not opened.is_alive()


@pytest.fixture
def browser(room: AttackRoom) -> Iterator[httpx.Client]:
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    with httpx.Client(base_url=room.url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


def begin(browser: httpx.Client, slug: str, how: str) -> httpx.Response:
    return browser.post(f"/attacks/{slug}/plays", data={"how": how}, headers=FROM_THE_PAGE)


def play(browser: httpx.Client, slug: str, how: str) -> str:
    begun = begin(browser, slug, how)
    assert begun.status_code == 303, begun.text
    address = begun.headers["location"]
    wait_until(
        lambda: "hx-get" not in browser.get(f"{address}/progress").text, PLAY_SECONDS, "the play's end"
    )
    return browser.get(address).text


def test_it_shows_every_attack_in_both_languages(browser: httpx.Client) -> None:
    for language, title in (("en", "Try to cheat"), ("zh-CN", "试试作弊")):
        page = browser.get("/", headers={"Accept-Language": language}).text
        assert title in page
        for attack in ATTACKS:
            assert f'data-testid="attack-{attack.slug}"' in page
            shown = attack.title.en if language == "en" else attack.title.zh
            assert shown.replace("'", "&#39;") in page


@pytest.mark.parametrize(("language", "title"), [("en", "Be somebody else"), ("zh-CN", "换个角色")])
def test_it_shows_whom_one_can_be_and_where(
    browser: httpx.Client, stack: EmbeddedStack, language: str, title: str
) -> None:
    page = browser.get("/roles", headers={"Accept-Language": language}).text
    assert title in page
    assert f"{stack.gateway.url}/desk/sign-in?person=dr-li" in page
    assert f"{stack.second_gateway.url}/desk/sign-in?person=ph-lin" in page
    assert signer_files(stack.home, LI).pin.read_text().strip() in page


def test_a_cheat_is_shown_with_who_stopped_it_and_what_was_compared(browser: httpx.Client) -> None:
    page = play(browser, "doubled-field", "cheat")
    assert 'data-testid="guard-1"' in page
    assert 'data-testid="guard-2"' in page
    assert "json.duplicate_name" in page
    assert "disclosure.index" in page
    assert "verifier, step 1" in page
    assert "/verifications/" in page


def test_the_honest_way_passes_and_both_stand_in_the_history(browser: httpx.Client) -> None:
    assert "passed" in play(browser, "doubled-field", "honest")
    latest = browser.get("/v1/plays").json()["items"][0]
    assert (latest["attack"], latest["how"], latest["outcome"]) == ("doubled-field", "honest", "passed")
    assert latest["as_it_should"] is True
    table = browser.get("/plays.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert "doubled-field,honest,passed,verifier" in table.text
    assert 'data-testid="plays"' in browser.get("/plays").text


def test_only_one_attack_is_played_at_a_time(browser: httpx.Client) -> None:
    first = begin(browser, "forged-signature", "honest")
    second = begin(browser, "late-signing", "cheat")
    assert (first.status_code, second.status_code) == (303, 409)
    assert "An attack is under way" in second.text
    address = first.headers["location"]
    wait_until(
        lambda: "hx-get" not in browser.get(f"{address}/progress").text, PLAY_SECONDS, "the play's end"
    )


def test_another_site_can_start_nothing(browser: httpx.Client) -> None:
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://elsewhere.example"},
        {},
    ):
        answer = browser.post("/attacks/doubled-field/plays", data={"how": "cheat"}, headers=headers)
        assert answer.status_code == 403
    pointed_here = browser.get("/", headers={"Host": "elsewhere.example"})
    assert pointed_here.status_code == 400


def test_what_does_not_exist_is_a_page_that_says_so(browser: httpx.Client) -> None:
    assert begin(browser, "bribery", "cheat").status_code == 404
    unknown = browser.get("/plays/00000000")
    assert unknown.status_code == 404
    assert "No such attack" in unknown.text


def test_it_does_not_start_in_production(stack: EmbeddedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    development = stack.load_gateway_settings()
    production = development.model_copy(update={"environment": "production"})

    def load() -> Settings:
        return production

    monkeypatch.setattr(stack, "load_gateway_settings", load)
    refusing = AttackRoom(stack, 0)
    with pytest.raises(Refused) as refused:
        refusing.start()
    assert refused.value.code == "attacks.production"
    assert not refusing.is_alive()


def test_once_it_has_stopped_others_in_its_process_log_where_they_did_before(stack: EmbeddedStack) -> None:
    before, was_configured = structlog.get_config(), structlog.is_configured()
    opened = AttackRoom(stack, 0)
    opened.start()
    assert structlog.get_config() != before
    opened.stop()
    assert (structlog.get_config(), structlog.is_configured()) == (before, was_configured)
    structlog.get_logger("after").warning("still_logged")
