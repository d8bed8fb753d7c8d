from __future__ import annotations

import base64
import hashlib
import re

import pytest
from fastapi.testclient import TestClient
from jinja2 import UndefinedError
from starlette.requests import Request

from ledger_web.pages import NavItem, Pages
from tests.unit.ledger_web.sample.app import (
    NOW,
    OTHER,
    ROOT,
    PartsPage,
    build_app,
    build_pages,
    build_report,
)

HTML = {"accept": "text/html,application/xhtml+xml", "accept-language": "en"}
CHINESE = HTML | {"accept-language": "zh-CN,zh;q=0.9"}


@pytest.fixture
def client() -> TestClient:
    return TestClient(build_app(), raise_server_exceptions=False, follow_redirects=False)


def test_a_page_speaks_the_language_that_the_browser_asks_for(client: TestClient) -> None:
    english = client.get("/pages/parts", headers=HTML)
    chinese = client.get("/pages/parts", headers=CHINESE)
    assert (english.headers["content-language"], chinese.headers["content-language"]) == ("en", "zh-CN")
    assert '<html lang="en">' in english.text
    assert "could not check" in english.text
    assert "无法核验" not in english.text
    assert '<html lang="zh-CN">' in chinese.text
    assert "无法核验" in chinese.text
    assert "could not check" not in chinese.text


def test_what_was_typed_is_shown_as_text_and_never_as_markup(client: TestClient) -> None:
    page = client.get("/pages/parts", params={"typed": '<script>alert("x")</script>'}, headers=HTML).text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;") == 2


def test_no_page_has_anything_inline_and_its_policy_allows_none(client: TestClient) -> None:
    for path in ("/pages/parts", "/pages/sign-in", "/pages/busy", "/pages/nowhere"):
        answer = client.get(path, headers=HTML)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", answer.text) == []
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=", answer.text) == []


def test_the_import_map_of_a_page_has_its_hash_in_the_policy(client: TestClient) -> None:
    answer = client.get("/pages/sheet", headers=HTML)
    found = re.search(r'<script type="importmap">(.*?)</script>', answer.text, re.DOTALL)
    assert found is not None
    digest = base64.b64encode(hashlib.sha256(found.group(1).encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in answer.headers["content-security-policy"]
    assert answer.text.index("importmap") < answer.text.index('type="module"')
    assert client.get("/static/kit/vendor/noble/curves/secp256k1.js").status_code == 200
    assert '"@noble/curves/":"/static/kit/vendor/noble/curves/"' in found.group(1)


def test_a_name_that_the_context_lacks_is_a_fault_and_not_an_empty_place() -> None:
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    with pytest.raises(UndefinedError, match="rows"):
        build_pages().render(request, "parts.html", {"typed": ""})


def test_a_verdict_is_a_word_an_icon_and_a_colour(client: TestClient) -> None:
    page = client.get("/pages/parts", headers=HTML).text
    for outcome in ("passed", "failed", "late", "could_not_check", "withheld", "pending"):
        badge = re.search(
            rf'<span class="kit-badge kit-(\w+)"[^>]*data-outcome="{outcome}">(.*?)</span></span>', page, re.S
        )
        assert badge is not None, outcome
        assert badge.group(1) in {"good", "bad", "warn", "neutral", "hidden", "busy"}
        assert "<svg" in badge.group(2)
        assert outcome.replace("_", " ") in badge.group(2)


def test_the_steps_of_a_report_say_what_was_compared_and_how_to_repeat_it(client: TestClient) -> None:
    page = client.get("/pages/parts", headers=CHINESE).text
    steps = page.split('data-testid="step-')[1:]
    assert [step[0] for step in steps] == list("1234567")
    failed = steps[2]
    assert "包含" in failed
    assert "证明所得的根与所述不符" in failed
    assert "proof.root_mismatch" in failed
    assert "检查点的根" in failed
    assert f'data-copy="{ROOT}"' in failed
    assert f'data-copy="{OTHER}"' in failed
    assert "不同" in failed
    assert "RFC 9162" in failed
    assert "不同" not in steps[0]


def test_the_frame_shows_who_is_signed_in_and_where_one_is(client: TestClient) -> None:
    page = client.get("/pages/parts", headers=CHINESE).text
    assert "吴敏" in page
    assert 'action="/pages/sign-out"' in page
    assert re.search(r'href="/pages/parts" aria-current="page"', page)
    assert page.count("aria-current") == 1
    assert "2026-11-22 18:06:40 +08:00" in page
    assert NOW == 1_795_342_000


def test_only_a_development_service_says_so() -> None:
    for development in (True, False):
        client = TestClient(build_app(build_pages(development=development)))
        assert ("开发链" in client.get("/pages/sign-in", headers=CHINESE).text) is development


def test_the_language_switch_keeps_the_page_and_its_query(client: TestClient) -> None:
    page = client.get("/pages/parts?typed=a%26b&cursor=4", headers=HTML).text
    assert 'href="/pages/parts?typed=a%26b&amp;cursor=4&amp;lang=zh"' in page
    switched = client.get("/pages/parts?typed=a%26b&cursor=4&lang=zh", headers=HTML)
    assert switched.status_code == 303
    assert switched.headers["location"] == "/pages/parts?typed=a%26b&cursor=4"
    assert "rxledger_lang=zh" in switched.headers["set-cookie"]
    assert '<html lang="zh-CN">' in client.get(switched.headers["location"], headers=HTML).text


def test_switching_the_language_never_leads_to_another_host(client: TestClient) -> None:
    for path in ("//other.example/pages", "/%5Cother.example/pages", "/%2F%5Cother.example"):
        answer = client.get(f"http://testserver{path}?lang=en", headers=HTML)
        assert answer.status_code == 303
        assert re.match(r"/[^/\\]", answer.headers["location"]), answer.headers["location"]


def test_an_icon_that_is_not_there_is_named_with_the_way_to_add_it() -> None:
    pages = Pages(
        "tests.unit.ledger_web.sample",
        title=("A", "甲"),
        navigation=lambda _request: (NavItem("/", ("Home", "首页"), "no-such-icon"),),
        development=True,
    )
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    with pytest.raises(LookupError, match="--icon no-such-icon"):
        pages.render(request, "parts.html", PartsPage("", (), build_report(), ()))
