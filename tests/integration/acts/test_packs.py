"""Pack checks at the counter: what makers prove is believed, and policy says what follows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from ledger_api.evidence.foreign import verify_foreign
from ledger_api.lots.models import KnownLot
from ledger_api.packs import makers
from ledger_api.packs.makers import MakerQuestion, ask_makers
from ledger_api.packs.service import PackCheck, PackQuery
from ledger_api.peers.client import PeerClient
from ledger_proofs.bundles import bundle_as_json
from tests.support.acting import Signer, read_refusal, signer
from tests.support.counter import build_dispensing, dispense, open_window, prescribe
from tests.support.packs import PRODUCT, commission, lot_request, new_codes, recall
from tests.two_gateways import HOSPITAL, MANUFACTURER, PHARMACY, TwoGateways

pytestmark = [pytest.mark.integration, pytest.mark.chain]


@pytest.fixture(scope="module")
def rosa(two_gateways: TwoGateways) -> Signer:
    return signer(two_gateways, "rosa")


@pytest.fixture(scope="module")
def phil(two_gateways: TwoGateways) -> Signer:
    return signer(two_gateways, "phil")


@pytest.fixture(scope="module")
def lot(rosa: Signer) -> dict[str, Any]:
    return commission(rosa, new_codes(3), units_per_pack=24, unit="片")


def _check(counter: Signer, *codes: str, product: dict[str, str] | None = None) -> list[dict[str, Any]]:
    asked = [{"code": code, **({} if product is None else {"product": product})} for code in codes]
    answer = counter.post("/v1/packs/check", {"codes": asked})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["packs"])


def test_a_commissioned_pack_is_good_and_its_lot_is_told(phil: Signer, lot: dict[str, Any]) -> None:
    (pack,) = _check(
        phil, lot["codes"][0], product={"code_system": PRODUCT["code_system"], "code": "EX-0009"}
    )
    assert (pack["verdict"], pack["flags"], pack["is_conclusive"]) == ("good", [], True)
    assert pack["code"] == f"cn20:{lot['codes'][0]}"
    assert pack["product"] == PRODUCT
    assert (pack["lot"], pack["expires_on"], pack["unit"]) == (lot["lot"], lot["expires_on"], "片")
    assert (pack["total_units"], pack["used_units"]) == (24, 0)
    assert pack["lot_record"] == {
        "institution": MANUFACTURER,
        "id": lot["id"],
        "commitment": lot["commitment"],
    }


def test_every_finding_has_its_flag(phil: Signer, rosa: Signer, lot: dict[str, Any]) -> None:
    old = commission(rosa, new_codes(1), made_on="2024-01-01", expires_on="2025-12-31")
    bad = commission(rosa, new_codes(2))
    recall(rosa, bad)
    half = commission(rosa, new_codes(2))
    recall(rosa, half, half["codes"][:1])
    unknown, other_form = new_codes(1)[0], "EXAMPLE-CODE-OF-NO-FORM-1"
    codes = [unknown, other_form, *old["codes"], *bad["codes"], *half["codes"]]
    found = {pack["code"].split(":", 1)[1]: (pack["verdict"], pack["flags"]) for pack in _check(phil, *codes)}
    assert found == {
        unknown: ("flagged", ["pack.unknown"]),
        other_form: ("flagged", ["pack.unknown_form", "pack.unknown"]),
        old["codes"][0]: ("stopped", ["pack.expired"]),
        bad["codes"][0]: ("stopped", ["pack.recalled"]),
        bad["codes"][1]: ("stopped", ["pack.recalled"]),
        half["codes"][0]: ("stopped", ["pack.recalled"]),
        half["codes"][1]: ("good", []),
    }
    wrong = {"code_system": PRODUCT["code_system"], "code": "EX-0001"}
    (pack,) = _check(phil, lot["codes"][0], product=wrong)
    assert (pack["verdict"], pack["flags"]) == ("flagged", ["pack.other_product"])


def test_a_pack_without_a_unit_left_is_stopped(two_gateways: TwoGateways, phil: Signer, rosa: Signer) -> None:
    lot = commission(rosa, new_codes(1), units_per_pack=2)
    for used in (1, 2):
        made = prescribe(two_gateways)
        open_window(two_gateways, made)
        taken = {"code": lot["codes"][0], "units_used": 1, "line": {"prescription": 0, "line": 1}}
        accepted = dispense(two_gateways, made, build_dispensing(made, packs=[taken]))
        assert phil.wait_for_outcome("dispensings", accepted["id"])["outcome"] == "done"
        (pack,) = _check(phil, *lot["codes"])
        assert (pack["total_units"], pack["used_units"]) == (2, used)
        assert (pack["verdict"], pack["flags"]) == (
            ("good", []) if used == 1 else ("stopped", ["pack.used_up"])
        )


def test_a_recall_reaches_a_counter_that_knows_the_lot(phil: Signer, rosa: Signer) -> None:
    lot = commission(rosa, new_codes(1))
    assert _check(phil, *lot["codes"])[0]["verdict"] == "good"
    recall(rosa, lot)
    assert _check(phil, *lot["codes"])[0]["flags"] == ["pack.recalled"]


def test_a_hospitals_own_counter_asks_across_gateways(two_gateways: TwoGateways, lot: dict[str, Any]) -> None:
    (pack,) = _check(signer(two_gateways, "pia"), lot["codes"][1])
    assert (pack["verdict"], pack["lot"]) == ("good", lot["lot"])
    with two_gateways.hospitals.parts.database.reading() as session:
        kept = session.get(KnownLot, bytes.fromhex(lot["commitment"][2:]))
    assert kept is not None and kept.issuer == MANUFACTURER


def test_a_record_that_is_not_final_yet_is_told_once_it_is(phil: Signer, rosa: Signer) -> None:
    codes = new_codes(1)
    accepted = rosa.act("lots", lot_request(codes))
    rosa.wait_until_final("lots", accepted["id"])
    assert _check(phil, *codes)[0]["verdict"] == "good"


def test_the_checks_are_noted_at_the_counter_and_at_the_maker(
    two_gateways: TwoGateways, phil: Signer, rosa: Signer
) -> None:
    lot = commission(rosa, new_codes(1))
    _check(phil, *lot["codes"])
    amy = two_gateways.client("amy").get("/v1/audit", params={"limit": 200}).json()["items"]
    assert ("packs.checked", {"packs": 1, "stopped": 0}) in [
        (each["action"], each["details"]) for each in amy
    ]


@pytest.fixture
def makers_gone(two_gateways: TwoGateways) -> Iterator[None]:
    """Both gateways know nobody's address for a while."""
    peers = two_gateways.hospitals.parts.peers
    before, peers._parts = (
        peers._parts,
        type(peers._parts)({}, peers._parts.keys, peers._parts.domain, peers._parts.clock),
    )
    yield
    peers._parts = before


