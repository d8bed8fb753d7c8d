"""Filters and cursors of a list, which live in its URL: read strictly, written in one spelling."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from ledger_web.errors import FieldProblem, Unprocessable

Option = tuple[str, str, str]
"""One option of a filter: what stands in the URL, its label in English and in Chinese."""
MAX_DIGITS = 16
_HEX = frozenset("0123456789abcdef")


class FilterInvalid(Unprocessable):
    """The address asks for something that no list has."""

    code = "invalid-filter"
    title = "This filter is not valid"
    title_zh = "筛选条件无效"

    def __init__(self, name: str, message: str, message_zh: str) -> None:
        super().__init__(
            "Choose the filter on the page, or clear it.",
            "请在页面上选择筛选条件，或将其清除。",
            faults=[FieldProblem(f"/{name}", message, message_zh, place="query")],
        )


def build_url(path: str, query: Mapping[str, str | int | None]) -> str:
    """Build an address; filters that aren't set don't stand in it."""
    kept = [(name, value) for name, value in query.items() if value not in ("", None)]
    return f"{path}?{urlencode(kept)}" if kept else path


def read_option(name: str, given: str, allowed: Sequence[str]) -> str | None:
    """Return a filter's value, None where it isn't set. Raises FilterInvalid."""
    if given in ("", *allowed):
        return given or None
    raise FilterInvalid(name, "is none of those listed", "不在可选范围内")


def read_number(name: str, given: str) -> int | None:
    """Return a whole number from 0 on, None where it isn't set. Raises FilterInvalid."""
    text = given.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > MAX_DIGITS:
        raise FilterInvalid(
            name, f"must be a whole number of at most {MAX_DIGITS} digits", f"须为至多 {MAX_DIGITS} 位的整数"
        )
    return int(text)


def read_hash(name: str, given: str) -> bytes | None:
    """Return 32 bytes given in hex, None where they aren't. Raises FilterInvalid."""
    text = given.strip().lower().removeprefix("0x")
    if not text:
        return None
    if len(text) != 64 or not _HEX.issuperset(text):
        raise FilterInvalid(
            name, "must be 64 hex digits, with or without 0x", "须为 64 个十六进制数字，可带 0x"
        )
    return bytes.fromhex(text)
