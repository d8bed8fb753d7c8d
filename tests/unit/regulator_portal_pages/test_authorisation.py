"""Every route of the portal: who may reach it, and what a stranger, another site or another role gets."""

from __future__ import annotations

import re

import httpx
import pytest

from ledger_web.problems import PROBLEM_MEDIA_TYPE
from tests.support.portal_site import PASSWORD, PortalSite
from tests.support.routes import walk_routes

OPEN_TO_ALL = {"/healthz", "/readyz", "/metrics", "/sign-in", "/static/{path:path}"}
SIGNING_IN = {("POST", "/v1/sessions"), ("POST", "/sign-in"), ("GET", "/sign-in")}
FOR_ADMINS = {"/audit", "/audit.csv", "/v1/audit"}
HTML = {"Accept": "text/html"}
BODY = {"note": "a body that the API reads before it asks who sent it"}


def list_routes(site: PortalSite) -> list[tuple[str, str]]:
    """Every method and path that the application answers."""
    found = [
        (method, route.path)
        for route in walk_routes(site.app.routes)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]
    assert len(found) > 40, "the walk found too few routes to mean anything"
    return found


def fill_path(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "1", path)


def is_page(path: str) -> bool:
    return not path.startswith("/v1/")


def test_a_stranger_reaches_nothing_but_the_sign_in_and_the_operators_addresses(site: PortalSite) -> None:
    stranger = httpx.Client(base_url=site.url, headers=HTML | {"Origin": site.url}, trust_env=False)
    reached = []
    for method, path in list_routes(site):
        if path in OPEN_TO_ALL or (method, path) in SIGNING_IN:
            continue
        answer = stranger.request(method, fill_path(path), json=BODY if not is_page(path) else None)
        if is_page(path):
            led = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        else:
            led = answer.status_code == 401 and answer.headers["content-type"] == PROBLEM_MEDIA_TYPE
        if not led:
            reached.append((method, path, answer.status_code))
    stranger.close()
    assert reached == []


def test_an_ended_session_reaches_nothing(site: PortalSite) -> None:
    site.browser("wu")
    client = site.browser("wu")
    assert client.get("/").status_code == 200
    client.post("/sign-out")
    cookie = dict(client.cookies)
    assert cookie.get("rxledger_portal") is None
    assert client.get("/findings").headers["location"] == "/sign-in?next=%2Ffindings"


def test_another_sites_page_changes_nothing_with_the_auditors_cookie(site: PortalSite) -> None:
    site.fill()
    client = site.browser("wu")
    for method, path in list_routes(site):
        if method == "GET" or path == "/v1/sessions":
            continue
        answer = client.request(
            method,
            fill_path(path),
            json=BODY if not is_page(path) else None,
            headers={"Origin": "https://elsewhere.example", "Accept": "*/*"},
        )
        assert answer.status_code == 403, (method, path, answer.status_code)
        assert answer.json()["code"] == "cross-site-request"
    assert client.get("/").status_code == 200, "signing out from elsewhere took effect"


@pytest.mark.parametrize("site_says", ["same-site", "cross-site", "none"])
def test_what_the_browser_calls_another_site_is_refused_whatever_the_origin(
    site: PortalSite, site_says: str
) -> None:
    answer = site.browser("wu").post("/jobs", headers={"Sec-Fetch-Site": site_says, "Accept": "*/*"})

    assert answer.status_code == 403


def test_the_audit_trail_is_for_admins(site: PortalSite) -> None:
    paths = {path for _, path in list_routes(site)}
    assert paths >= FOR_ADMINS
    for path in sorted(FOR_ADMINS):
        assert site.browser("wu").get(path, headers={"Accept": "*/*"}).status_code == 403, path
        assert site.browser("zhao").get(path, headers={"Accept": "*/*"}).status_code == 200, path


def test_the_navigation_shows_the_trail_to_admins_alone(site: PortalSite) -> None:
    assert 'href="/audit"' not in site.browser("wu").get("/").text
    assert 'href="/audit"' in site.browser("zhao").get("/").text


def test_a_bearer_token_needs_no_origin_and_a_cookie_reads_without_one(site: PortalSite) -> None:
    site.fill()
    log = site.program().get("/v1/overview").json()["logs"][0]["log"]
    started = site.program().post(f"/v1/logs/{log}/rechecks", headers={"Idempotency-Key": "k"})
    assert started.status_code == 202

    client = httpx.Client(base_url=site.url, cookies=dict(site.browser("wu").cookies), trust_env=False)
    assert client.get("/v1/overview").status_code == 200
    refused = client.post(f"/v1/logs/{log}/rechecks", headers={"Idempotency-Key": "k"})
    client.close()
    assert refused.status_code == 403


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(site: PortalSite) -> None:
    client = httpx.Client(base_url=site.url, headers={"Origin": site.url}, trust_env=False)
    answer = client.post("/sign-in", data={"username": "wu", "password": PASSWORD})
    client.close()

    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("rxledger_portal=")
    for attribute in ("httponly", "samesite=strict", "path=/"):
        assert attribute in cookie
