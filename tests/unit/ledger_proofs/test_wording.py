"""Every code that the core can raise has a Chinese message, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path

from ledger_proofs.errors import IndexOutOfRange, MalformedInput
from ledger_proofs.wording import CHINESE, chinese_message

CORE = Path(__file__).parents[3] / "ledger_proofs"
COMPOSED = {"record.schema", "record.id"}
"""Codes made from a member's path."""


def raised_codes() -> set[str]:
    source = "\n".join(path.read_text() for path in CORE.glob("*.py") if path.name != "wording.py")
    return set(re.findall(r'(?:default_)?code ?= ?"([a-z0-9_.]+)"', source)) | COMPOSED


def test_every_code_has_a_chinese_message_and_none_is_left_over() -> None:
    assert raised_codes() == set(CHINESE)


def test_every_message_is_chinese() -> None:
    for message in CHINESE.values():
        assert re.search("[\u4e00-\u9fff]", message)
        assert "{" not in message


def test_the_place_stands_beside_the_message() -> None:
    assert chinese_message(MalformedInput("must be a UUID", "/id", code="record.id")).endswith("（/id）")
    assert chinese_message(IndexOutOfRange("no")) == CHINESE["proof.index_out_of_range"]
