"""One prescription's course through a simulated day, played over HTTP by everybody's own client.

What the chain made of each act is counted, not what was planned, so that it can be compared with the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ledger_cli.acting.counter import (
    dispense,
    prepare_dispensing,
    receive,
    refuse,
    restore,
    submit_dispensing,
)
from ledger_cli.acting.dispensing_check import DispensingRequest, ScannedPack, Taking
from ledger_cli.acting.holder import CodeSeed
from ledger_cli.acting.hospital import IssuedPrescription, issue, review, void
from ledger_cli.acting.outcomes import ActOutcome, Outcome, await_final, await_outcome
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import Accepted, ToSign
from ledger_cli.embedded.people import HE, INSURER, WEI, Practitioner
from ledger_cli.errors import CouldNotCheck, GatewayRefused
from ledger_cli.simulate.billing import Bills
from ledger_cli.simulate.claim_ledger import ClaimLedger
from ledger_cli.simulate.fates import Fate
from ledger_cli.simulate.plan import PlannedPrescription
from ledger_cli.simulate.tally import Tally
from ledger_proofs.handover import HandoverCode, part_of

PATIENCE_SECONDS = 300.0
"""A day with much going on at once is slower than a single act."""
HOSPITAL_PHARMACISTS = {HE.institution.number: HE, WEI.institution.number: WEI}


@dataclass(frozen=True)
class Cast:
    """Everybody at work, by username."""

    people: Mapping[str, PersonAtWork]

    def get(self, person: Practitioner) -> PersonAtWork:
        """Her client."""
        return self.people[person.username]


class Journey:
    """One prescription, from its doctor's signature to wherever its fate takes it."""

    def __init__(self, plan: PlannedPrescription, cast: Cast, tally: Tally) -> None:
        self.plan = plan
        self.ledger: ClaimLedger | None = None
        self._cast = cast
        self._tally = tally
        self._bills = Bills(cast.people, tally)
        self._doctor = cast.get(plan.doctor)
        self._reviewer = cast.get(HOSPITAL_PHARMACISTS[plan.draft.hospital])

    def play(self) -> None:
        """Go the whole way. Raises `CommandError` where something goes otherwise than it can."""
        fate = self.plan.fate
        seed = None if fate is Fate.OWN_COUNTER else CodeSeed.new()
        with self._tally.timed("issue"):
            issued = issue(self._doctor, {"draft_id": self.plan.draft.id}, seed=seed)
        self._tally.note_record(issued.accepted)
        self._tally.count("prescriptions.issued")
        ledger = self.ledger = ClaimLedger(issued, fate)
        decision = "approved" if fate is not Fate.REJECTED else "rejected"
        reviewed = self._review(self._reviewer, issued, decision)
        # A hospital gives a prescription out once it can prove both.
        await_final(self._doctor, issued.accepted, PATIENCE_SECONDS)
        await_final(self._reviewer, reviewed, PATIENCE_SECONDS)
        courses: Mapping[Fate, Callable[[IssuedPrescription, ClaimLedger], None]] = {
            Fate.PARTIAL: self._play_partial,
            Fate.OWN_COUNTER: self._play_own_counter,
            Fate.COPIED_CODE: self._play_copied_code,
            Fate.DECLINED: self._play_declined,
            Fate.REJECTED: self._play_rejected,
            Fate.VOIDED: self._play_voided,
            Fate.UNCOLLECTED: lambda _issued, _ledger: None,
        }
        courses.get(fate, self._play_whole)(issued, ledger)
        self._tally.count(f"fates.{fate.value}")

    def _play_whole(self, issued: IssuedPrescription, ledger: ClaimLedger) -> None:
        """Fetched and dispensed whole at one pharmacy; what follows depends on the fate."""
        fate = self.plan.fate
        payer = 0 if fate is Fate.SELF_PAID else INSURER.number
        pharmacist = self._cast.get(self.plan.counters[0])
        code = issued.code()
        self._fetch(pharmacist, code)
        self._review(pharmacist, issued, "approved")
        if fate is Fate.RECALLED_PACK:
            self._be_stopped(pharmacist, ledger, code)
        dispensed, outcome = self._dispense(pharmacist, ledger, Taking.of_code(code, ledger.ordinals), payer)
        if outcome.outcome is not Outcome.DONE or not payer:
            return
        if fate is Fate.RETURNED:
            self._return(pharmacist, ledger, dispensed)
            return
        self._bills.settle(pharmacist, ledger, dispensed, fate)

    def _play_partial(self, issued: IssuedPrescription, ledger: ClaimLedger) -> None:
        """One claim at one pharmacy, by a code of that claim alone; the rest at another."""
        first, rest = ledger.ordinals[:1], ledger.ordinals[1:]
        for counter, ordinals in zip(self.plan.counters, (first, rest), strict=False):
            pharmacist = self._cast.get(counter)
            code = part_of(issued.code(), ordinals)
            self._fetch(pharmacist, code)
            self._review(pharmacist, issued, "approved")
            taking = Taking.of_code(code, ordinals)
            dispensed, outcome = self._dispense(pharmacist, ledger, taking, INSURER.number)
            if outcome.outcome is Outcome.DONE:
                self._bills.settle(pharmacist, ledger, dispensed, self.plan.fate)

    def _play_own_counter(self, issued: IssuedPrescription, ledger: ClaimLedger) -> None:
        """Dispensed by the hospital itself, without a code."""
        taking = Taking(issued.institution, issued.id, 0, ledger.ordinals)
        dispensed, outcome = self._dispense(self._reviewer, ledger, taking, INSURER.number)
        if outcome.outcome is Outcome.DONE:
            self._bills.settle(self._reviewer, ledger, dispensed, self.plan.fate)

    def _play_copied_code(self, issued: IssuedPrescription, ledger: ClaimLedger) -> None:
        """Two pharmacies with the same code, both prepared before either hands in: the chain decides."""
        code = issued.code()
        taking = Taking.of_code(code, ledger.ordinals)
        racers: list[tuple[PersonAtWork, DispensingRequest, ToSign]] = []
        for place, counter in enumerate(self.plan.counters):
            pharmacist = self._cast.get(counter)
            self._fetch(pharmacist, code)
            self._review(pharmacist, issued, "approved")
            request = self._request(ledger, taking, INSURER.number, second=place > 0)
            racers.append((pharmacist, request, prepare_dispensing(pharmacist, request)))
        handed_in = [(racer[0], self._hand_in(*racer)) for racer in racers]
        for pharmacist, accepted in handed_in:
            if accepted is None:
                self._refuse(pharmacist, taking, "not_entitled")
                continue
            outcome = self._follow(pharmacist, accepted, "dispensings")
            if outcome.outcome is Outcome.DONE:
                ledger.note_dispensed(accepted)
                self._bills.settle(pharmacist, ledger, accepted, self.plan.fate)
            else:
                self._refuse(pharmacist, taking, "chain_refused", accepted.id)

    def _play_declined(self, issued: IssuedPrescription, _ledger: ClaimLedger) -> None:
        pharmacist = self._cast.get(self.plan.counters[0])
        code = issued.code()
        self._fetch(pharmacist, code)
        self._review(pharmacist, issued, "rejected")
        self._refuse(pharmacist, Taking.of_code(code, ()), "clinical")

    def _play_rejected(self, issued: IssuedPrescription, ledger: ClaimLedger) -> None:
        """What the hospital's own pharmacist rejects isn't given out, and its doctor voids it."""
        pharmacist = self._cast.get(self.plan.counters[0])
        try:
            receive(pharmacist, issued.code())
        except GatewayRefused:
            self._tally.count("receptions.refused")
        else:
            raise _unexpected("a rejected prescription was given out", "被驳回的处方仍被取走")
        self._play_voided(issued, ledger)

    def _play_voided(self, issued: IssuedPrescription, ledger: ClaimLedger) -> None:
        accepted = self._tally.note_record(void(self._doctor, issued.id, reason="prescribing_error"))
        if self._follow(self._doctor, accepted, "voids").outcome is Outcome.DONE:
            ledger.note_voided()

    def _review(self, pharmacist: PersonAtWork, issued: IssuedPrescription, decision: str) -> Accepted:
        is_bad = decision == "rejected"
        accepted = review(
            pharmacist,
            issued.institution,
            issued.id,
            decision=decision,
            reasons=("dose",) if is_bad else (),
            opinion="剂量请复核" if is_bad else None,
        )
        self._tally.count(f"reviews.{decision}")
        return self._tally.note_record(accepted)

    def _fetch(self, pharmacist: PersonAtWork, code: HandoverCode) -> None:
        with self._tally.timed("receive"):
            receive(pharmacist, code)
        self._tally.count("receptions.done")

    def _request(
        self, ledger: ClaimLedger, taking: Taking, payer: int, *, second: bool = False
    ) -> DispensingRequest:
        lines = ledger.lines_of(taking.ordinals)
        packs = self.plan.scanned(lines, second=second)
        return DispensingRequest([taking], packs, self.plan.priced(lines), payer)

    def _dispense(
        self, pharmacist: PersonAtWork, ledger: ClaimLedger, taking: Taking, payer: int
    ) -> tuple[Accepted, ActOutcome]:
        with self._tally.timed("dispense_to_done"):
            accepted = self._tally.note_record(dispense(pharmacist, self._request(ledger, taking, payer)))
            outcome = self._follow(pharmacist, accepted, "dispensings")
        if outcome.outcome is Outcome.DONE:
            ledger.note_dispensed(accepted)
        else:
            self._refuse(pharmacist, taking, "chain_refused", accepted.id)
        return accepted, outcome

    def _hand_in(
        self, pharmacist: PersonAtWork, request: DispensingRequest, to_sign: ToSign
    ) -> Accepted | None:
        """None where the gateway knew already that the claims are gone."""
        try:
            return self._tally.note_record(submit_dispensing(pharmacist, request, to_sign))
        except GatewayRefused as refusal:
            if refusal.status != 409:
                raise
            self._tally.count("dispensings.stopped")
            return None

    def _be_stopped(self, pharmacist: PersonAtWork, ledger: ClaimLedger, code: HandoverCode) -> None:
        """A pack whose lot was called back stops the dispensing before anything is signed."""
        taking = Taking.of_code(code, ledger.ordinals)
        request = self._request(ledger, taking, INSURER.number)
        bad = ScannedPack(self.plan.recalled_pack or "", ledger.lines_of(ledger.ordinals)[0], units_used=1)
        stopped = DispensingRequest([taking], [bad, *request.packs[1:]], request.prices, request.payer)
        try:
            prepare_dispensing(pharmacist, stopped)
        except GatewayRefused:
            self._tally.count("dispensings.stopped")
            return
        raise _unexpected("a recalled pack didn't stop the dispensing", "被召回的包装未能阻止发药")

    def _return(self, pharmacist: PersonAtWork, ledger: ClaimLedger, dispensed: Accepted) -> None:
        accepted = self._tally.note_record(restore(pharmacist, dispensed.id))
        if self._follow(pharmacist, accepted, "restores").outcome is Outcome.DONE:
            ledger.note_restored(dispensed)

    def _refuse(
        self, pharmacist: PersonAtWork, taking: Taking, reason: str, dispensing_id: str | None = None
    ) -> None:
        accepted = refuse(pharmacist, taking, reason=reason, dispensing_id=dispensing_id)
        self._tally.note_record(accepted)
        self._tally.count(f"refusals.{reason}")

    def _follow(self, person: PersonAtWork, accepted: Accepted, noun: str) -> ActOutcome:
        outcome = await_outcome(person, accepted, PATIENCE_SECONDS)
        self._tally.count(f"{noun}.{outcome.outcome.value}")
        return outcome


def _unexpected(en: str, zh: str) -> CouldNotCheck:
    return CouldNotCheck("simulate.unexpected", en, zh)
