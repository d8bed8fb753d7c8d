"""Lots of invented packs, for tests: each with codes that no other test has."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from tests.support.acting import Signer

PRODUCT = {
    "code_system": "rxledger-example-drug",
    "code": "EX-0009",
    "name": "苯磺酸氨氯地平片",
    "specification": "5mg*7片",
}
_NUMBERS = itertools.count(1)


def new_codes(count: int) -> list[str]:
    """Chinese trace codes that weren't given out before."""
    return [f"8300001{next(_NUMBERS):013d}" for _ in range(count)]


def lot_request(codes: Sequence[str], **members: Any) -> dict[str, Any]:
    """What a releaser asks for: a lot of its own number, unless `members` say otherwise."""
    return {
        "event": "commissioned",
        "product": PRODUCT,
        "lot": f"EX{next(_NUMBERS):08d}",
        "made_on": "2026-01-05",
        "expires_on": "2028-12-31",
        "unit": "盒",
        "units_per_pack": 1,
        "codes": list(codes),
        **members,
    }


def commission(releaser: Signer, codes: Sequence[str], **members: Any) -> dict[str, Any]:
    """Commission a lot and wait until counters can be told of it; gives the request."""
    request = lot_request(codes, **members)
    accepted = releaser.act("lots", request)
    releaser.wait_until_final("lots", accepted["id"])
    return request | {"id": accepted["id"], "commitment": accepted["commitment"]}


def recall(
    releaser: Signer, lot: dict[str, Any], codes: Sequence[str] = (), reason: str = "质量问题"
) -> dict[str, Any]:
    """Recall a commissioned lot, or some packs of it."""
    members = {name: lot[name] for name in lot if name not in ("id", "commitment")}
    accepted = releaser.act("lots", members | {"event": "recalled", "codes": list(codes), "reason": reason})
    releaser.wait_until_final("lots", accepted["id"])
    return accepted
