"""Signing in by the page: where it leads, and what a refusal keeps and says."""

from __future__ import annotations

import pytest

from tests.support.portal_site import PASSWORD, PortalSite


def test_signing_in_leads_back_to_the_page_that_was_wanted(site: PortalSite) -> None:
    browser = site.browser(None)

    sent_away = browser.get("/findings?state=closed")
    assert sent_away.status_code == 303
    form = browser.get(sent_away.headers["location"])
    assert 'value="/findings?state=closed"' in form.text
    assert 'data-testid="session-ended"' in form.text
    answer = browser.post(
        "/sign-in", data={"username": "wu", "password": PASSWORD, "next": "/findings?state=closed"}
    )

    assert answer.headers["location"] == "/findings?state=closed"
    assert browser.get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_signing_in_never_leads_to_another_site(site: PortalSite, elsewhere: str) -> None:
    answer = site.browser(None).post(
        "/sign-in", data={"username": "wu", "password": PASSWORD, "next": elsewhere}
    )

    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Username or password is wrong"), ("zh-CN", "用户名或密码错误")]
)
def test_a_wrong_password_is_refused_in_the_page_and_keeps_the_username(
    site: PortalSite, language: str, said: str
) -> None:
    answer = site.browser(None, language).post("/sign-in", data={"username": "wu", "password": "wrong"})

    assert answer.status_code == 401
    assert said in answer.text
    assert 'data-testid="error-state"' in answer.text
    assert 'value="wu"' in answer.text
    assert "wrong" not in answer.text.replace("is wrong", "")


def test_nobody_and_a_wrong_password_get_the_same_answer(site: PortalSite) -> None:
    browser = site.browser(None)
    known = browser.post("/sign-in", data={"username": "wu", "password": "wrong"})
    unknown = browser.post("/sign-in", data={"username": "nobody", "password": "wrong"})

    assert known.status_code == unknown.status_code == 401
    assert "Username or password is wrong" in unknown.text


def test_after_several_failures_the_account_waits_and_the_page_says_how_long(site: PortalSite) -> None:
    browser = site.browser(None)
    for _ in range(6):
        browser.post("/sign-in", data={"username": "wu", "password": "wrong"})

    answer = browser.post("/sign-in", data={"username": "wu", "password": PASSWORD})

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Too many failed sign-ins" in answer.text
    site.clock.advance(60)
    assert browser.post("/sign-in", data={"username": "wu", "password": PASSWORD}).status_code == 303


def test_an_expired_session_is_led_to_sign_in_and_back(site: PortalSite) -> None:
    browser = site.browser("wu")
    assert browser.get("/verify").status_code == 200

    site.clock.advance(site.parts.settings.session_hours * 3600 + 1)

    answer = browser.get("/verify")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fverify"


def test_a_part_of_a_page_asked_for_after_the_session_leads_the_whole_page_to_sign_in(
    site: PortalSite,
) -> None:
    browser = site.browser(None)

    answer = browser.get(
        "/jobs/rows", headers={"HX-Request": "true", "HX-Current-URL": f"{site.url}/jobs?offset=50"}
    )

    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/sign-in?next=%2Fjobs%3Foffset%3D50"


def test_sign_ins_stand_in_the_trail_without_the_password(site: PortalSite) -> None:
    site.browser(None).post("/sign-in", data={"username": "wu", "password": "not-this-one"})
    trail = site.browser("zhao").get("/audit").text

    assert "session.refused" in trail
    assert "session.opened" in trail
    assert "not-this-one" not in trail
