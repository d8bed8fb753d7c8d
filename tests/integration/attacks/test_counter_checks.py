"""Each check of the real gateways is what refuses its cheat: without it the gateway does as the cheat asks.

One check at a time is taken out of the running processes. What comes of it is something false in a gateway's
own books, or a refusal by the next check, and in the end by the chain, which knows no gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ledger_cli.acting.counter import receive
from ledger_cli.acting.hospital import IssuedPrescription
from ledger_cli.acting.outcomes import await_outcome
from ledger_cli.acting.payer import Shares, settle
from ledger_cli.acting.records import Accepted
from ledger_cli.attacks import billing_tries, gateway_tries
from ledger_cli.attacks.loop_catalogue import LOOP_ATTACKS
from ledger_cli.attacks.real_counters import UNIT_PRICE_MINOR, open_counters
from ledger_cli.attacks.results import GATEWAY, Ending, Result, ask_gateway
from ledger_cli.attacks.stage import Memory, Stage
from ledger_cli.embedded.people import GAO, LIN, XU
from ledger_cli.errors import GatewayRefused
from tests.integration.attacks import switched_off
from tests.integration.attacks.switched_off import Checks
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

REFUSED = "refused by gateway: "
Try = Callable[[Stage], Result]
Done = list[Any]


@dataclass(frozen=True)
class Case:
    """A try, and the refusals that it meets one after the other, each with the check that it comes from.

    `then`: what comes of it without all of them. `chain`: what the contract makes of that, where it is asked.
    """

    attempt: Try
    met: tuple[tuple[str, str], ...]
    chain: str | None = None
    then: str = "accepted"


CASES = (
    Case(
        gateway_tries.take_again,
        (("claims-used", "claims"), ("claims-used", "claims-again")),
        "ClaimRegisterNotUnused",
    ),
    Case(
        gateway_tries.use_pack_again,
        (("pack-stopped", "packs"), ("pack-units-exceeded", "pack-units")),
        "ClaimRegisterPackExhausted",
    ),
    # The chain doesn't refuse what comes too early: it would wait for the window, a month without an outcome.
    Case(gateway_tries.take_before_time, (("window-not-open", "window"),)),
    Case(
        gateway_tries.dispense_as_insurer,
        (("role-missing", "roles"), ("institution-not-acting", "payer-and-spender")),
        then="received-prescription-not-found",  # like any pharmacy that hasn't fetched it
    ),
    Case(gateway_tries.read_with_anothers, (("peer-refused", "readings"),)),
    Case(
        gateway_tries.dispense_with_anothers,
        (("handover-refused", "presentations"),),
        "ClaimRegisterPresentationInvalid",
    ),
    Case(
        billing_tries.bill_unlogged,
        (("evidence-refused", "billed-evidence"), ("claims-stand-otherwise", "billed-claims")),
        "ClaimRegisterWrongRecord",
    ),
    Case(
        billing_tries.bill_undone,
        (("dispensing-not-done", "done"), ("peer-refused", "billed-claims")),
        "ClaimRegisterNotDispensed",
    ),
    Case(
        billing_tries.restore_paid,
        (("claims-settled", "restorable"),),
        "ClaimRegisterNotDispensed",
    ),
    Case(
        gateway_tries.take_other_drug,
        (("handover-refused", "presentations"),),
        "ClaimRegisterPresentationInvalid",
    ),
    Case(
        gateway_tries.take_same_drug,
        (("claims-used", "claims"), ("claims-used", "claims-again")),
        "ClaimRegisterNotUnused",
    ),
)


@pytest.fixture(scope="module")
def checks(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checks]:
    folder: Path = tmp_path_factory.mktemp("switchable")
    gateways = (stage.stack.gateway, stage.stack.second_gateway)
    with switched_off.switchable(folder, gateways) as switches:
        yield switches


@pytest.fixture(scope="module")
def counters(stage: Stage, checks: Checks) -> Stage:
    """The same people with a prelude of their own: what comes through here would stay for others."""
    return replace(stage, memory=Memory())


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Done:
    """What tries that weren't refused gave, the latest last."""
    kept: Done = []

    def asking(act: Callable[[], object]) -> Result:
        return ask_gateway(lambda: kept.append(act()))

    for place in (gateway_tries, billing_tries):
        monkeypatch.setattr(place, "ask_gateway", asking)
    return kept


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.attempt.__name__)
def test_a_check_that_is_switched_off_refuses_no_more_and_the_next_one_does(
    counters: Stage, checks: Checks, done: Done, case: Case
) -> None:
    switched: list[str] = []
    for refusal, check in case.met:
        with checks.off(*switched):
            met = case.attempt(counters)
        assert (met.outcome, met.by, met.code) == (Ending.REFUSED, GATEWAY, refusal)
        switched.append(check)
    with checks.off(*switched):
        met = case.attempt(counters)
        assert (met.by, met.code) == (GATEWAY, case.then)
        assert (met.outcome is Ending.CAME_THROUGH) is (case.then == "accepted")
    if case.chain is not None:
        assert what_the_chain_says(counters, checks, done[-1]) == case.chain


def test_a_counter_that_believes_a_hospital_shows_a_claim_that_nobody_signed_for(
    counters: Stage, checks: Checks, done: Done
) -> None:
    prescription = open_counters(counters).untouched
    assert gateway_tries.take_one_more(counters).code == "evidence-refused"
    with checks.off("fetched-evidence"):
        assert gateway_tries.take_one_more(counters).outcome is Ending.CAME_THROUGH
    shown, signed = done[-1].record["body"]["claims"], prescription.body["claims"]
    assert shown[:-1] == list(signed)
    assert shown[-1]["ordinal"] == len(signed)
    # What it keeps is fetched anew, for whatever comes after. Within the second in which it asked before, its
    # request is the same, and so is the hospital's answer.
    wait_until(
        lambda: unused_of(counters, prescription) == tuple(range(len(signed))),
        within_s=30,
        what="the true prescription",
    )


def test_every_attack_of_the_loop_is_refused_by_a_gateway_and_each_such_refusal_was_switched_off() -> None:
    stated = [
        {part.removeprefix(REFUSED) for part in attack.caught.split("; ") if part.startswith(REFUSED)}
        for attack in LOOP_ATTACKS
    ]
    assert all(stated)
    assert set.union(*stated) <= {refusal for case in CASES for refusal, _ in case.met}


def unused_of(stage: Stage, prescription: IssuedPrescription) -> tuple[int, ...] | None:
    """The claims that a pharmacy finds unused; None where it doesn't believe the hospital."""
    try:
        return receive(stage.person(XU), prescription.code()).unused
    except GatewayRefused as refusal:
        assert refusal.slug == "evidence-refused"
        return None


def what_the_chain_says(stage: Stage, checks: Checks, came_through: Accepted | str) -> str | None:
    """The contract's error for a record that a gateway took, or for the settlement of a request."""
    if isinstance(came_through, Accepted):
        author = {XU.institution.number: XU, LIN.institution.number: LIN}[came_through.reference.institution]
        return await_outcome(stage.person(author), came_through).error
    adjudicator = stage.person(GAO)
    shares = [Shares(0, fund_minor=UNIT_PRICE_MINOR)]
    with pytest.raises(GatewayRefused) as refused:  # the payer asks the chain again before anybody signs
        settle(adjudicator, came_through, shares)
    assert refused.value.slug == "claims-stand-otherwise"
    with checks.off("settled-claims"):
        settlement = settle(adjudicator, came_through, shares)
    return await_outcome(adjudicator, settlement).error
