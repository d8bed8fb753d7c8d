"""Every code that the core can raise, and every label of a comparison, has its Chinese; none is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from ledger_proofs.errors import FieldMismatch, IndexOutOfRange, MalformedInput
from ledger_proofs.wording import (
    CHINESE,
    LABELS_ZH,
    STEP_NAMES_ZH,
    chinese_label,
    chinese_message,
    english_message,
)

CORE = Path(__file__).parents[3] / "ledger_proofs"
STEP_MODULES = ("steps.py", "anchor_step.py", "verification.py")
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


def labels_in_steps() -> Iterator[str]:
    """The first argument of every comparison, with 0 for each figure; names that a loop gives are spelled."""
    yield from ("chain_id", "genesis_hash", "directory", "checkpoint_log", "claim_register")
    yield from (f"checkpoint's {name}" for name in ("root", "previous_size", "anchored_at"))
    yield from (f"entitled as doctor at the {when} time" for when in ("signed", "anchoring"))
    for node in chain.from_iterable(ast.walk(ast.parse((CORE / name).read_text())) for name in STEP_MODULES):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        label = node.args[0]
        if name in {"compare", "Comparison"} and isinstance(label, ast.Constant):
            yield str(label.value)
        if name == "compare" and isinstance(label, ast.JoinedStr) and "claim" in ast.unparse(label):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "0" for part in label.values)


def test_every_label_of_a_comparison_is_chinese_and_none_is_left_over() -> None:
    labels = set(labels_in_steps())
    assert len(labels) > 25
    assert {label for label in labels if not re.search("[\u4e00-\u9fff]", chinese_label(label))} == set()
    assert set(LABELS_ZH) <= labels


def test_the_place_stands_beside_the_english_message_once() -> None:
    assert english_message(FieldMismatch("the field isn't the committed one", "/a")).endswith("one (/a)")
    assert english_message(MalformedInput("must be a UUID", "/id")) == "/id: must be a UUID"


def test_a_label_keeps_its_figures() -> None:
    assert chinese_label("claim 3 as of block 17") == "份额 3（截至区块 17）"


@pytest.mark.parametrize("word", ["上链", "权利项", "收录", "承诺值", "停机", "逾期", "叶子", "窗口"])
def test_one_word_stands_for_one_thing(word: str) -> None:
    texts = [*CHINESE.values(), *STEP_NAMES_ZH.values(), *LABELS_ZH.values()]
    assert [text for text in texts if word in text] == []
