"""What the search for secrets would find: without this, finding none would say nothing."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pytest
import segno

from tests.browser.printed_codes import read_qr_texts
from tests.browser.searching import find_in_files, list_forms

KEY = bytes(range(200, 232))
PIN = "canary-3f9b"


@pytest.mark.parametrize("form", sorted(list_forms(KEY)))
def test_a_key_is_found_in_each_form(tmp_path: Path, form: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "log").write_bytes(b"before " + list_forms(KEY)[form] + b" after")
    (tmp_path / "other").write_bytes(b"nothing here")
    assert f"folder/log: key ({form})" in find_in_files(tmp_path, {"key": KEY})


def test_a_pin_is_found_in_a_database_that_is_open(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "gateway.db")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE kept (value TEXT)")
    database.execute("INSERT INTO kept VALUES (?)", (PIN,))
    database.commit()
    found = find_in_files(tmp_path, {"PIN": PIN.encode()})
    database.close()
    assert found == ["gateway.db-wal: PIN (as it is)"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(KEY[:31] + PIN[:-1].encode())
    assert find_in_files(tmp_path, {"key": KEY, "PIN": PIN.encode()}) == []


def test_a_qr_code_in_a_picture_is_read() -> None:
    text = "RXL1:1:01890A5D-AC96-774B-BCCE-B302099A8057:0:" + "C1" * 32
    picture = io.BytesIO()
    segno.make(text).save(picture, kind="png", scale=3)
    assert read_qr_texts(picture.getvalue()) == [text]
