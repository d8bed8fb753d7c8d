"""The rules about linked records: an honest story passes, and each thing that is wrong is its own finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger_proofs.types import Commitment
from regulator_portal.building import build_tools, open_database
from regulator_portal.config import Settings
from regulator_portal.findings.service import FindingFilter, FindingRepository
from regulator_portal.mirror.models import LogState
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.sources.gateway import Gateways
from tests.gateway_support import MovableClock
from tests.support.portal_scene import (
    DAY,
    HOSPITAL,
    INSURER,
    MINUTE,
    PHARMACY,
    REGULATOR,
    Logged,
    PortalScene,
    digest,
)
from tests.support.portal_site import write_portal_files
from tests.support.portal_stories import (
    build_dispensing,
    build_lot,
    build_prescription,
    build_review,
    build_settlement,
    build_use,
    tell_restore,
    tell_settlement,
    tell_story,
    tell_use,
    tell_void,
)

WRONG_TOTALS = {
    "amount_minor": 3280,
    "fund_minor": 2700,
    "account_minor": 600,
    "cash_minor": 80,
    "reduced_minor": 0,
}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[PortalScene]:
    """A portal's database whose node and gateway don't answer."""
    nowhere = write_portal_files(tmp_path)
    settings = Settings.model_validate({"home": tmp_path, "port": 0, "rpc_url": nowhere})
    database, gateways, clock = open_database(settings), Gateways(), MovableClock()
    yield PortalScene(build_tools(settings, database, clock, gateways), clock())
    gateways.close()
    database.close()


def list_open(scene: PortalScene) -> list[str]:
    """The codes of all open findings."""
    with scene.tools.database.reading() as session:
        found = FindingRepository(session, scene.tools.clock).list(FindingFilter(state="open"), 0, 100)
    return sorted(each.code for each in found)


def build_used(scene: PortalScene, **changes: Any) -> tuple[Logged, Any]:
    """A dispensing that is in order but for what is changed, and its use."""
    at = scene.now - 60 * MINUTE
    token = digest("pack")
    build_lot(scene, [token], **changes.pop("lot", {}))
    prescription = build_prescription(scene, at)
    build_review(scene, HOSPITAL, prescription, at, changes.pop("hospital", "approved"))
    review = build_review(scene, PHARMACY, prescription, at, changes.pop("counter", "approved"))
    use = build_use(prescription, changes.pop("token", token), total=changes.pop("total", 24))
    dispensing = build_dispensing(scene, prescription, review, use, at, **changes)
    tell_use(scene, dispensing, use, at + MINUTE)
    return dispensing, use


def test_an_honest_story_passes_every_rule(scene: PortalScene) -> None:
    story = tell_story(scene)
    scene.judge()
    assert set(scene.outcomes(story.dispensing).values()) == {"passed"}
    assert set(scene.outcomes(story.settlement).values()) == {"passed"}
    assert len(scene.outcomes(story.dispensing)) == 9
    assert list_open(scene) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"hospital": "rejected"}, "review.missing"),
        ({"counter": "rejected"}, "review.missing"),
        ({"token": digest("a pack that nobody made")}, "pack.unknown_lot"),
        ({"lot": {"expires_on": "2020-01-31"}}, "pack.after_expiry"),
        ({"total": 48}, "pack.total_differs"),
        ({"lot": {"units_per_pack": 12}}, "pack.total_differs"),
    ],
)
def test_what_is_wrong_with_a_dispensing_is_found(
    scene: PortalScene, changes: dict[str, Any], code: str
) -> None:
    dispensing, _ = build_used(scene, **changes)
    scene.judge()
    assert scene.outcomes(dispensing)[code] == "failed"
    assert list_open(scene) == [code]


def test_a_recalled_lot_stops_what_comes_after_the_recall_and_not_what_was_before(scene: PortalScene) -> None:
    before, _ = build_used(scene)
    later = build_prescription(scene, scene.now)
    review = build_review(scene, PHARMACY, later, scene.now)
    build_review(scene, HOSPITAL, later, scene.now)
    recall = {"event": "recalled", "packs": [], "reason": "quality"}
    body: dict[str, Any] = {"product": {"code_system": "nmpa", "code": "H1"}, "lot": "L-2026-07", **recall}
    scene.log(4, 9, body, at=scene.now)
    use = build_use(later, digest("pack"), units=2)
    after = build_dispensing(scene, later, review, use, scene.now)
    tell_use(scene, after, use, scene.now + MINUTE)
    scene.judge(scene.now + 2 * MINUTE)
    assert scene.outcomes(before)["pack.recalled"] == "passed"
    assert scene.outcomes(after)["pack.recalled"] == "failed"


def test_a_use_without_its_record_is_awaited_then_found_and_closes_when_it_comes(scene: PortalScene) -> None:
    prescription = build_prescription(scene, scene.now - DAY)
    use = build_use(prescription, digest("pack"))
    missing = Logged(PHARMACY, 3, "", digest("never logged"))  # type: ignore[arg-type]
    tell_use(scene, missing, use, scene.now)
    scene.judge(scene.now + DAY)
    assert scene.outcomes(missing)["use.without_record"] == "pending"
    assert "use.without_record" not in list_open(scene)
    scene.judge(scene.now + DAY + 1)
    # The pharmacy's log isn't known to the portal: nothing can be said.
    assert scene.outcomes(missing)["use.without_record"] == "could_not_check"
    scene.log(PHARMACY, 8, {"reason": "other"})
    scene.judge(scene.now + DAY + 1)
    assert scene.outcomes(missing)["use.without_record"] == "failed"
    assert "use.without_record" in list_open(scene)


def test_a_log_that_could_not_be_checked_makes_nothing_fail_and_closes_nothing(scene: PortalScene) -> None:
    dispensing, _ = build_used(scene, hospital="rejected")
    scene.judge()
    with scene.tools.database.writing() as session:
        mirror = MirrorRepository(session)
        for row in mirror.list_logs():
            row.state = LogState.COULD_NOT_CHECK
            mirror.add(row)
    scene.judge()
    assert scene.outcomes(dispensing)["review.missing"] == "could_not_check"
    assert list_open(scene) == ["review.missing"]


def build_use_of_strange_claim(scene: PortalScene) -> Logged:
    """A dispensing of a claim that no mirrored entry carries."""
    at, token = scene.now - 60 * MINUTE, digest("pack")
    build_lot(scene, [token])
    prescription = build_prescription(scene, at)
    build_review(scene, HOSPITAL, prescription, at)
    review = build_review(scene, PHARMACY, prescription, at)
    use = build_use(replace(prescription, commitment=Commitment(digest("another prescription"))), token)
    dispensing = build_dispensing(scene, prescription, review, use, at)
    tell_use(scene, dispensing, use, at + MINUTE)
    return dispensing


def test_a_claim_of_no_entry_is_found(scene: PortalScene) -> None:
    dispensing = build_use_of_strange_claim(scene)
    scene.judge()
    assert scene.outcomes(dispensing)["use.unknown_claim"] == "failed"
    assert "use.unknown_claim" in list_open(scene)


def test_logs_asked_for_before_the_registers_block_convict_nobody(scene: PortalScene) -> None:
    dispensing = build_use_of_strange_claim(scene)
    scene.judge(logs_at=scene.block - 1)
    assert scene.outcomes(dispensing)["use.unknown_claim"] == "could_not_check"
    assert list_open(scene) == []
    scene.judge(logs_at=scene.block)
    assert scene.outcomes(dispensing)["use.unknown_claim"] == "failed"


def test_a_log_that_has_grown_and_is_not_mirrored_to_its_head_convicts_nobody(scene: PortalScene) -> None:
    dispensing = build_use_of_strange_claim(scene)
    with scene.tools.database.writing() as session:
        mirror = MirrorRepository(session)
        for log in mirror.list_logs():
            if log.institution == HOSPITAL:
                log.head_size = log.pinned_size = log.size + 1
                mirror.add(log)
    scene.judge()
    assert scene.outcomes(dispensing)["use.unknown_claim"] == "could_not_check"
    assert list_open(scene) == []


def test_another_use_than_the_record_binds_is_found(scene: PortalScene) -> None:
    at = scene.now - 60 * MINUTE
    build_lot(scene, [digest("pack")])
    prescription = build_prescription(scene, at)
    build_review(scene, HOSPITAL, prescription, at)
    review = build_review(scene, PHARMACY, prescription, at)
    signed = build_use(prescription, digest("pack"), units=12)
    dispensing = build_dispensing(scene, prescription, review, signed, at)
    tell_use(scene, dispensing, build_use(prescription, digest("pack")), at)
    scene.judge()
    assert list_open(scene) == ["use.differs"]


def test_a_record_without_its_use_is_awaited_then_found_unless_refused(scene: PortalScene) -> None:
    at = scene.now - 2 * DAY
    prescription = build_prescription(scene, at)
    review = build_review(scene, PHARMACY, prescription, at)
    use = build_use(prescription, digest("pack"))
    dispensing = build_dispensing(scene, prescription, review, use, at)
    scene.judge(at + DAY)
    assert scene.outcomes(dispensing)["record.without_use"] == "pending"
    scene.judge()
    assert list_open(scene) == ["record.without_use"]
    refusal: dict[str, Any] = {
        "prescription": prescription.ref(),
        "dispensing": dispensing.ref(),
        "reason": "chain_refused",
    }
    scene.log(PHARMACY, 8, refusal)
    scene.judge()
    assert list_open(scene) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"totals": WRONG_TOTALS}, "settlement.sum_mismatch"),
        ({"currency": "USD"}, "settlement.sum_mismatch"),
        ({"claims": []}, "settlement.claims_differ"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_settlement_is_found(
    scene: PortalScene, changes: dict[str, Any], code: str
) -> None:
    dispensing, use = build_used(scene)
    settlement = build_settlement(scene, dispensing, use, scene.now, **changes)
    tell_settlement(scene, dispensing, settlement.commitment, [each.claim for each in use.claims], scene.now)
    scene.judge()
    assert scene.outcomes(settlement)[code] == "failed"
    assert list_open(scene) == [code]


def test_the_settlement_of_what_was_never_dispensed_is_found(scene: PortalScene) -> None:
    prescription = build_prescription(scene, scene.now - 60 * MINUTE)
    use = build_use(prescription, digest("pack"))
    never = Logged(PHARMACY, 3, "00000000-0000-4000-8000-000000000000", digest("never"))  # type: ignore[arg-type]
    scene.log(PHARMACY, 8, {"reason": "other"})
    settlement = build_settlement(scene, never, use, scene.now)
    scene.judge()
    assert scene.outcomes(settlement)["settlement.without_dispensing"] == "failed"


def test_an_act_without_its_signed_record_is_found(scene: PortalScene) -> None:
    dispensing, use = build_used(scene)
    statement = digest("a settlement that nobody signed")
    scene.log(INSURER, 4, {"decision": "refused", "claims": []})
    at = scene.now - 2 * DAY
    tell_settlement(scene, dispensing, statement, [each.claim for each in use.claims], at)  # type: ignore[arg-type]
    scene.judge()
    assert "act.without_statement" in list_open(scene)


def test_void_and_restore_are_held_against_their_records(scene: PortalScene) -> None:
    dispensing, use = build_used(scene)
    restore = scene.log(PHARMACY, 6, {"dispensing": dispensing.ref(), "reason": "returned"})
    tell_restore(scene, dispensing, restore.commitment, use, scene.now)
    prescription = build_prescription(scene, scene.now)
    said: dict[str, Any] = {**prescription.ref(), "window": 0, "not_before": "2026-11-22T01:00:00Z"}
    void = scene.log(HOSPITAL, 5, {"prescription": said, "ordinals": [1], "reason": "withdrawn"})
    tell_void(scene, prescription, void.commitment, scene.now)
    scene.judge()
    assert set(scene.outcomes(restore).values()) == {"passed"}
    assert scene.outcomes(void)["act.differs"] == "failed"  # the record names ordinal 1, the chain voided 0
    assert list_open(scene) == ["act.differs"]


def test_a_demand_is_awaited_then_withheld_and_answered_by_refusing_too(scene: PortalScene) -> None:
    prescription = build_prescription(scene, scene.now - DAY)
    by: dict[str, Any] = {"purpose": "audit", "grounds": "x", "answer_by": "2020-01-01T00:00:00Z"}
    demand = scene.log(REGULATOR, 11, {"subject": prescription.ref(), **by})
    scene.judge(1_577_836_000)
    assert scene.outcomes(demand)["content.withheld"] == "pending"
    scene.judge()
    assert scene.outcomes(demand)["content.withheld"] == "withheld"
    scene.log(HOSPITAL, 12, {"demand": demand.ref(), "subject": prescription.ref(), "decision": "refused"})
    scene.judge()
    assert list_open(scene) == []


def test_a_hidden_member_is_never_a_finding(scene: PortalScene) -> None:
    dispensing, use = build_used(scene)
    settlement = build_settlement(scene, dispensing, use, scene.now)
    hidden = scene.log(
        INSURER, 4, {"decision": "accepted", "claims": ["0x00"]}, hidden=["/body/claims", "/body/claims/0"]
    )
    tell_settlement(scene, dispensing, settlement.commitment, [each.claim for each in use.claims], scene.now)
    scene.judge()
    assert "could_not_check" in scene.outcomes(hidden).values()
    assert list_open(scene) == []


def test_nothing_of_a_person_is_kept_of_what_evidence_discloses(scene: PortalScene) -> None:
    story = tell_story(scene)
    for logged in (story.prescription, story.review, story.dispensing, story.settlement, story.lot):
        kept = str(scene.get(logged).shown)
        assert "张三" not in kept
        assert "何敏" not in kept
