"""Faults of validated input, in both languages, without the values that were sent.

FastAPI and pydantic say what is wrong with an input; their messages are English and some repeat a piece of
it. `explain_faults` turns them into pointers (RFC 6901) and messages of our own, by pydantic's stable error
types. A validator of our own raises `PydanticCustomError(code, message, {"message_zh": ...})` to speak both
languages.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ledger_web.errors import FieldProblem, Place, Unprocessable

MAX_FAULTS = 50
_SAFE_MEMBER = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_PLACES = ("body", "query", "path", "header")

_MESSAGES: Mapping[str, tuple[str, str]] = {
    "missing": ("is required", "必填"),
    "extra_forbidden": ("is not a known member", "不是已知的成员"),
    "string_type": ("must be a string", "必须是字符串"),
    "string_too_short": ("must have at least {min_length} characters", "至少 {min_length} 个字符"),
    "string_too_long": ("must have at most {max_length} characters", "最多 {max_length} 个字符"),
    "string_pattern_mismatch": ("does not have the expected form", "格式不符"),
    "int_type": ("must be an integer", "必须是整数"),
    "int_parsing": ("must be an integer", "必须是整数"),
    "int_from_float": ("must be an integer", "必须是整数"),
    "int_parsing_size": ("is too large a number", "数值过大"),
    "bool_type": ("must be true or false", "必须是 true 或 false"),
    "bool_parsing": ("must be true or false", "必须是 true 或 false"),
    "greater_than": ("must be greater than {gt}", "必须大于 {gt}"),
    "greater_than_equal": ("must be at least {ge}", "不得小于 {ge}"),
    "less_than": ("must be less than {lt}", "必须小于 {lt}"),
    "less_than_equal": ("must be at most {le}", "不得大于 {le}"),
    "list_type": ("must be an array", "必须是数组"),
    "dict_type": ("must be an object", "必须是对象"),
    "model_type": ("must be an object", "必须是对象"),
    "model_attributes_type": ("must be an object", "必须是对象"),
    "too_short": ("must have at least {min_length} elements", "至少 {min_length} 个元素"),
    "too_long": ("must have at most {max_length} elements", "最多 {max_length} 个元素"),
    "literal_error": ("must be one of {expected}", "必须是以下之一：{expected}"),
    "enum": ("must be one of {expected}", "必须是以下之一：{expected}"),
    "uuid_parsing": ("must be a UUID", "必须是 UUID"),
    "uuid_type": ("must be a UUID", "必须是 UUID"),
    "date_from_datetime_parsing": ("must be a date, YYYY-MM-DD", "必须是日期 YYYY-MM-DD"),
    "date_parsing": ("must be a date, YYYY-MM-DD", "必须是日期 YYYY-MM-DD"),
    "union_tag_invalid": ("must be of a known kind", "必须是已知的类别"),
    "union_tag_not_found": ("must say of which kind it is", "必须注明类别"),
    "none_required": ("must be null", "必须为 null"),
}


def explain_faults(faults: Sequence[Any]) -> Unprocessable:
    """Build the refusal of pydantic's faults (each a mapping with `type`, `loc`, `msg`, `ctx`)."""
    explained = [_explain(cast("Mapping[str, Any]", fault)) for fault in faults[:MAX_FAULTS]]
    count = len(faults)
    fields = "field is" if count == 1 else "fields are"
    return Unprocessable(
        f"{count} {fields} not valid: see errors.", f"{count} 个字段无效，详见 errors。", faults=explained
    )


def _explain(fault: Mapping[str, Any]) -> FieldProblem:
    place, pointer = _locate(fault.get("loc", ()))
    kind = str(fault.get("type", "invalid"))
    message, message_zh = _say(kind, str(fault.get("msg", "")), fault.get("ctx") or {})
    return FieldProblem(pointer, message, message_zh, kind, place)


def _say(kind: str, message: str, context: Mapping[str, Any]) -> tuple[str, str]:
    if kind == "value_error":  # our own validators' words, which never repeat a value
        return message.removeprefix("Value error, "), "无效"
    if "message_zh" in context:  # a PydanticCustomError of our own, with its Chinese twin
        return message, str(context["message_zh"])
    english, chinese = _MESSAGES.get(kind, ("is not valid", "无效"))
    bounds = {name: str(context[name]) for name in _BOUNDS if name in context}
    try:
        return english.format(**bounds), chinese.format(**bounds)
    except KeyError:
        return "is not valid", "无效"


_BOUNDS = ("min_length", "max_length", "gt", "ge", "lt", "le", "expected")


def _locate(location: Sequence[str | int]) -> tuple[Place, str]:
    place: Place = "body"
    parts = list(location)
    if parts and parts[0] in _PLACES:
        place = cast("Place", parts.pop(0))
    tokens = []
    for part in parts:
        if isinstance(part, str) and not _SAFE_MEMBER.fullmatch(part):
            break  # a member name of the sender's own making: the pointer stops at its parent
        tokens.append(str(part))
    return place, "".join(f"/{token}" for token in tokens)
