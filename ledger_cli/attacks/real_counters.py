"""Two real pharmacies over both gateways, and what honest people did there before anybody cheats.

All of it goes over HTTP and stands on the running chain: two prescriptions with hand-over codes, approved by
the hospital, fetched and approved at both counters; the first's first claim dispensed at Kangning with a
whole pack. It is done once for all attacks, for what is tried afterwards is refused and changes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ledger_cli.acting.counter import (
    dispense,
    prepare_dispensing,
    receive,
    request_settlement,
    submit_dispensing,
)
from ledger_cli.acting.dispensing_check import DispensingRequest, Price, ScannedPack, Taking
from ledger_cli.acting.holder import CodeSeed
from ledger_cli.acting.hospital import IssuedPrescription, issue, review
from ledger_cli.acting.maker import Lot, commission
from ledger_cli.acting.outcomes import Outcome, await_final, await_outcome
from ledger_cli.acting.payer import Shares, settle
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import Accepted
from ledger_cli.attacks.stage import Stage
from ledger_cli.embedded.people import GAO, HE, INSURER, LI, LIN, TANG, XU
from ledger_cli.embedded.scenario import FORMULARY, VISITS
from ledger_cli.errors import CouldNotCheck
from ledger_proofs.handover import HandoverCode

TWO_DRUGS = VISITS[0]
EVERY_MONTH = replace(VISITS[1], drugs=TWO_DRUGS.drugs)
"""Another patient with the same drugs, who may take them this month and the next."""
UNIT_PRICE_MINOR = 2_350
UNITS_PER_PACK = 24


@dataclass(frozen=True)
class Counters:
    """What stands on the chain when the cheats come.

    `taken` has its first claim dispensed at Kangning, with all of `pack`. Of `untouched`, another patient's,
    nothing is. `in_vain` is a dispensing of it that Renhe's pharmacist signed: the chain refused it, since
    the same pack had just been used up; its record is anchored all the same, as every signed one is.
    """

    taken: IssuedPrescription
    untouched: IssuedPrescription
    pack: str
    dispensed: Accepted
    in_vain: Accepted
    reviews: Sequence[Accepted]
    """Of `untouched`: by the hospital, by Kangning, by Renhe."""


@dataclass(frozen=True)
class Settled:
    """The settlement of what Kangning dispensed."""

    settlement: Accepted


def open_counters(stage: Stage) -> Counters:
    """What honest people did at the counters; it is done now if it wasn't. Raises `CouldNotCheck`."""
    return stage.memory.recall(Counters, lambda: _serve_two_patients(stage))


def settle_dispensed(stage: Stage) -> Counters:
    """The same, once the insurer has paid for what Kangning dispensed. Raises `CouldNotCheck`."""
    counters = open_counters(stage)
    stage.memory.recall(Settled, lambda: _bill_and_settle(stage, counters.dispensed))
    return counters


def ask_for(code: HandoverCode, ordinal: int = 0, pack: str | None = None) -> DispensingRequest:
    """One claim by a code, with all of a pack where one is named, paid by the insurer."""
    line = ordinal + 1
    packs = [] if pack is None else [ScannedPack(pack, line, units_used=UNITS_PER_PACK)]
    return DispensingRequest(
        [Taking.of_code(code, [ordinal])], packs, [Price(line, UNIT_PRICE_MINOR)], INSURER.number
    )


def fetch_and_approve(pharmacist: PersonAtWork, code: HandoverCode) -> Accepted:
    """A prescription comes to a counter by its code, and its pharmacist approves it; the review."""
    receive(pharmacist, code)
    return review(pharmacist, code.institution, code.record_id)


def _serve_two_patients(stage: Stage) -> Counters:
    kangning, renhe = stage.person(LIN), stage.person(XU)
    stage.note(
        "Dr Li prescribes for two patients, a pharmacist approves", "李医师为两位患者开方，药师审方通过"
    )
    pack, taken, untouched, approved = _prescribe(stage)
    stage.note("the pharmacies are shown the codes", "药店见到取药码")
    fetch_and_approve(kangning, taken.code())
    own = [fetch_and_approve(counter, untouched.code()) for counter in (kangning, renhe)]
    late = ask_for(untouched.code(), pack=pack)
    prepared = prepare_dispensing(renhe, late)
    stage.note("Kangning Pharmacy dispenses, with a whole pack", "康宁大药房发药，用去整盒")
    dispensed = dispense(kangning, ask_for(taken.code(), pack=pack))
    _expect(kangning, dispensed, Outcome.DONE)
    stage.note("Renhe's with the same pack comes too late", "仁和药房所用同一药盒已迟一步")
    in_vain = submit_dispensing(renhe, late, prepared)
    _expect(renhe, in_vain, Outcome.REFUSED)
    return Counters(taken, untouched, pack, dispensed, in_vain, (approved, *own))


def _prescribe(stage: Stage) -> tuple[str, IssuedPrescription, IssuedPrescription, Accepted]:
    """A pack of a lot of its own, two approved prescriptions, and the review of the second."""
    releaser, pharmacist = stage.person(TANG), stage.person(HE)
    # Twenty digits that begin as no GS1 code does, and that no other stage names.
    pack = f"8{secrets.randbelow(10**19):019d}"
    released = commission(releaser, _build_lot(pack), [pack])
    taken, untouched = (
        issue(stage.li, {"draft_id": stage.draft(visit, 79)}, seed=CodeSeed.new())
        for visit in (TWO_DRUGS, EVERY_MONTH)
    )
    reviews = [review(pharmacist, each.institution, each.id) for each in (taken, untouched)]
    await_final(pharmacist, reviews[-1])
    await_final(stage.person(LI), untouched.accepted)
    await_final(releaser, released)
    return pack, taken, untouched, reviews[-1]


def _build_lot(pack: str) -> Lot:
    drug, today = TWO_DRUGS.drugs[0], datetime.now(UTC).date()
    product = {"code_system": FORMULARY, "code": drug.code, "name": drug.name}
    return Lot(
        product=product | {"specification": drug.specification},
        lot=f"TRY-{pack[-12:]}",
        made_on=(today - timedelta(days=60)).isoformat(),
        expires_on=(today + timedelta(days=700)).isoformat(),
        unit="片",
        units_per_pack=UNITS_PER_PACK,
    )


def _bill_and_settle(stage: Stage, dispensed: Accepted) -> Settled:
    kangning, adjudicator = stage.person(LIN), stage.person(GAO)
    stage.note("Kangning Pharmacy bills the insurer, and is paid", "康宁大药房向医保中心申请结算并获支付")
    await_final(kangning, dispensed)
    request_id = request_settlement(kangning, dispensed.id)
    settlement = settle(adjudicator, request_id, [Shares(0, fund_minor=UNIT_PRICE_MINOR)])
    _expect(adjudicator, settlement, Outcome.DONE)
    return Settled(settlement)


def _expect(person: PersonAtWork, accepted: Accepted, wanted: Outcome) -> None:
    if await_outcome(person, accepted).outcome is not wanted:
        raise CouldNotCheck(
            "attack.begins_otherwise",
            "what honest people do first didn't go as it should",
            "作为前提的诚实操作未按预期完成",
        )
