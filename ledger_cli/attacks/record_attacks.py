"""Attacks on a record's content: a field changed in the database, another record's key, a doubled field."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ledger_cli.attacks.results import (
    VERIFIER,
    Ending,
    Result,
    ask_gateway,
    caught,
    compare,
    in_line,
    judge,
)
from ledger_cli.attacks.stage import Stage
from ledger_cli.language import Text
from ledger_proofs.bundles import Bundle, parse_bundle
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.errors import LedgerProofError

DOSE = "/body/lines/0/dose/value"
FORGED_DOSE = "900"
BROKEN_SEALS = frozenset({"wrapped-key-invalid", "record-seal-broken"})


def rewrite_unchanged(stage: Stage) -> Result:
    """The operator reads a prescription and writes it back as it was, encrypted anew."""
    (identifier,) = stage.find_final()
    stage.note("writing a record back unchanged", "将记录原样写回")
    with stage.insider.sealed_replaced(identifier, stage.insider.seal_anew(identifier, _leave)):
        return _verify_as_served(stage, identifier)


def change_field(stage: Stage) -> Result:
    """The operator decrypts a prescription in the database, changes its dose, and encrypts it properly."""
    (identifier,) = stage.find_final()
    stage.note("changing the dose in the gateway's database", "在网关数据库中修改剂量")
    altered = stage.insider.seal_anew(identifier, _raise_dose)
    with stage.insider.sealed_replaced(identifier, altered):
        stage.note("fetching its evidence bundle and verifying it", "获取其证据包并核验")
        return caught(_verify_as_served(stage, identifier))


def rewrap_own_key(stage: Stage) -> Result:
    """The operator wraps a record's own key anew, as one who changes the institution's keys does."""
    (identifier,) = stage.find_final()
    own = stage.insider.open_record(identifier).record_key
    stage.note("wrapping the record's own key anew", "重新封装记录自己的密钥")
    with stage.insider.sealed_replaced(identifier, stage.insider.seal_anew(identifier, _leave, own)):
        return _verify_as_served(stage, identifier)


def use_another_key(stage: Stage) -> Result:
    """The operator puts another record's key in the place of a record's own."""
    identifier, other = stage.find_final(2)
    before, others = stage.insider.read_sealed(identifier), stage.insider.read_sealed(other)
    stage.note("moving another record's wrapped key here", "将另一记录的封装密钥移到此处")
    moved = type(before)(before.content, others.wrapped_key)
    with stage.insider.sealed_replaced(identifier, moved):
        gateway = ask_gateway(lambda: stage.fetch_bundle(identifier), BROKEN_SEALS)
    stage.note("encrypting the content anew under that key", "以该密钥重新加密内容")
    foreign = stage.insider.seal_anew(identifier, _leave, stage.insider.open_record(other).record_key)
    with stage.insider.sealed_replaced(identifier, foreign):
        verifier = _verify_as_served(stage, identifier)
    return in_line(gateway, caught(verifier))


def disclose_once(stage: Stage) -> Result:
    """Two fields are disclosed, each once."""
    (identifier,) = stage.find_final()
    stage.note("disclosing a prescription with each field once", "每个字段各披露一次")
    return _judge_content(stage, stage.fetch_bundle(identifier))


def disclose_twice(stage: Stage) -> Result:
    """A bundle shows one field twice, with two values: one for the reader, one for the hash."""
    (identifier,) = stage.find_final()
    content = stage.fetch_bundle(identifier)
    stage.note("naming a member of the file twice", "在文件中将同一成员写两次")
    reader = _read_doubled_member(content)
    stage.note("disclosing the dose twice, and verifying", "将剂量披露两次并核验")
    return in_line(reader, caught(_judge_content(stage, _double_disclosure(content))))


def _leave(_document: dict[str, Any]) -> None:
    """Change nothing."""


def _raise_dose(document: dict[str, Any]) -> None:
    document["body"]["lines"][0]["dose"]["value"] = FORGED_DOSE


def _verify_as_served(stage: Stage, identifier: str) -> Result:
    return _judge_content(stage, stage.fetch_bundle(identifier))


def _judge_content(stage: Stage, content: bytes) -> Result:
    link = stage.portal.upload(content) if stage.portal is not None else None
    result = judge(stage.verify(content), link=link)
    if result.outcome is not Ending.FOUND or result.evidence:
        return result
    add_evidence = _with_doubled_index if result.code == "disclosure.index" else _with_leaves
    return add_evidence(result, parse_bundle(content))


def _with_leaves(result: Result, bundle: Bundle) -> Result:
    """What step 1 compares: the hash of what is shown with the leaf that was committed to."""
    shown = bundle.disclosure
    if result.where in shown.pointers:
        index = shown.pointers.index(result.where) + 1
        field = next(each for each in shown.fields if each.index == index)
        plain = b"\x00" + field.salt + b"\x01" + canonical_bytes([result.where, field.value])
        what = Text(f"leaf {index}, of {result.where}", f"叶 {index}（{result.where}）")
    else:
        index, plain = 0, b"\x00" + shown.pointers_salt + b"\x00" + canonical_bytes(list(shown.pointers))
        what = Text("leaf 0, of the pointer list", "叶 0（指针列表）")
    hashed = "0x" + hashlib.sha256(plain).hexdigest()
    return replace(result, evidence=(compare(what.en, what.zh, "0x" + shown.leaves[index].hex(), hashed),))


def _with_doubled_index(result: Result, bundle: Bundle) -> Result:
    """The index that doesn't ascend."""
    indexes = [each.index for each in bundle.disclosure.fields]
    before, after = next(pair for pair in pairwise(indexes) if pair[1] <= pair[0])
    over = Text(f"over {before}", f"大于 {before}")
    noted = compare("index of the next disclosed field", "下一个所披露字段的序号", over, after)
    return replace(result, evidence=(noted,))


def _read_doubled_member(content: bytes) -> Result:
    marker = b'"commitment":'
    place = content.index(marker)
    doubled = content[:place] + b'"commitment":"0x' + b"00" * 32 + b'",' + content[place:]
    compared = (compare("members named `commitment`", "名为 `commitment` 的成员", 1, 2),)
    try:
        parse_bundle(doubled)
    except LedgerProofError as error:
        said = Text(f"the file can't be read as a bundle: {error}", f"文件无法作为证据包读取（{error.code}）")
        return Result(Ending.REFUSED, VERIFIER, error.code, said, evidence=compared)
    said = Text("the file was read", "文件被读取")
    return Result(Ending.CAME_THROUGH, VERIFIER, "read", said, evidence=compared)


def _double_disclosure(content: bytes) -> bytes:
    document: dict[str, Any] = json.loads(content)
    shown = document["disclosure"]
    index = shown["pointers"].index(DOSE) + 1
    place = next(number for number, each in enumerate(shown["fields"]) if each["index"] == index)
    forged = dict(shown["fields"][place]) | {"value": FORGED_DOSE}
    shown["fields"].insert(place + 1, forged)
    return json.dumps(document, ensure_ascii=False).encode("utf-8")
