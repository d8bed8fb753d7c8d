"""One pack has one canonical code and one token, whatever form was scanned."""

from __future__ import annotations

from datetime import date

import pytest

from ledger_proofs.errors import MalformedInput
from ledger_proofs.gs1 import check_digit
from ledger_proofs.packs import PackForm, key_epoch, pack_token, parse_pack_code

GTIN = "09506000134352"
KEY = bytes(range(32))
SAME_PACK = (
    "(01)09506000134352(17)261231(10)AB-1(21)S7",
    "]d20109506000134352172612311" + "0AB-1\x1d21S7",
    "]C101095060001343521726123110AB-1\x1d21S7",
    "\x1d010950600013435221S7\x1d10AB-1\x1d17261231",
    "https://id.gs1.org/01/09506000134352/10/AB-1/21/S7?17=261231",
    "HTTPS://shop.example/cn/p/01/9506000134352/10/AB%2D1/21/S7?linkType=all&17=261231#top",
    " (01)09506000134352(21)S7(10)AB-1(17)261231\r\n",
)


@pytest.mark.parametrize("text", SAME_PACK)
def test_every_form_of_a_gs1_code_is_one_pack(text: str) -> None:
    code = parse_pack_code(text)
    assert code.canonical == f"gs1:{GTIN}:S7"
    assert (code.form, code.product, code.lot, code.serial) == (PackForm.GS1, GTIN, "AB-1", "S7")
    assert code.expires_on == date(2026, 12, 31)
    assert pack_token(KEY, code) == pack_token(KEY, parse_pack_code(SAME_PACK[0]))


@pytest.mark.parametrize(
    "text", ["81234560000012345678", "  81234560000012345678\n", "]C081234560000012345678"]
)
def test_twenty_digits_are_a_chinese_trace_code(text: str) -> None:
    code = parse_pack_code(text)
    assert (code.form, code.canonical) == (PackForm.CN20, "cn20:81234560000012345678")
    assert (code.product, code.serial, code.lot) == ("8123456", "0000012345678", None)


def test_other_printable_codes_are_kept_as_they_are() -> None:
    code = parse_pack_code("MA.156.1000/20260101A")
    assert (code.form, code.canonical) == (PackForm.OTHER, "other:MA.156.1000/20260101A")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "pack.length"),
        ("1" * 513, "pack.length"),
        ("123456", "pack.malformed"),
        ("药品追溯码药品追溯码药品追溯码药品追溯码", "pack.malformed"),
        ("8123456 0000012345678", "pack.malformed"),
        ("01095060001343522112", "pack.ambiguous"),
        ("(01)09506000134353(21)S7", "pack.check_digit"),
        ("(01)09506000134352(10)AB", "pack.no_serial"),
        ("]d217261231" + "10AB\x1d21S7", "pack.no_product"),
        ("(01)09506000134352(21)S(7)", "pack.brackets"),
        ("(01)09506000134352(21)S7(21)S8", "pack.twice"),
        ("(01)09506000134352(21)" + "S" * 21, "pack.value"),
        ("(01)09506000134352(8008)2612", "pack.unknown_identifier"),
        ("]d20109506000134352172613312" + "1S7", "pack.date"),
        ("010950600013435210AB21S7", "pack.separators_lost"),
        ("010950600013435221SER10LOT", "pack.separators_lost"),
        ("]d2010950600013435221SER17261231", "pack.separators_lost"),
        ("https://id.gs1.org/02/09506000134352/21/S7", "pack.link"),
        ("https://id.gs1.org/01/09506000134352/21/S7/10/AB", "pack.link"),
        ("https://id.gs1.org/01/09506000134352/21/S%7", "pack.link"),
    ],
)
def test_what_is_no_code_or_could_be_two_is_refused(text: str, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_pack_code(text)
    assert caught.value.code == code
    assert text.strip() not in caught.value.message or not text


def test_a_scan_whose_last_value_holds_nothing_else_needs_no_separator() -> None:
    assert parse_pack_code("010950600013435221SER-7").serial == "SER-7"
    assert parse_pack_code("010950600013435217261231" + "21XY").expires_on == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("digits", "check"),
    [("0950600013435", 2), ("0061414112345", 2), ("629104150021", 3), ("37610425002123456", 9)],
)
def test_check_digits_are_those_that_gs1_publishes(digits: str, check: int) -> None:
    # GTIN 9506000134352: GS1 Digital Link standard's example product; GTIN-13 6291041500213 and
    # SSCC 376104250021234569: "How to calculate a check digit manually", gs1.org; 00614141123452: General
    # Specifications' company prefix 0614141.
    assert check_digit(digits) == check


def test_a_day_of_zero_is_the_month_s_last() -> None:
    assert parse_pack_code("(01)09506000134352(17)280200(21)S7").expires_on == date(2028, 2, 29)


def test_a_token_is_keyed_and_all_codes_are_of_the_first_epoch() -> None:
    code = parse_pack_code("81234560000012345678")
    assert key_epoch(code) == 1
    assert pack_token(KEY, code) != pack_token(bytes(32), code)
    with pytest.raises(MalformedInput):
        pack_token(b"short", code)
