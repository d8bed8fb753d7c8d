"""CSV of tables: safe in a spreadsheet, readable there, complete however long."""

from __future__ import annotations

import csv
import io

import pytest

from ledger_web.csv_cells import disarm
from regulator_portal.pages.csv_export import BYTE_ORDER_MARK, build_csv
from tests.support.portal_site import PortalSite


def read_csv(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8")
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text[1:])))


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "=cmd|' /C calc'!A0"),
        *("＝1+1", "＋1", "－1", "＠SUM(A1)", "\u3000＝1"),
    ],
)
def test_a_cell_is_never_taken_for_a_formula(cell: str) -> None:
    assert disarm(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["0x00", "First Hospital", "第一医院", "a=1", ""])
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert disarm(cell) == cell


def test_numbers_stay_numbers_and_nothing_stays_nothing() -> None:
    assert (
        "".join(build_csv(("=a",), [(-1,), (None,), ("=1",)]))
        == f"{BYTE_ORDER_MARK}'=a\r\n-1\r\n\"\"\r\n'=1\r\n"
    )


def test_rows_come_in_pieces_and_none_is_lost() -> None:
    pieces = list(build_csv(("a", "b"), ((number, "x,\n") for number in range(1000))))

    assert len(pieces) > 2
    rows = read_csv("".join(pieces).encode())
    assert rows[0] == ["a", "b"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(1000)]


def test_the_entries_export_holds_every_entry_of_the_filter(site: PortalSite) -> None:
    filling = site.fill(2_500)
    browser = site.browser("wu")

    everything = read_csv(browser.get(f"/logs/{filling.log}/entries.csv").content)
    late = read_csv(browser.get(f"/logs/{filling.log}/entries.csv?verdict=late").content)

    assert [row[0] for row in everything[1:]] == [str(position) for position in range(2_500)]
    assert [row[0] for row in late[1:]] == ["996", "1993"]
    assert everything[1][6].endswith("Z"), "the anchoring time is there"


@pytest.mark.parametrize(
    "table", ["findings.csv", "jobs.csv", "verifications.csv", "overview.csv", "audit.csv"]
)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_table_exports_in_the_pages_language(site: PortalSite, table: str, language: str) -> None:
    site.fill(300, findings=620, jobs=10, verifications=520)
    answer = site.browser("zhao", language).get(f"/{table}")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    rows = read_csv(answer.content)
    assert rows[0][0].isascii() == (language == "en")
    assert len({len(row) for row in rows}) == 1, "every row has a cell for each heading"
    expected = {"verifications.csv": 520, "jobs.csv": 10, "overview.csv": 1}
    if table in expected:
        assert len(rows) == expected[table] + 1


def test_the_findings_export_takes_the_filters_of_the_page(site: PortalSite) -> None:
    site.fill(300, findings=66)
    browser = site.browser("wu")

    count_open = len(read_csv(browser.get("/findings.csv").content)) - 1
    count_all = len(read_csv(browser.get("/findings.csv?state=all").content)) - 1

    assert (count_open, count_all) == (44, 66)
