"""The insurer's part of a simulated day: bills come in, are divided, refused, reduced, and taken back."""

from __future__ import annotations

from collections.abc import Mapping

from ledger_cli.acting.counter import request_settlement
from ledger_cli.acting.outcomes import Outcome, await_final, await_outcome
from ledger_cli.acting.payer import Shares, reverse, settle
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import Accepted
from ledger_cli.embedded.people import GAO
from ledger_cli.simulate.claim_ledger import ClaimLedger
from ledger_cli.simulate.fates import Fate
from ledger_cli.simulate.tally import Tally

PATIENCE_SECONDS = 300.0
FUND_PERCENT, ACCOUNT_PERCENT, REDUCED_PERCENT = 70, 20, 30
AMOUNTS = ("amount_minor", "fund_minor", "account_minor", "cash_minor", "reduced_minor")


class Bills:
    """The adjudicator at work."""

    def __init__(self, people: Mapping[str, PersonAtWork], tally: Tally) -> None:
        self._adjudicator = people[GAO.username]
        self._tally = tally

    def settle(self, biller: PersonAtWork, ledger: ClaimLedger, dispensed: Accepted, fate: Fate) -> None:
        """Bill a dispensing that is done, and adjudicate it as its fate says."""
        # A payer pays for nothing that isn't on record.
        await_final(biller, dispensed, PATIENCE_SECONDS)
        request_id = request_settlement(biller, dispensed.id)
        self._tally.count("settlement_requests")
        lines = dispensed.body["charges"]["lines"]
        shares = [
            divide(place, int(line["amount_minor"]), fate, is_first=place == 0)
            for place, line in enumerate(lines)
        ]
        with self._tally.timed("settle_to_done"):
            settlement = self._tally.note_record(settle(self._adjudicator, request_id, shares))
            decision = str(settlement.body["decision"])
            self._count(settlement, decision)
            if decision == "refused":
                return
            outcome = await_outcome(self._adjudicator, settlement, PATIENCE_SECONDS)
        self._tally.count(f"settlements.{outcome.outcome.value}")
        if outcome.outcome is not Outcome.DONE:
            return
        ledger.note_settled(settlement)
        if fate is Fate.REVERSED:
            self._reverse(ledger, settlement)

    def _count(self, settlement: Accepted, decision: str) -> None:
        self._tally.count(f"settlements.{decision}")
        for name in AMOUNTS:
            self._tally.count(f"amounts.{name}", int(settlement.body["totals"][name]))

    def _reverse(self, ledger: ClaimLedger, settlement: Accepted) -> None:
        accepted = self._tally.note_record(reverse(self._adjudicator, settlement.id, reason="billing_error"))
        outcome = await_outcome(self._adjudicator, accepted, PATIENCE_SECONDS)
        self._tally.count(f"reversals.{outcome.outcome.value}")
        if outcome.outcome is Outcome.DONE:
            ledger.note_reversed(settlement)


def divide(line: int, amount_minor: int, fate: Fate, *, is_first: bool) -> Shares:
    """The shares of one charge: the fund's, the account's, the patient's own; less what isn't accepted."""
    if fate is Fate.UNPAID:
        return Shares(line, reduced_minor=amount_minor, reason="not_covered")
    reduced = amount_minor * REDUCED_PERCENT // 100 if fate is Fate.REDUCED and is_first else 0
    accepted = amount_minor - reduced
    fund = accepted * FUND_PERCENT // 100
    account = accepted * ACCOUNT_PERCENT // 100
    reason = "price_over_limit" if reduced else None
    return Shares(line, fund, account, accepted - fund - account, reduced, reason)
