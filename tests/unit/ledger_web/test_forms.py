from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from ledger_web.forms import (
    CrossSiteRequest,
    FormUnreadable,
    clear_session_cookie,
    parse_form,
    read_next_path,
    set_session_cookie,
    verify_same_origin,
)


def ask(method: str, **headers: str) -> Request:
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "path": "/", "headers": listed, "query_string": b""})


@pytest.mark.parametrize(
    "request_",
    [
        ask("GET", sec_fetch_site="cross-site"),
        ask("HEAD"),
        ask("POST", sec_fetch_site="same-origin"),
        ask("POST", sec_fetch_site="same-origin", origin="https://elsewhere.example", host="desk.example"),
        ask("DELETE", origin="http://127.0.0.1:8400", host="127.0.0.1:8400"),
        ask("POST", origin="https://Desk.example", host="desk.example"),
    ],
)
def test_requests_of_this_sites_pages_pass(request_: Request) -> None:
    verify_same_origin(request_)


@pytest.mark.parametrize(
    "request_",
    [
        ask("POST"),
        ask("POST", sec_fetch_site="cross-site", origin="http://127.0.0.1:8400", host="127.0.0.1:8400"),
        ask("POST", sec_fetch_site="same-site"),
        ask("PUT", sec_fetch_site="none"),
        ask("POST", origin="null", host="desk.example"),
        ask("POST", origin="http://127.0.0.1:8402", host="127.0.0.1:8400"),
        ask("POST", origin="https://desk.example.other.example", host="desk.example"),
        ask("POST", origin="https://user@desk.example", host="desk.example"),
        ask("POST", origin="http://", host=""),
    ],
)
def test_requests_that_another_site_caused_are_refused(request_: Request) -> None:
    with pytest.raises(CrossSiteRequest) as refusal:
        verify_same_origin(request_)
    assert refusal.value.code == "cross-site-request"


@pytest.mark.parametrize("path", ["/", "/desk/drafts?page=2&q=%E5%88%98", "/a//b", "/logs/7#entry"])
def test_one_returns_to_a_path_of_this_site(path: str) -> None:
    assert read_next_path(path, "/home") == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "//other.example",
        "https://other.example",
        "/\\other.example",
        "\\\\other.example",
        "javascript:alert(1)",
        "/\t/other.example",
        "/a\r\nSet-Cookie: x=y",
        "/" + "a" * 2000,
    ],
)
def test_one_never_returns_to_another_site(path: str | None) -> None:
    assert read_next_path(path, "/home") == "/home"


def test_a_form_is_read_as_typed() -> None:
    assert parse_form(b"name=%E5%BC%A0%E4%B8%89&note=a+b%26c&empty=") == {
        **{"name": "张三", "note": "a b&c"},
        "empty": "",
    }


@pytest.mark.parametrize("body", [b"name=%FF", "name=张".encode(), b"&".join(b"a=1" for _ in range(501))])
def test_a_form_that_no_browser_sends_is_refused(body: bytes) -> None:
    with pytest.raises(FormUnreadable):
        parse_form(body)


def test_a_session_cookie_is_kept_from_scripts_and_other_sites() -> None:
    response = Response()
    set_session_cookie(response, "rxledger_desk", "token", max_age=60, secure=True)
    clear_session_cookie(response, "rxledger_desk", secure=True)
    given, taken = (value for name, value in response.headers.items() if name == "set-cookie")
    for cookie in (given, taken):
        for attribute in ("HttpOnly", "SameSite=strict", "Path=/", "Secure"):
            assert attribute in cookie
    assert "Max-Age=60" in given
    assert "Max-Age=0" in taken
