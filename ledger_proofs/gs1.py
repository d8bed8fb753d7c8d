"""GS1 element strings and Digital Link URIs, as far as codes of medicines need them.

GS1 General Specifications: application identifiers (3), character set 82 (7.11), element strings and their
separator FNC1 (7.8), check digits (7.9), dates (7.12). GS1 Digital Link Standard: URI Syntax.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import date
from typing import Final, TypeAlias

from ledger_proofs.errors import MalformedInput

Elements: TypeAlias = Mapping[str, str]
"""Values by application identifier."""

FNC1: Final = "\x1d"
"""What a scanner sends for the separator: ASCII 29, group separator."""

_SET_82: Final = r"""[!"%-?A-Z_a-z]"""
_FIXED: Final[Mapping[str, re.Pattern[str]]] = {
    **{each: re.compile(r"[0-9]{14}") for each in ("01", "02")},
    "00": re.compile(r"[0-9]{18}"),
    **{each: re.compile(r"[0-9]{6}") for each in ("11", "12", "13", "15", "16", "17")},
    "20": re.compile(r"[0-9]{2}"),
}
_VARIABLE: Final[Mapping[str, re.Pattern[str]]] = {
    **{each: re.compile(_SET_82 + r"{1,20}") for each in ("10", "21", "22")},
    **{each: re.compile(r"[0-9]{1,8}") for each in ("30", "37")},
    **{each: re.compile(_SET_82 + r"{1,30}") for each in ("240", "241", "250", "251", "400")},
    **{f"71{digit}": re.compile(_SET_82 + r"{1,20}") for digit in range(10)},
    **{str(number): re.compile(_SET_82 + r"{1,90}") for number in range(91, 100)},
}
_BRACKETED: Final = re.compile(r"\(([0-9]{2,4})\)([^()]+)")
_LINK: Final = re.compile(r"(?i)https?://[^/?#\s]+(/[^?#\s]*)(?:\?([^#\s]*))?(?:#\S*)?")
_LINK_QUALIFIERS: Final = ("22", "10", "21")


def check_digit(digits: str) -> int:
    """Return the check digit of the digits before it: weights 3 and 1 from the right (GS1 7.9.1)."""
    weighted = (int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -sum(weighted) % 10


def is_gtin(digits: str) -> bool:
    """Say whether 14 digits are a GTIN: the last one checks the others."""
    is_form = _FIXED["01"].fullmatch(digits) is not None
    return is_form and check_digit(digits[:13]) == int(digits[13])


def starts_with_gtin(text: str) -> bool:
    """Say whether a text begins as a GS1 code of a product does: 01 and a GTIN, and more after that."""
    return text.startswith("01") and len(text) > 16 and is_gtin(text[2:16])


def parse_expiry(text: str) -> date:
    """Parse YYMMDD of this century; day 00 is the month's last (GS1 3.4.7)."""
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        raise MalformedInput(
            "(17) isn't a date, year-month-day of two digits each", code="pack.date"
        ) from None


def parse_scanned_elements(text: str) -> Elements:
    """Parse element strings as a scanner sends them, with FNC1 after values of variable length.

    Where no separator at all came through, a value that ends the text may have swallowed others: if it can be
    read so, the text is refused (`pack.separators_lost`).
    """
    elements: dict[str, str] = {}
    rest = text.removeprefix(FNC1)
    while rest:
        name, value, rest = _next_element(rest)
        if name in _VARIABLE and FNC1 not in text and _may_hold_more(value, {*elements, name}):
            raise MalformedInput(
                "the scanner dropped the separators, so that this could be read in two ways: have it send "
                "FNC1, or type the code with its brackets",
                code="pack.separators_lost",
            )
        _put(elements, name, value)
    return elements


def parse_bracketed_elements(text: str) -> Elements:
    """Parse the readable form `(01)...(17)...(10)...(21)...`; a value with brackets of its own is refused."""
    elements: dict[str, str] = {}
    position = 0
    while position < len(text):
        found = _BRACKETED.match(text, position)
        if found is None:
            raise MalformedInput(
                "isn't a code in brackets: each value follows its identifier, such as (21), and has no "
                "brackets itself; scan the code instead",
                code="pack.brackets",
            )
        _put(elements, found[1], _verified(found[1], found[2]))
        position = found.end()
    return elements


_GTIN_LENGTHS = (8, 12, 13, 14)


def parse_digital_link(text: str) -> Elements:
    """Parse a Digital Link URI with /01/ in its path, serial and lot in its path, dates in its query."""
    found = _LINK.fullmatch(text)
    steps = found[1].split("/")[1:] if found else []
    # A lot may be called "01" too, but what follows it is never as long as a product number.
    starts = [
        number
        for number, step in enumerate(steps[:-1])
        if step == "01" and steps[number + 1].isdigit() and len(steps[number + 1]) in _GTIN_LENGTHS
    ]
    if found is None or not starts:
        raise MalformedInput("isn't a GS1 Digital Link: it has no /01/ and product number", code="pack.link")
    pairs = steps[starts[-1] :]
    if pairs[-1] == "":
        pairs.pop()
    names = pairs[2::2]
    if len(pairs) % 2 or [name for name in _LINK_QUALIFIERS if name in names] != names:
        raise MalformedInput(
            "isn't a GS1 Digital Link: after /01/ come /22/, /10/ and /21/ in this order", code="pack.link"
        )
    elements: dict[str, str] = {}
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        padded = value.rjust(14, "0") if name == "01" else value
        _put(elements, name, _verified(name, _percent_decoded(padded)))
    for attribute in filter(None, re.split("[&;]", found[2] or "")):
        name, _, value = attribute.partition("=")
        # Other attributes are the link's own affair, such as its type or language.
        if name.isdigit():
            _put(elements, name, _verified(name, _percent_decoded(value)))
    return elements


def _next_element(text: str) -> tuple[str, str, str]:
    for length in (2, 3):
        name = text[:length]
        if name in _FIXED:
            end = length + _fixed_length(name)
            return name, _verified(name, text[length:end]), text[end:].removeprefix(FNC1)
        if name in _VARIABLE:
            value, _, rest = text[length:].partition(FNC1)
            return name, _verified(name, value), rest
    raise MalformedInput(
        "holds an application identifier that codes of medicines haven't got: scan the code again, with the "
        "separators sent",
        code="pack.unknown_identifier",
    )


def _fixed_length(name: str) -> int:
    return {"00": 18, "01": 14, "02": 14, "20": 2}.get(name, 6)


def _verified(name: str, value: str) -> str:
    pattern = _FIXED.get(name) or _VARIABLE.get(name)
    if pattern is None:
        raise MalformedInput(
            f"({name}) isn't an identifier that codes of medicines have", code="pack.unknown_identifier"
        )
    if not pattern.fullmatch(value):
        raise MalformedInput(f"({name}) hasn't a value of its form: scan the code again", code="pack.value")
    if name == "01" and not is_gtin(value):
        raise MalformedInput(
            "the product number's check digit is wrong: scan or type it again", code="pack.check_digit"
        )
    return value


def _put(elements: dict[str, str], name: str, value: str) -> None:
    # The same twice is allowed where symbols are joined; two values for one name never are.
    if elements.setdefault(name, value) != value:
        raise MalformedInput(f"says ({name}) twice, and differently", code="pack.twice")


def _may_hold_more(value: str, known: set[str]) -> bool:
    """Say whether a value could be a shorter one with further elements after it."""
    return any(_is_elements(value[at:], known) for at in range(1, len(value)))


def _is_elements(text: str, known: set[str]) -> bool:
    if not text:
        return True
    for length in (2, 3):
        name, rest = text[:length], text[length:]
        if name in known:
            continue
        if name in _FIXED:
            value, after = rest[: _fixed_length(name)], rest[_fixed_length(name) :]
            if _is_value(name, value) and _is_elements(after, {*known, name}):
                return True
        if name in _VARIABLE and rest and _is_value(name, rest):
            return True
    return False


def _is_value(name: str, value: str) -> bool:
    try:
        _verified(name, value)
        if name in ("11", "12", "13", "15", "16", "17"):
            parse_expiry(value)
    except MalformedInput:
        return False
    return True


def _percent_decoded(text: str) -> str:
    decoded = re.sub("%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), text)
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        raise MalformedInput("isn't a link: a % has two hex digits after it", code="pack.link")
    return decoded
