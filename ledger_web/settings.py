"""Settings of a service from environment variables, with faults told by variable and never by value.

A service's own `config.py` alone reads the environment and hands it in here.
"""

from collections.abc import Mapping
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, StringConstraints, ValidationError

from ledger_web.errors import StartRefused

SettingsT = TypeVar("SettingsT", bound=BaseModel)


def read_settings(
    model: type[SettingsT], prefix: str, variables: Mapping[str, str], service: str
) -> SettingsT:
    """Read each field of `model` from the variable `<prefix><FIELD>`. `service` is what can't start.

    Raises StartRefused, naming each variable at fault and never its value.
    """
    given = {
        name: variables[prefix + name.upper()]
        for name in model.model_fields
        if prefix + name.upper() in variables
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise StartRefused(
            f"The {service} can't start with these settings:\n" + "\n".join(_explain(error, prefix))
        ) from None


def _explain(error: ValidationError, prefix: str) -> list[str]:
    lines = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        message = fault["msg"].removeprefix("Value error, ")
        variable = prefix + str(fault["loc"][0]).upper() + ": " if fault["loc"] else ""
        lines.append(f"  {variable}{message}")
    return lines


def _verify_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("is not a time zone of the IANA list, such as Asia/Shanghai") from error
    return zone


def _split_list(given: object) -> object:
    if not isinstance(given, str):
        return given
    return tuple(each.strip() for each in given.split(",") if each.strip())


_NodeUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=512)]

NodeUrls = Annotated[tuple[_NodeUrl, ...], BeforeValidator(_split_list)]
"""JSON-RPC addresses of nodes, separated by commas."""

ZoneName = Annotated[str, AfterValidator(_verify_zone)]
"""The name of a time zone that is there, such as Asia/Shanghai."""
