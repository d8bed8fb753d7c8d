"""Being an invented person by one click: only where credentials were named, and never in production."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_api.config import load_settings
from ledger_web.errors import StartRefused
from tests.desk_support import DeskBrowser, text_of
from tests.gateway_support import FIRST, PASSWORD, GatewayUnderTest, run_gateway

PEOPLE = [
    {"institution": int(FIRST), "username": "anna", "role": "doctor"},
    {"institution": int(FIRST), "username": "pia", "role": "pharmacist"},
    {"institution": int(FIRST), "username": "nobody", "role": "doctor"},
]


def write_credentials(folder: Path) -> Path:
    for username in ("anna", "pia"):
        (folder / username).mkdir(parents=True)
        (folder / username / "password").write_text(PASSWORD + "\n")
        (folder / username / "key.json").write_text(json.dumps({"of": username}))
        (folder / username / "profile.json").write_text(json.dumps({"profile of": username}))
    content = {"format": "rxledger.development-people/1", "people": PEOPLE}
    (folder / "people.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def played(tmp_path: Path) -> Iterator[GatewayUnderTest]:
    """A gateway that was started with development credentials."""
    folder = write_credentials(tmp_path / "credentials")
    with run_gateway(tmp_path / "home", development_credentials=folder) as running:
        yield running


@pytest.mark.parametrize(("username", "home"), [("anna", "/desk"), ("pia", "/desk")])
def test_one_click_makes_a_session_of_that_person_alone(
    played: GatewayUnderTest, username: str, home: str
) -> None:
    browser = DeskBrowser(played)
    offered = text_of(browser.get("/desk/sign-in"))
    assert "be-anna" in offered
    assert "be-pia" in offered
    assert "be-nobody" not in offered  # listed, but unknown to the gateway
    answer = browser.post("/desk/development/sign-in", institution=FIRST, username=username, next=home)
    assert (answer.status_code, answer.headers["location"]) == (303, home)
    key = browser.get("/desk/development/key")
    assert json.loads(key.json()["keyfile"]) == {"of": username}
    assert key.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("username", ["ben", "nobody", "../anna", ""])
def test_who_has_no_credentials_there_is_refused(played: GatewayUnderTest, username: str) -> None:
    browser = DeskBrowser(played)
    answer = browser.post("/desk/development/sign-in", institution=FIRST, username=username)
    assert answer.status_code in (401, 404), answer.text
    assert "set-cookie" not in answer.headers


def test_another_site_cannot_sign_anybody_in(played: GatewayUnderTest) -> None:
    browser = DeskBrowser(played)
    answer = browser.http.post(
        "/desk/development/sign-in",
        data={"institution": FIRST, "username": "anna"},
        headers={"Origin": "http://127.0.0.1:1"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "host", ["rebound.example", "rebound.example:8400", "192.0.2.7:8400", "127.0.0.1.example", ""]
)
def test_a_name_that_was_made_to_point_here_gets_nobodys_session_or_key(
    played: GatewayUnderTest, host: str
) -> None:
    browser = DeskBrowser(played)
    assert browser.post("/desk/development/sign-in", institution=FIRST, username="anna").status_code == 303
    as_host = {"Host": host, "Origin": f"http://{host}"}
    form = {"institution": FIRST, "username": "anna"}
    for answer in (
        browser.http.post("/desk/development/sign-in", data=form, headers=as_host),
        browser.http.get("/desk/development/key", headers=as_host),
    ):
        assert answer.status_code in (400, 403), answer.text
        assert "set-cookie" not in answer.headers
        assert '"of"' not in answer.text


@pytest.mark.parametrize("host", ["localhost:8400", "127.0.0.1", "127.8.0.1:8400", "[::1]:8400", "LOCALHOST"])
def test_this_machine_by_any_of_its_names_is_at_hand(played: GatewayUnderTest, host: str) -> None:
    browser = DeskBrowser(played)
    answer = browser.http.post(
        "/desk/development/sign-in",
        data={"institution": FIRST, "username": "anna"},
        headers={"Host": host, "Origin": f"http://{host}"},
    )
    assert answer.status_code == 303, answer.text


def test_without_credentials_at_hand_nothing_is_offered(gateway: GatewayUnderTest) -> None:
    browser = DeskBrowser(gateway)
    assert "development" not in text_of(browser.get("/desk/sign-in")).split("<form", 1)[1]
    answer = browser.post("/desk/development/sign-in", institution=FIRST, username="anna")
    assert answer.status_code == 404
    assert browser.sign_in("anna").status_code == 303
    assert browser.get("/desk/development/key").status_code == 404


def test_production_refuses_to_start_with_them(tmp_path: Path) -> None:
    environ = {
        "RXLEDGER_ENVIRONMENT": "production",
        "RXLEDGER_HOME": str(tmp_path),
        "RXLEDGER_DEVELOPMENT_CREDENTIALS": str(tmp_path),
    }
    with pytest.raises(StartRefused, match="RXLEDGER_DEVELOPMENT_CREDENTIALS"):
        load_settings(environ)
