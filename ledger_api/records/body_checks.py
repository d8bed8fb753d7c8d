"""Building the body of a record from checked members, or refusing what doesn't make one."""

from collections.abc import Mapping
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError

from ledger_proofs.types import JsonValue
from ledger_web.errors import Unprocessable
from ledger_web.faults import explain_faults

BodyT = TypeVar("BodyT", bound=BaseModel)


class RecordInvalid(Unprocessable):
    """What was asked for makes no record of its schema: `faults` name the members."""

    code = "record-invalid"
    title = "This makes no record that fits its schema"
    title_zh = "所给内容不构成符合规定结构的记录"


def build_checked_body(model: type[BodyT], members: Mapping[str, object]) -> BodyT:
    """Build a body; members that are None are left out. Raises RecordInvalid."""
    given = {name: value for name, value in members.items() if value is not None}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise RecordInvalid(
            "Correct the members named in `errors`. The schemas are in docs/schemas.",
            "请更正 errors 中列出的各项。结构见 docs/schemas。",
            faults=explain_faults(error.errors(include_url=False, include_input=False)).faults,
        ) from None


def body_as_json(body: BaseModel) -> dict[str, JsonValue]:
    """Return a body as the JSON object that goes into the record; absent members are left out."""
    return cast("dict[str, JsonValue]", body.model_dump(mode="json", by_alias=True, exclude_none=True))
