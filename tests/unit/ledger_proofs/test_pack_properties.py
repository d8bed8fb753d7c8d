"""Whatever a pack's elements are, every way of scanning them gives its one code, or is refused."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from hypothesis import assume, example, given
from hypothesis import strategies as st

from ledger_proofs.errors import MalformedInput
from ledger_proofs.gs1 import FNC1, check_digit
from ledger_proofs.packs import PackCode, parse_pack_code

SET_82 = "!\"%&'*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""Character set 82 (GS1 General Specifications, 7.11), without the brackets."""
GTINS = st.from_regex(r"[0-9]{13}", fullmatch=True).map(lambda digits: f"{digits}{check_digit(digits)}")
VALUES = st.text(alphabet=SET_82, min_size=1, max_size=20)
DIGITS = st.text(alphabet="0123456789", min_size=1, max_size=20)
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def in_scanner_s_order(parts: dict[str, str], order: list[str], separator: str) -> str:
    """Element strings as a scanner sends them: a separator after each value that may vary in length."""
    text = ""
    for number, name in enumerate(order):
        is_last = number == len(order) - 1
        text += name + parts[name] + (separator if name in {"10", "21"} and not is_last else "")
    return text


@given(gtin=GTINS, serial=VALUES, lot=VALUES, expiry=DATES, order=st.permutations(["01", "17", "10", "21"]))
@example(gtin="09506000134352", serial="0", lot="01", expiry=date(2026, 1, 1), order=["01", "17", "10", "21"])
@example(gtin="09506000134352", serial="01", lot="1", expiry=date(2026, 1, 1), order=["01", "17", "10", "21"])
def test_all_forms_of_a_pack_give_one_code(
    gtin: str, serial: str, lot: str, expiry: date, order: list[str]
) -> None:
    assume(lot not in {".", ".."} and serial not in {".", ".."})
    parts = {"01": gtin, "17": expiry.strftime("%y%m%d"), "10": lot, "21": serial}
    link = f"https://id.example.org/01/{gtin}/10/{quote(lot, safe='')}/21/{quote(serial, safe='')}"
    forms = [
        "]d2" + FNC1 + in_scanner_s_order(parts, order, FNC1),
        FNC1 + in_scanner_s_order(parts, order, FNC1),
        f"{link}?17={parts['17']}",
    ]
    if parts[order[0]] == gtin:
        forms.append("".join(f"({name}){parts[name]}" for name in order))
    expected = parse_pack_code(forms[0])
    assert (expected.product, expected.serial, expected.lot) == (gtin, serial, lot)
    assert expected.expires_on == expiry and expected.canonical == f"gs1:{gtin}:{serial}"
    assert all(parse_pack_code(form) == expected for form in forms)


@given(gtin=GTINS, serial=DIGITS | VALUES, lot=DIGITS | VALUES, expiry=DATES, is_marked=st.booleans())
@example(gtin="09506000134352", serial="1", lot="21", expiry=date(2026, 1, 1), is_marked=False)
def test_a_scanner_that_drops_separators_never_gives_a_pack_another_code(
    gtin: str, serial: str, lot: str, expiry: date, is_marked: bool
) -> None:
    parts = {"01": gtin, "17": expiry.strftime("%y%m%d"), "10": lot, "21": serial}
    for order in (["01", "21", "17"], ["01", "21", "10"], ["01", "10", "21"], ["01", "17", "21", "10"]):
        scanned = ("]d2" if is_marked else "") + in_scanner_s_order(parts, order, "")
        try:
            code = parse_pack_code(scanned)
        except MalformedInput as refused:
            assert refused.code.startswith("pack.")
        else:
            assert code.canonical == f"gs1:{gtin}:{serial}"


@given(digits=st.from_regex(r"[0-9]{20}", fullmatch=True))
@example(digits="01095060001343522112")
def test_twenty_digits_are_that_pack_or_refused(digits: str) -> None:
    try:
        code: PackCode = parse_pack_code(digits)
    except MalformedInput as refused:
        assert refused.code == "pack.ambiguous"
    else:
        assert code.canonical == f"cn20:{digits}"


@given(text=st.text(alphabet=[*SET_82, "(", ")", "]", FNC1, " "], max_size=110))
def test_no_two_canonical_codes_stand_for_one_text(text: str) -> None:
    try:
        code = parse_pack_code(text)
    except MalformedInput:
        return
    prefix, _, rest = code.canonical.partition(":")
    assert prefix == code.form and rest.endswith(code.serial)
    assert parse_pack_code(f"\r\n {text}\t") == code
