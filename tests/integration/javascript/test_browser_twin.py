"""The page's own implementation of the protocol agrees with the Python core on everything it is given."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ledger_cli.errors import CommandError, Refused
from ledger_cli.gateway_client import MAX_REPLY_BYTES, MAX_REPLY_DEPTH
from ledger_cli.keyfiles import parse_keyfile
from ledger_cli.pinned_files import pinned_bytes
from ledger_cli.prepared import CheckedRecord, check_prepared
from ledger_proofs.canonical import canonical_bytes, parse_json
from ledger_proofs.commitments import build_commitment
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.pointers import list_fields
from ledger_proofs.signatures import recover_signer
from tests.integration.javascript.conftest import BrowserCode
from tests.unit.ledger_cli.prepared_support import (
    NOW,
    RECORD_KEY,
    SIGNER,
    SIGNING_KEY,
    build_asked_body,
    build_profile,
    build_reply,
)

SETTINGS = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LARGEST = 2**53 - 1
ODD_TEXT = st.sampled_from(
    ["", "/", "~", "~0", "~1", "a/b", "a~b", "0", "1", "10", "__proto__", "constructor", "toString", "é", "é",
     "\ue000", "\uffff", "\U00010000", "\U0010ffff", "\u2028", "\x7f", "\x00", '"', "\\"]
)  # fmt: skip
TEXT = ODD_TEXT | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
INTEGERS = st.integers(-LARGEST, LARGEST) | st.sampled_from([0, -1, LARGEST, -LARGEST])
SCALARS = st.none() | st.booleans() | INTEGERS | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=25,
)
RECORDS = st.dictionaries(TEXT, VALUES, min_size=1, max_size=8)


def nested(depth: int) -> Any:
    value: Any = []
    for level in range(depth - 2):
        value = {"~/": value} if level % 2 else [value]
    return {"a": value}


def commit(browser_code: BrowserCode, content: bytes) -> dict[str, Any]:
    return browser_code.ask(
        act="commit", record=base64.b64encode(content).decode(), record_key=RECORD_KEY.hex()
    )


@SETTINGS
@given(record=RECORDS)
@example(record=nested(32))
@example(record={"\U00010000": 1, "\ue000": 2, "\uffff": 3, "z": 4})
@example(record={"a": {"10": 1, "9": 2, "b": {}}, "c": [[], {}, [0]]})
def test_the_commitment_is_the_cores(browser_code: BrowserCode, record: dict[str, Any]) -> None:
    committed = build_commitment(record, RECORD_KEY)
    assert commit(browser_code, json.dumps(record).encode()) == {
        "canonical": canonical_bytes(record).decode(),
        "pointers": list(committed.pointers),
        "leaves": ["0x" + leaf.hex() for leaf in committed.leaves],
        "commitment": "0x" + committed.commitment.hex(),
    }


def core_takes(content: bytes) -> bool:
    try:
        build_commitment(parse_json(content), RECORD_KEY)  # type: ignore[arg-type]  # may be no object: refused
    except LedgerProofError:
        return False
    return True


JSON_PIECES = st.sampled_from(
    ["{", "}", "[", "]", ",", ":", '"a"', '"b"', '"a":', "1", "-0", "0", "01", "1.0", "1e3", "-", "true",
     "nul", "null", " ", "\t", "\u00a0", "\ufeff", '"', "\\", '"\\ud800"', '"\\ud83d\\ude00"', '"\\u0061"',
     '"\\x"', '"\x01"', "9007199254740991", "9007199254740992", "NaN", "Infinity", "//"]
)  # fmt: skip


@SETTINGS
@given(content=st.lists(JSON_PIECES, max_size=12).map(lambda pieces: '{"a":' + "".join(pieces) + "}"))
@example(content='{"a":1,"\\u0061":2}')
@example(content='{"a":"\\ud800"}')
@example(content='{"a":-9007199254740992}')
@example(content=json.dumps(nested(33)))
@example(content=json.dumps({"a": [0] * 4096}))
@example(content=json.dumps({"a": [0] * 4095}))
@example(content="{}")
@example(content="[1]")
def test_the_same_documents_are_refused(browser_code: BrowserCode, content: str) -> None:
    encoded = content.encode()
    assert ("refused" not in commit(browser_code, encoded)) == core_takes(encoded)


@SETTINGS
@given(content=st.binary(max_size=12))
def test_the_same_bytes_are_no_utf8(browser_code: BrowserCode, content: bytes) -> None:
    document = b'{"a":"' + content + b'"}'
    assert ("refused" not in commit(browser_code, document)) == core_takes(document)


def check(
    browser_code: BrowserCode, reply: object, *, now: int = NOW, asked: dict[str, Any] | None = None
) -> dict[str, Any]:
    return browser_code.ask(
        act="check",
        reply=json.dumps(reply),
        profile=pinned_bytes(build_profile()).decode(),
        now=now,
        asked_body=None if asked is None else json.dumps(asked),
        private_key=SIGNING_KEY.hex(),
    )


def core_checks(
    reply: object, *, now: int = NOW, asked: dict[str, Any] | None = None
) -> CheckedRecord | None:
    try:
        parsed = parse_json(json.dumps(reply).encode(), max_bytes=MAX_REPLY_BYTES, max_depth=MAX_REPLY_DEPTH)
        return check_prepared(parsed, build_profile(), now=now, asked_body=asked)
    except (CommandError, LedgerProofError):
        return None


@settings(SETTINGS, max_examples=60)
@given(extra=RECORDS, holders=st.booleans(), seconds=st.integers(-300, 300))
def test_digests_and_signatures_are_the_cores(
    browser_code: BrowserCode, extra: dict[str, Any], holders: bool, seconds: int
) -> None:
    asked = build_asked_body() | {"supplement": extra}
    if holders:
        asked["holders"] = ["0x" + bytes([claim["ordinal"] + 1] * 20).hex() for claim in asked["claims"]]
    reply = build_reply(asked, build_profile())
    checked = core_checks(reply, now=NOW + seconds, asked=asked)
    assert checked is not None
    answer = check(browser_code, reply, now=NOW + seconds, asked=asked)
    digests = [act.digest(checked.domain) for act in checked.authorships]
    assert answer == {
        "commitment": "0x" + checked.commitment.hex(),
        "digests": ["0x" + digest.hex() for digest in digests],
        "signatures": ["0x" + signature.hex() for signature in checked.sign(SIGNING_KEY)],
        "shown_count": len(list_fields(checked.record.as_json())),
    }
    for digest, signature in zip(digests, answer["signatures"], strict=True):
        assert recover_signer(digest, bytes.fromhex(signature[2:])).hex() == SIGNER[2:]


def place(document: Any, pointer: str) -> tuple[Any, Any]:
    *parents, last = pointer.strip("/").split("/")
    for part in parents:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document, int(last) if isinstance(document, list) else last


REPLACEMENTS = SCALARS | st.sampled_from(
    [[], {}, [0], {"a": 1}, "0x" + "00" * 32, True, 1, "1", "2026-11-22T01:00:00Z"]
)


@SETTINGS
@given(choice=st.randoms(use_true_random=False), value=REPLACEMENTS, remove=st.booleans())
def test_a_hostile_answer_is_refused_by_both_or_by_neither(
    browser_code: BrowserCode, choice: Any, value: Any, remove: bool
) -> None:
    asked = build_asked_body()
    honest = build_reply(asked, build_profile())
    reply = copy.deepcopy(honest)
    parent, last = place(reply, choice.choice([field.pointer for field in list_fields(honest)]))
    if remove:
        del parent[last]
    else:
        parent[last] = value
    taken = core_checks(reply, asked=asked)
    answer = check(browser_code, reply, asked=asked)
    assert ("refused" not in answer) == (taken is not None), answer
    if taken is None:
        assert answer["refused"].startswith(("prepared.", "profile.other_chain"))
    else:
        assert answer["commitment"] == "0x" + taken.commitment.hex()


@SETTINGS
@given(choice=st.randoms(use_true_random=False), value=REPLACEMENTS, remove=st.booleans())
def test_a_gateway_that_commits_to_another_body_is_refused_by_both_or_by_neither(
    browser_code: BrowserCode, choice: Any, value: Any, remove: bool
) -> None:
    """The hostile gateway does its work well: commitment and typed data fit the altered body."""
    asked = build_asked_body()
    altered = copy.deepcopy(asked)
    parent, last = place(altered, choice.choice([field.pointer for field in list_fields(asked)]))
    if remove:
        del parent[last]
    else:
        parent[last] = value
    try:
        reply = build_reply(altered, build_profile())
    except (LedgerProofError, TypeError, KeyError):
        return
    taken = core_checks(reply, asked=asked)
    assert ("refused" not in check(browser_code, reply, asked=asked)) == (taken is not None)
    if canonical_bytes(altered) != canonical_bytes(asked):
        assert taken is None


@SETTINGS
@given(
    choice=st.randoms(use_true_random=False), value=REPLACEMENTS | st.integers(0, 2**24), remove=st.booleans()
)
def test_the_same_keyfiles_are_refused(
    browser_code: BrowserCode, keyfile: dict[str, Any], choice: Any, value: Any, remove: bool
) -> None:
    altered = copy.deepcopy(keyfile)
    parent, last = place(altered, choice.choice([field.pointer for field in list_fields(keyfile)]))
    if remove:
        del parent[last]
    else:
        parent[last] = value
    content = json.dumps(altered).encode()
    try:
        address = "0x" + parse_keyfile(content).address.hex()
    except Refused:
        address = ""
    answer = browser_code.ask(act="keyfile", content=base64.b64encode(content).decode())
    assert answer == ({"address": address} if address else {"refused": "keyfile.malformed"})


@pytest.fixture(params=["scrypt_standard", "pbkdf2"])
def keyfile(request: pytest.FixtureRequest) -> dict[str, Any]:
    path = request.config.rootpath / "tests" / "javascript" / "keyfiles" / f"{request.param}.json"
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document
