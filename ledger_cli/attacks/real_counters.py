"""Two real counters, over both gateways: a claim is taken at the first, and asked for at the second."""

from __future__ import annotations

from ledger_cli.acting.counter import dispense, receive
from ledger_cli.acting.dispensing_check import DispensingRequest, Price, Taking
from ledger_cli.acting.holder import CodeSeed
from ledger_cli.acting.hospital import IssuedPrescription, issue, review
from ledger_cli.acting.outcomes import Outcome, await_final, await_outcome
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.attacks.results import Result, ask_gateway
from ledger_cli.attacks.stage import Stage
from ledger_cli.embedded.people import HE, INSURER, LIN, XU
from ledger_cli.embedded.scenario import Visit
from ledger_cli.errors import CouldNotCheck

UNIT_PRICE_MINOR = 2_350


def take_twice(stage: Stage, visit: Visit, number: int) -> Result:
    """Dispensed at Kangning Pharmacy; what Renhe's gateway says when the same code comes to it."""
    stage.note("Dr Li prescribes, a pharmacist approves", "李医师开方，药师审方通过")
    prescription = _prescribe(stage, visit, number)
    stage.note("Kangning Pharmacy dispenses", "康宁大药房发药")
    kangning, renhe = stage.person(LIN), stage.person(XU)
    request = _fetch(kangning, prescription)
    outcome = await_outcome(kangning, dispense(kangning, request))
    if outcome.outcome is not Outcome.DONE:
        raise CouldNotCheck(
            "attack.not_dispensed",
            "the dispensing that this begins with was refused",
            "作为前提的发药被拒绝",
        )
    stage.note("Renhe Pharmacy is shown the same code", "仁和药房见到同一取药码")
    again = _fetch(renhe, prescription)
    return ask_gateway(lambda: dispense(renhe, again))


def _prescribe(stage: Stage, visit: Visit, number: int) -> IssuedPrescription:
    draft = {"draft_id": stage.draft(visit, number)}
    prescription = issue(stage.li, draft, seed=CodeSeed.new())
    pharmacist = stage.person(HE)
    await_final(pharmacist, review(pharmacist, prescription.institution, prescription.id))
    await_final(stage.li, prescription.accepted)
    return prescription


def _fetch(pharmacist: PersonAtWork, prescription: IssuedPrescription) -> DispensingRequest:
    """Fetch and approve it at a counter; what is then asked for: the first claim, without a pack."""
    code = prescription.code()
    receive(pharmacist, code)
    review(pharmacist, prescription.institution, prescription.id)
    taking = Taking.of_code(code, [0])
    return DispensingRequest([taking], [], [Price(1, UNIT_PRICE_MINOR)], INSURER.number)