def test_while_the_maker_is_out_of_reach_what_is_known_serves_and_the_rest_is_inconclusive(
    two_gateways: TwoGateways, rosa: Signer, makers_gone: None
) -> None:
    del makers_gone
    pia = signer(two_gateways, "pia")
    (unknown,) = _check(pia, *commission(rosa, new_codes(1))["codes"])
    assert (unknown["flags"], unknown["is_conclusive"]) == (["pack.unconfirmed"], False)


def test_a_known_pack_stays_known_while_its_maker_is_out_of_reach(
    two_gateways: TwoGateways, lot: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    pia = signer(two_gateways, "pia")
    _check(pia, lot["codes"][2])
    request.getfixturevalue("makers_gone")
    (known,) = _check(pia, lot["codes"][2])
    assert (known["verdict"], known["is_conclusive"], known["lot"]) == ("good", False, lot["lot"])


def test_the_day_counts_where_the_gateway_is(two_gateways: TwoGateways, rosa: Signer) -> None:
    last_day = datetime.now(UTC).date()
    lot = commission(rosa, new_codes(1), expires_on=last_day.isoformat())
    check = PackCheck(two_gateways.counters.parts)
    query = [PackQuery(lot["codes"][0])]
    assert check.check(PHARMACY, query, last_day)[0].is_usable
    tomorrow = last_day.fromordinal(last_day.toordinal() + 1)
    assert not check.check(PHARMACY, query, tomorrow)[0].is_usable


class LyingMaker:
    """A peer that answers what it was told to."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.asked = 0

    def post(self, *_question: object) -> dict[str, Any]:
        """Answer."""
        self.asked += 1
        return self.answer


def test_a_maker_that_proves_something_else_or_nothing_is_not_believed(
    two_gateways: TwoGateways, rosa: Signer, lot: dict[str, Any]
) -> None:
    network = two_gateways.hospitals.parts.network
    assert network is not None
    true = cast("dict[str, Any]", bundle_as_json(rosa.get_bundle("lots", lot["id"])))
    pia = signer(two_gateways, "pia")
    made = prescribe(two_gateways)
    review = pia.http.get("/v1/reviews").json()["items"][0]["id"]
    assert made.id
    altered = json.loads(json.dumps(true))
    altered["disclosure"]["fields"][-1]["value"] = "2099-12-31"
    answers: list[tuple[dict[str, Any], int, bool]] = [
        ({"bundles": [true], "has_more": False}, MANUFACTURER, True),
        ({"bundles": [true], "has_more": False}, HOSPITAL, False),  # not this maker's
        ({"bundles": [altered], "has_more": False}, MANUFACTURER, False),
        ({"bundles": [bundle_as_json(pia.get_bundle("reviews", review))]}, HOSPITAL, False),
        ({"bundles": [{}]}, MANUFACTURER, False),
        ({"bundles": "none"}, MANUFACTURER, False),
        ({}, MANUFACTURER, False),
    ]
    for answer, maker, is_believed in answers:
        peer = LyingMaker(answer)
        said = ask_makers(
            cast("PeerClient", peer), network, PHARMACY, [MakerQuestion(maker, [b"\x11" * 32], [])]
        )
        assert (len(said.lots), said.silent) == ((1, set()) if is_believed else (0, {maker}))


def test_a_lot_signed_in_another_form_is_not_believed(
    two_gateways: TwoGateways, rosa: Signer, lot: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = two_gateways.hospitals.parts.network
    assert network is not None
    bundle = rosa.get_bundle("lots", lot["id"])
    true = verify_foreign(bundle, network, "/")
    formless = dataclasses.replace(true, record=dataclasses.replace(true.record, body={"event": "recalled"}))
    monkeypatch.setattr(makers, "verify_foreign", lambda *_: formless)
    peer = LyingMaker({"bundles": [bundle_as_json(bundle)]})
    question = MakerQuestion(MANUFACTURER, [b"\x11" * 32], [])
    said = ask_makers(cast("PeerClient", peer), network, PHARMACY, [question])
    assert (said.lots, said.silent) == ([], {MANUFACTURER})


def test_a_maker_that_never_comes_to_an_end_is_left(two_gateways: TwoGateways) -> None:
    network = two_gateways.hospitals.parts.network
    assert network is not None
    endless = LyingMaker({"bundles": [], "has_more": True})
    ask_makers(cast("PeerClient", endless), network, PHARMACY, [MakerQuestion(401, [b"\x11" * 32], [])])
    assert endless.asked == 1


@pytest.mark.parametrize(
    ("codes", "pointers"),
    [
        (["12", "83000010000000000001"], ["/codes/0/code"]),
        (["83000010000000000001", " 83000010000000000001"], ["/codes/1/code"]),
        ([], ["/codes"]),
        (["8" * 20] * 65, ["/codes"]),
    ],
)
def test_codes_that_cannot_be_read_are_refused_at_their_places(
    phil: Signer, codes: list[str], pointers: list[str]
) -> None:
    answer = phil.post("/v1/packs/check", {"codes": [{"code": code} for code in codes]})
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == pointers


@pytest.mark.parametrize(("name", "status"), [("anna", 403), ("ada", 403), ("cleo", 403), ("his-1", 200)])
def test_counters_and_their_systems_check_packs(two_gateways: TwoGateways, name: str, status: int) -> None:
    answer = signer(two_gateways, name).post("/v1/packs/check", {"codes": [{"code": new_codes(1)[0]}]})
    assert answer.status_code == status


def test_only_institutions_ask_a_maker(two_gateways: TwoGateways, phil: Signer) -> None:
    answer = phil.post("/v1/peer/packs/query", {"tokens": ["0x" + "11" * 32]})
    assert answer.status_code == 401
    assert read_refusal(answer)[0] == 401
    parts = two_gateways.hospitals.parts
    said = parts.peers.post(HOSPITAL, MANUFACTURER, "/v1/peer/packs/query", {"tokens": ["0x" + "11" * 32]})
    assert said == {"bundles": [], "has_more": False}
