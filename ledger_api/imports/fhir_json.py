"""Strict JSON for FHIR resources (FHIR R4, section 2.1.0; RFC 8259).

FHIR has decimal numbers, which records of this ledger refuse, so that it needs its own reader. Decimals are
kept exactly. Everything that readers of JSON differ on is refused: duplicate names, NaN, lone surrogates,
deep nesting.
"""

import json
import re
from decimal import Decimal
from typing import Final, NoReturn, TypeAlias

from ledger_web.errors import MalformedRequest

MAX_DEPTH: Final = 40
_MAX_NUMBER_CHARACTERS: Final = 40
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

FhirValue: TypeAlias = "bool | int | Decimal | str | list[FhirValue] | dict[str, FhirValue] | None"


class MalformedFhir(MalformedRequest):
    """The body isn't one strict JSON document."""

    code = "malformed-fhir-json"
    title = "The body is not strict JSON"
    title_zh = "请求体不是严格的 JSON"


def parse_fhir_json(content: bytes) -> FhirValue:
    """Parse one JSON document. Raises MalformedFhir, saying what is wrong and where."""
    _verify_depth(content)
    try:
        value: FhirValue = _DECODER.decode(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _malformed(f"not UTF-8 at byte {error.start}", f"第 {error.start} 字节不是 UTF-8") from None
    except json.JSONDecodeError as error:
        raise _malformed(
            f"not JSON at line {error.lineno}, column {error.colno}",
            f"第 {error.lineno} 行第 {error.colno} 列不是 JSON",
        ) from None
    if b"\\u" in content:
        _verify_no_surrogates(value)
    return value


def _verify_depth(content: bytes) -> None:
    depth = 0
    for byte in _STRING.sub(b"", content):
        if byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _malformed(f"nested deeper than {MAX_DEPTH}", f"嵌套超过 {MAX_DEPTH} 层")
        elif byte in b"]}":
            depth -= 1


def _verify_no_surrogates(value: FhirValue) -> None:
    pending: list[FhirValue] = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            if _SURROGATE.search(node):
                raise _malformed("a string holds a lone surrogate", "字符串含有孤立代理项")
        elif isinstance(node, dict):
            pending.extend(node)
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def _object(pairs: list[tuple[str, FhirValue]]) -> dict[str, FhirValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _malformed("an object has the same name twice", "对象含有重复的成员名")
    return members


def _integer(digits: str) -> int:
    _verify_length(digits)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    _verify_length(digits)
    number = Decimal(digits)
    # A short text can still name an absurd number (1e999999), which would be costly to write out.
    if abs(number.adjusted()) > _MAX_NUMBER_CHARACTERS:
        raise _malformed("a number is out of any sensible range", "数字超出合理范围")
    return number


def _verify_length(digits: str) -> None:
    if len(digits) > _MAX_NUMBER_CHARACTERS:
        raise _malformed(
            f"a number has more than {_MAX_NUMBER_CHARACTERS} characters",
            f"数字超过 {_MAX_NUMBER_CHARACTERS} 个字符",
        )


def _constant(_: str) -> NoReturn:
    raise _malformed("NaN and infinities are not JSON", "NaN 与无穷大不是 JSON")


def _malformed(found: str, found_zh: str) -> MalformedFhir:
    return MalformedFhir(
        f"Send one FHIR R4 Bundle as strict JSON. Found: {found}.",
        f"请以严格的 JSON 发送一个 FHIR R4 Bundle。发现：{found_zh}。",
    )


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)
