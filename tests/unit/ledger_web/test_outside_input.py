"""Whatever is sent as language, form or way back: an answer or a refusal, never a fault."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from ledger_web.forms import FormUnreadable, parse_form, read_next_path
from ledger_web.languages import build_switch_url, language_of

SITE = "https://desk.example"
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=200)
ADDRESS = st.text(st.sampled_from("/\\.:@%?#&= abhtps\t\r\n中"), max_size=40)


@given(HEADER, HEADER)
def test_any_headers_lead_to_one_of_the_two_languages(accepted: str, cookie: str) -> None:
    headers = [(b"accept-language", accepted.encode("latin-1")), (b"cookie", cookie.encode("latin-1"))]
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b""})
    assert language_of(request) in ("zh", "en")


@given(ADDRESS)
def test_whatever_is_offered_the_way_back_stays_on_the_site(offered: str) -> None:
    followed = urlsplit(urljoin(SITE, read_next_path(offered, "/home")))
    assert (followed.scheme, followed.netloc) == ("https", "desk.example")


@given(ADDRESS.map(lambda path: "/" + path), ADDRESS)
def test_whatever_the_address_the_language_switch_stays_on_the_site(path: str, query: str) -> None:
    switch = build_switch_url(path, query, "en")
    assert switch.isprintable()
    assert "\\" not in switch.partition("?")[0]
    followed = urlsplit(urljoin(SITE, switch))
    assert (followed.scheme, followed.netloc) == ("https", "desk.example")
    assert followed.query.endswith("lang=en")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_refused(content: bytes) -> None:
    try:
        fields = parse_form(content)
    except FormUnreadable:
        return
    assert all(isinstance(value, str) for value in fields.values())
