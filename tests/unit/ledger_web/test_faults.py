from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from ledger_web.errors import FieldProblem
from ledger_web.faults import MAX_FAULTS, explain_faults


def _refuse_seven(value: int) -> int:
    if value == 7:
        raise PydanticCustomError("not-seven", "must not be seven", {"message_zh": "不得为七"})
    return value


def _refuse_eight(value: int) -> int:
    if value == 8:
        raise ValueError("must not be {eight}")
    return value


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    quantity: Annotated[int, Field(gt=0), AfterValidator(_refuse_seven), AfterValidator(_refuse_eight)]
    unit: Literal["box", "bottle"] = "box"


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    lines: list[Line] = Field(max_length=200)


def _faults(document: object) -> tuple[FieldProblem, ...]:
    with pytest.raises(ValidationError) as refusal:
        Order.model_validate(document)
    return explain_faults(refusal.value.errors()).faults


@pytest.mark.parametrize(
    ("line", "pointer", "message", "message_zh"),
    [
        ({"quantity": 0}, "/lines/0/quantity", "must be greater than 0", "必须大于 0"),
        ({"quantity": "3"}, "/lines/0/quantity", "must be an integer", "必须是整数"),
        ({"quantity": 7}, "/lines/0/quantity", "must not be seven", "不得为七"),
        ({"quantity": 8}, "/lines/0/quantity", "must not be {eight}", "无效"),
        ({}, "/lines/0/quantity", "is required", "必填"),
        (5, "/lines/0", "must be an object", "必须是对象"),
        ({"quantity": 1, "unit": "crate"}, "/lines/0/unit", "must be one of 'box' or 'bottle'", None),
        ({"quantity": 1, "extra-1": 0}, "/lines/0/extra-1", "is not a known member", "不是已知的成员"),
    ],
)
def test_a_fault_is_told_in_both_languages(
    line: object, pointer: str, message: str, message_zh: str | None
) -> None:
    (fault,) = _faults({"lines": [line]})
    assert (fault.pointer, fault.message) == (pointer, message)
    assert message_zh is None or fault.message_zh == message_zh


@pytest.mark.parametrize("name", ["张三", "a b", "x" * 65, "../..", "<script>"])
def test_a_member_name_of_the_senders_making_is_not_repeated(name: str) -> None:
    (fault,) = _faults({"lines": [{"quantity": 1, name: 1}]})
    assert fault.pointer == "/lines/0"
    assert name not in repr(fault)


def test_no_more_faults_are_listed_than_anyone_reads() -> None:
    faults = _faults({"lines": [{"quantity": 0}] * 150})
    assert len(faults) == MAX_FAULTS


def test_an_unknown_kind_of_fault_is_told_without_its_words() -> None:
    refusal = explain_faults([{"type": "brand_new", "loc": ("query", "limit"), "msg": "secret 123"}])
    assert refusal.faults[0].message == "is not valid"
    assert refusal.faults[0].place == "query"
