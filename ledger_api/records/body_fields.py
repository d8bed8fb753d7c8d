"""Field types of records' bodies: what one value may be, apart from what it means.

Quantities and times take the spelling of protocol section 1. Text that somebody is shown before she signs
holds no control, direction or invisible characters, so that what is shown is what is signed. Members that
don't apply are left out, never null: one meaning, one spelling. Refusals speak both languages.
"""

import re
import unicodedata
from datetime import date
from typing import Annotated, ClassVar, Final, LiteralString, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    Strict,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from ledger_proofs.errors import MalformedInput
from ledger_proofs.records import parse_decimal, parse_utc_time

DECIMAL_PATTERN: Final = r"^(?!0$)(0|[1-9][0-9]{0,15})(\.[0-9]{0,5}[1-9])?$"
"""The spelling of a positive decimal string (protocol 1), as JSON Schema's dialect writes it."""
DAY_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
UTC_TIME_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
ADDRESS_PATTERN: Final = r"^0x[0-9a-f]{40}$"
TEXT_PATTERN: Final = (
    r"^(?![ \u3000])(?!.*[ \u3000]$)"
    r"[^\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufffe\uffff]+$"
)
"""What `clean_text` asks for, as far as a pattern can say it."""

_ADDRESS: Final = re.compile(r"0x[0-9a-f]{40}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_BLANKS: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufdd0-\ufdef\uffa0\ufffe\uffff]")
"""Letters, marks and symbols that show as nothing: fillers and joiners (UAX 44, Default_Ignorable_Code_Point
but for category Cf and variation selectors), the blank braille pattern, and noncharacters."""
ZERO_ADDRESS: Final = "0x" + "0" * 40


def refuse(code: LiteralString, message: LiteralString, message_zh: str) -> PydanticCustomError:
    """Make a refusal of one value: a stable code and messages that never repeat the value."""
    return PydanticCustomError(code, message, {"message_zh": message_zh})


class BodyPart(BaseModel):
    """An object of the body: unknown members, and members that are null, are refused."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_nulls(cls, given: object) -> object:
        if isinstance(given, dict):
            for name, value in given.items():
                if value is None and name in cls.model_fields:
                    raise PydanticCustomError(
                        "null_member",
                        "`{member}` is null: leave out what doesn't apply",
                        {"member": name, "message_zh": f"`{name}` 为 null：不适用的项请省略"},
                    )
        return given


def clean_text(text: str) -> str:
    """Return the text if it is what a reader sees: nothing invisible, no space at either end."""
    if _BLANKS.search(text) or any(unicodedata.category(each) in _UNSEEN_CATEGORIES for each in text):
        raise refuse(
            "text_not_visible",
            "holds control, direction or invisible characters: remove them",
            "含有控制、方向或不可见字符，请删除",
        )
    if text != text.strip():
        raise refuse("text_padded", "begins or ends with a space: remove it", "首尾有空格，请删除")
    return text


def _positive_decimal(text: str) -> str:
    try:
        number = parse_decimal(text)
    except MalformedInput:
        raise refuse(
            "decimal_malformed",
            'must be a positive decimal string such as "0.5" or "12", no sign, exponent or needless zero',
            '必须是正的十进制数字符串，如 "0.5" 或 "12"：不带符号、指数或多余的零',
        ) from None
    if number == 0:
        raise refuse("not_positive", "must be more than zero", "必须大于零")
    return text


def _utc_time(text: str) -> str:
    try:
        parse_utc_time(text)
    except MalformedInput:
        raise refuse(
            "time_malformed",
            "must be a time in UTC with whole seconds, such as 2026-11-22T01:00:00Z",
            "必须是精确到秒的 UTC 时间，如 2026-11-22T01:00:00Z",
        ) from None
    return text


def _calendar_day(text: str) -> str:
    try:
        if _DAY.fullmatch(text) is None:
            raise ValueError
        date.fromisoformat(text)
    except ValueError:
        raise refuse(
            "day_malformed",
            "must be a day of the calendar, such as 1990-03-07",
            "必须是日历中的日期，如 1990-03-07",
        ) from None
    return text


def _holder_address(text: str) -> str:
    if _ADDRESS.fullmatch(text) is None or text == ZERO_ADDRESS:
        raise refuse(
            "address_malformed",
            "must be an address: 0x and 40 lower-case hexadecimal digits, not all zero",
            "必须是地址：0x 加 40 位小写十六进制数字，且不全为零",
        )
    return text


def _not_a_number(value: object) -> object:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise refuse(
            "decimal_not_text",
            'quantities and doses are decimal strings: write "2.5", not a number',
            '数量与剂量须写作十进制字符串：写 "2.5"，不要写数字',
        )
    return value


def _spelled_as(pattern: str) -> FieldInfo:
    """Name the pattern in the JSON Schema; the value itself is checked by the field's own parser."""
    return cast(FieldInfo, Field(max_length=64, json_schema_extra={"pattern": pattern}))


def _text_of(max_length: int) -> FieldInfo:
    extra: dict[str, JsonValue] = {"pattern": TEXT_PATTERN}
    return cast(FieldInfo, Field(min_length=1, max_length=max_length, json_schema_extra=extra))


Name = Annotated[str, Strict(), _text_of(50), AfterValidator(clean_text)]
"""A person's or department's name; at most 50 characters, as in the national interface."""
Label = Annotated[str, Strict(), _text_of(200), AfterValidator(clean_text)]
"""The name or specification of a thing."""
Remark = Annotated[str, Strict(), _text_of(500), AfterValidator(clean_text)]
"""A stated reason or a note, in free text."""
Statement = Annotated[str, Strict(), _text_of(2000), AfterValidator(clean_text)]
"""A professional's opinion or grounds, in free text."""
Code = Annotated[str, Strict(), _text_of(50), AfterValidator(clean_text)]
"""A code of some code system, kept as it was given."""
Unit = Annotated[str, Strict(), _text_of(20), AfterValidator(clean_text)]
CodeSystem = Annotated[str, Strict(), Field(max_length=200, pattern=r"^[a-z0-9][a-z0-9.:/_-]*$")]
"""A code system's name or URI in lower case, such as `icd-10` or `nhsa-drug`."""
PositiveDecimal = Annotated[
    str,
    BeforeValidator(_not_a_number),
    Strict(),
    _spelled_as(DECIMAL_PATTERN),
    AfterValidator(_positive_decimal),
]
UtcTime = Annotated[str, Strict(), _spelled_as(UTC_TIME_PATTERN), AfterValidator(_utc_time)]
CalendarDay = Annotated[str, Strict(), _spelled_as(DAY_PATTERN), AfterValidator(_calendar_day)]
HolderAddress = Annotated[str, Strict(), _spelled_as(ADDRESS_PATTERN), AfterValidator(_holder_address)]
