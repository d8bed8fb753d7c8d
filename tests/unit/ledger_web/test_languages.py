from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from starlette.requests import Request

from ledger_web.languages import build_switch_url, language_of
from ledger_web.page_text import PageText


def ask(query: str = "", **headers: str) -> Request:
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {"type": "http", "method": "GET", "path": "/", "headers": listed, "query_string": query.encode()}
    )


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("fr, en;q=0.3, zh;q=0.5", "zh"),
        ("fr;q=1.0, en;q=0.5", "en"),
        ("fr", "zh"),
        ("*", "zh"),
        ("en;q=0, zh-TW", "zh"),
        ("en;q=nonsense", "zh"),
        (";;;,,,=", "zh"),
    ],
)
def test_the_browser_chooses_the_language_by_its_weights(header: str, language: str) -> None:
    assert language_of(ask(accept_language=header)) == language


def test_a_choice_made_goes_before_what_the_browser_says() -> None:
    assert language_of(ask(accept_language="zh", cookie="rxledger_lang=en")) == "en"
    assert language_of(ask("lang=zh", cookie="rxledger_lang=en")) == "zh"
    assert language_of(ask("lang=xx", accept_language="en", cookie="rxledger_lang=yy")) == "en"


def test_the_switch_replaces_an_earlier_choice_in_the_address() -> None:
    assert build_switch_url("/logs/7", "lang=zh&kind=rx", "en") == "/logs/7?kind=rx&lang=en"
    assert build_switch_url("//other.example/x", "", "en") == "/other.example/x?lang=en"


def test_times_have_their_zone_and_spans_their_largest_units() -> None:
    english = PageText("en", ZoneInfo("Asia/Shanghai"), 0)
    chinese = PageText("zh", ZoneInfo("America/St_Johns"), 0)
    assert english.moment(1_795_342_000) == "2026-11-22 18:06:40 +08:00"
    assert chinese.moment(1_795_342_000) == "2026-11-22 06:36:40 -03:30"
    assert english.iso(1_795_342_000) == "2026-11-22T10:06:40Z"
    assert [english.age(each) for each in (-5, 0, 59, 60, 3_605, 90_000)] == [
        *("0 s", "0 s", "59 s", "1 min", "1 h", "1 d 1 h")
    ]
    assert chinese.age(187) == "3 分钟 7 秒"
    assert english.number(1_234_567) == "1,234,567"
    assert chinese.pick("{n} entries", "{n} 条", n=3) == "3 条"
