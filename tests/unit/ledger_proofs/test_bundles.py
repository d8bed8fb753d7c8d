"""Evidence bundles: round trip, every member wrong in turn, and the hostile files with their outcomes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_proofs.bundles import MAX_BUNDLE_BYTES, Bundle, bundle_to_json, parse_bundle
from ledger_proofs.errors import LedgerProofError, MalformedInput
from ledger_proofs.reports import Outcome, Report
from ledger_proofs.verifier import verify_bundle
from tests.factories import PHARMACY, anchoring_chain, build_scene, prescription_record

FOLDER = Path(__file__).parents[2] / "vectors" / "bundles"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())
VALID = (FOLDER / "valid.json").read_bytes()


def verified(bundle: Bundle) -> Report:
    scene = build_scene()
    if bundle.authorship.institution == PHARMACY:
        # What the pharmacy lies about, it logged and anchored properly.
        return verify_bundle(bundle, scene.trust, anchoring_chain(bundle, scene.trust))
    return verify_bundle(bundle, scene.trust, scene.chain)


def test_a_bundle_is_written_and_read_back() -> None:
    bundle = build_scene().bundle
    assert parse_bundle(bundle_to_json(bundle)) == bundle
    assert bundle_to_json(parse_bundle(VALID)) == bundle_to_json(bundle)


def test_a_bundle_without_proofs_is_written_and_read_back() -> None:
    document = json.loads(VALID)
    document["anchor"].update(header=None, account_proof=None, storage_proofs=None)
    bundle = parse_bundle(json.dumps(document).encode())
    assert bundle.anchor.header is None
    assert parse_bundle(bundle_to_json(bundle)) == bundle


@pytest.mark.parametrize("name", ["valid", "valid_dispensing"])
def test_the_valid_file_passes(name: str) -> None:
    report = verified(parse_bundle((FOLDER / f"{name}.json").read_bytes()))
    assert [step.outcome for step in report.steps] == [Outcome.PASSED] * 7
    assert report.outcome is Outcome.PASSED


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_hostile_bundle_has_its_expected_outcome(name: str) -> None:
    content = (FOLDER / "hostile" / f"{name}.json").read_bytes()
    expected = EXPECTED[name]
    if "parse_error" in expected:
        with pytest.raises(MalformedInput) as caught:
            parse_bundle(content)
        assert caught.value.code == expected["parse_error"]["code"]
        assert matches(expected["parse_error"]["path"], caught.value.path)
        return
    report = verified(parse_bundle(content))
    open_steps = {step.number: step for step in report.steps if step.outcome is not Outcome.PASSED}
    observed = {str(number): (step.outcome.value, step.code) for number, step in open_steps.items()}
    wanted = {number: (step["outcome"], step["code"]) for number, step in expected["steps"].items()}
    assert observed == wanted
    for number, step in expected["steps"].items():
        assert matches(step["where"], open_steps[int(number)].where)
    assert report.outcome is not Outcome.PASSED


def test_every_hostile_file_has_an_expectation() -> None:
    assert {path.stem for path in (FOLDER / "hostile").iterdir()} == set(EXPECTED)
    assert len(EXPECTED) >= 90


def test_a_bundle_over_its_bound_is_refused_unread() -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_bundle(b" " * (MAX_BUNDLE_BYTES + 1))
    assert caught.value.code == "json.too_large"


def every_place(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    places = [path] if path else []
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        places += every_place(child, (*path, key))
    return places


DOCUMENT = json.loads(bundle_to_json(build_scene(prescription_record(lines=1)).bundle))
PLACES = every_place(DOCUMENT)
FREE_VALUES = {"header", "account_proof", "storage_proofs", "value"}
"""Members that may be null (or, a field's value, anything flat)."""


@pytest.mark.parametrize("wrong", [None, True, -1, 1.5, "", "0x", [], {}, [[]], "0xZZ", 2**53], ids=repr)
def test_every_member_of_a_wrong_type_is_refused_or_read_as_it_stands(wrong: Any) -> None:
    for place in PLACES:
        document = json.loads(json.dumps(DOCUMENT))
        node = document
        for key in place[:-1]:
            node = node[key]
        if node[place[-1]] == wrong or "value" in place:
            continue
        node[place[-1]] = wrong
        try:
            bundle = parse_bundle(json.dumps(document).encode())
        except MalformedInput as error:
            assert error.code
        else:
            assert json.loads(bundle_to_json(bundle)) == document


@settings(max_examples=300)
@given(data=st.data())
def test_one_flipped_bit_of_what_is_proved_never_passes(data: st.DataObject) -> None:
    proved = [place for place in PLACES if is_proved(place)]
    place = data.draw(st.sampled_from(proved))
    document = json.loads(json.dumps(DOCUMENT))
    node = document
    for key in place[:-1]:
        node = node[key]
    value = node[place[-1]]
    if isinstance(value, str) and value.startswith("0x"):
        bit = data.draw(st.integers(0, 4 * (len(value) - 2) - 1))
        width = len(value) - 2
        node[place[-1]] = f"0x{int(value, 16) ^ 1 << bit:0{width}x}"
    elif isinstance(value, str):
        node[place[-1]] = value + "x"
    else:
        node[place[-1]] = value ^ 1 << data.draw(st.integers(0, 20))
    scene = build_scene(prescription_record(lines=1))
    try:
        bundle = parse_bundle(json.dumps(document).encode())
    except LedgerProofError:
        return
    report = verify_bundle(bundle, scene.trust, scene.chain)
    assert report.outcome is not Outcome.PASSED


def is_proved(place: tuple[Any, ...]) -> bool:
    """Whether a leaf of the document is bound by a proof; hints for finding the block are not."""
    node: Any = DOCUMENT
    for key in place:
        node = node[key]
    is_leaf = not isinstance(node, dict | list) and not isinstance(node, bool | None)
    hints = {("anchor", "transaction_hash"), ("claims", "as_of_block"), ("anchor", "account_proof")}
    is_hint = place[:2] in hints or (place[:2] == ("anchor", "storage_proofs") and "proof" in place)
    return is_leaf and not is_hint


def matches(expected: str, observed: str) -> bool:
    return expected in ("*", observed)
