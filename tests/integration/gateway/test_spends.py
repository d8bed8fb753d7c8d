"""Acts on a real chain through the spends engine: each gets its one effect and its outcome."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_api.spends.answers import Outcome
from ledger_chain.engines import ChainEngine
from ledger_chain.reader import ChainReader
from ledger_chain.register_events import Dispensed, Refused, Restored, read_register_events
from ledger_cli.bench.act_items import (
    dispense,
    plan_dispensing,
    prescribe,
    restore,
    reverse,
    settle,
    void,
)
from ledger_cli.bench.act_world import PHARMACY, ActWorld, deploy_world, open_world
from ledger_proofs.claims import ClaimStatus, parse_claim_word, use_digest
from ledger_proofs.eip712 import PackUse
from ledger_proofs.types import ClaimKey, Commitment, PackToken
from tests.gateway_support import MovableClock
from tests.spend_support import (
    answer_of,
    events_on_chain,
    names_on_chain,
    outcome_of,
    outcomes_of,
    read_column,
    run_sql,
)
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, chain_engine: ChainEngine) -> Iterator[ActWorld]:
    """A world for tests that don't mind what others did."""
    deployment = deploy_world(chain_engine.rpc_url)
    with open_world(tmp_path_factory.mktemp("world"), chain_engine.rpc_url, deployment) as world:
        yield world


def _status(world: ActWorld, claim: ClaimKey) -> ClaimStatus:
    return parse_claim_word(ChainReader(world.rpc_url, world.deployment).claim_word(claim)).status


def test_every_act_goes_its_way_and_says_when(shared: ActWorld) -> None:
    kept, taken_back = prescribe(shared, 2)
    plan = plan_dispensing(shared, kept)
    record = dispense(shared, [plan])[0]
    answer = outcome_of(shared, record)
    assert (answer.outcome, answer.reason) == (Outcome.DONE, None)
    assert answer.time is not None and answer.block_number is not None
    moment = answer.time
    word = parse_claim_word(
        ChainReader(shared.rpc_url, shared.deployment).claim_word(kept.claim, answer.block_number)
    )
    assert word.status is ClaimStatus.DISPENSED
    into = Commitment(record.commitment)
    assert word.digest == use_digest(into, plan.use().struct_hash(), PHARMACY, moment)

    spend = plan.spend(into, moment)
    assert outcomes_of(shared, [settle(shared, spend, shared.prove(record))]) == ["done"]
    assert _status(shared, kept.claim) is ClaimStatus.SETTLED
    assert outcomes_of(shared, [reverse(shared, spend)]) == ["done"]
    assert _status(shared, kept.claim) is ClaimStatus.DISPENSED
    assert outcomes_of(shared, [restore(shared, spend)]) == ["done"]
    assert (
        parse_claim_word(ChainReader(shared.rpc_url, shared.deployment).claim_word(kept.claim)).restore_count
        == 1
    )
    assert outcomes_of(shared, [void(shared, taken_back)]) == ["done"]
    assert _status(shared, taken_back.claim) is ClaimStatus.VOID


def test_a_restored_claim_is_dispensed_again(shared: ActWorld) -> None:
    prescribed = prescribe(shared, 1)[0]
    plan = plan_dispensing(shared, prescribed)
    first = dispense(shared, [plan])[0]
    answer = outcome_of(shared, first)
    assert answer.time is not None
    spend = plan.spend(Commitment(first.commitment), answer.time)
    assert outcomes_of(shared, [restore(shared, spend)]) == ["done"]
    again = dispense(shared, [plan_dispensing(shared, prescribed, restore_count=1)])
    assert outcomes_of(shared, again) == ["done"]
    stale = dispense(shared, [plan_dispensing(shared, prescribed, restore_count=0)])
    assert outcomes_of(shared, stale) == ["spend-not-unused"]


def test_of_two_dispensings_of_one_claim_one_is_done_and_the_other_is_told_why(shared: ActWorld) -> None:
    prescribed = prescribe(shared, 1)[0]
    records = dispense(shared, [plan_dispensing(shared, prescribed) for _ in range(2)])
    assert sorted(outcomes_of(shared, records)) == ["done", "spend-not-unused"]
    reason = answer_of(shared, records[1]).reason
    assert reason is not None
    assert reason.error == "ClaimRegisterNotUnused"
    assert reason.message and reason.message_zh


def test_a_refused_item_leaves_the_others_of_its_batch(shared: ActWorld) -> None:
    first, second, third = prescribe(shared, 3)
    pack = PackUse(PackToken(bytes(31) + b"\x07"), 3, 2)
    plans = [
        plan_dispensing(shared, first, pack=pack),
        plan_dispensing(shared, second, pack=pack),  # one unit more than there is left
        plan_dispensing(shared, third),
    ]
    records = dispense(shared, plans)
    assert outcomes_of(shared, records) == ["done", "spend-pack-exhausted", "done"]
    assert len({answer_of(shared, record).transaction_hash for record in records}) == 1


def test_a_batch_holds_as_many_as_its_bytes_allow_and_all_are_done(shared: ActWorld) -> None:
    records = dispense(shared, [plan_dispensing(shared, each) for each in prescribe(shared, 90)])
    assert outcomes_of(shared, records) == ["done"] * 90
    sizes = read_column(
        shared,
        "SELECT count(*) FROM spend_intent WHERE record_id IN"
        f" ({', '.join(repr(record.id) for record in records)}) GROUP BY batch_id",
    )
    assert sum(int(str(size)) for size in sizes) == 90
    assert len(sizes) == 2


def test_what_begins_later_isnt_sent_before(shared: ActWorld) -> None:
    prescribed = prescribe(shared, 1, begins_in=4)[0]
    record = dispense(shared, [plan_dispensing(shared, prescribed)])[0]
    assert answer_of(shared, record).outcome is Outcome.UNKNOWN
    answer = outcome_of(shared, record)
    assert answer.outcome is Outcome.DONE
    assert answer.time is not None
    assert answer.time >= prescribed.proof.entry.not_before
    assert not any(
        isinstance(event, Refused) and event.subject == record.commitment for event in events_on_chain(shared)
    )


def test_the_events_are_read_in_pages_and_by_name(shared: ActWorld) -> None:
    records = dispense(shared, [plan_dispensing(shared, each) for each in prescribe(shared, 2)])
    assert outcomes_of(shared, records) == ["done", "done"]
    reader = ChainReader(shared.rpc_url, shared.deployment)
    last = reader.block_number()
    whole = list(read_register_events(reader, 0, last))
    assert list(read_register_events(reader, 0, last, span_blocks=1)) == whole
    one = list(read_register_events(reader, 0, last, events=[Dispensed], subjects=[records[1].commitment]))
    assert [event.into for event in one if isinstance(event, Dispensed)] == [records[1].commitment]
    assert list(read_register_events(reader, 0, last, events=[Restored], subjects=[bytes(32)])) == []


@pytest.fixture
def own(tmp_path: Path, chain_engine: ChainEngine) -> Iterator[ActWorld]:
    """A world of a test's own."""
    deployment = deploy_world(chain_engine.rpc_url)
    with open_world(tmp_path / "home", chain_engine.rpc_url, deployment) as world:
        yield world


def test_a_suspended_institution_is_refused_by_name(own: ActWorld) -> None:
    prescribed = prescribe(own, 2)
    own.authority.suspend_institution(PHARMACY)
    refused = dispense(own, [plan_dispensing(own, prescribed[0])])
    assert outcomes_of(own, refused) == ["spend-sender-not-acting"]
    own.authority.grant_roles(PHARMACY, 2)
    assert (
        outcomes_of(own, dispense(own, [plan_dispensing(own, each) for each in prescribed])) == ["done"] * 2
    )


def test_gas_that_was_too_little_is_given_more_and_what_never_suffices_is_refused(own: ActWorld) -> None:
    prescribed = prescribe(own, 2)
    own.parts.outbox.workers[1].stop()
    scarce, hopeless = dispense(own, [plan_dispensing(own, each) for each in prescribed], wake=False)
    run_sql(own, f"UPDATE spend_intent SET gas = 30000 WHERE record_id = '{scarce.id}'")
    run_sql(own, f"UPDATE spend_intent SET gas = 1 WHERE record_id = '{hopeless.id}'")
    with open_world(own.parts.settings.home, own.rpc_url, own.deployment) as later:
        assert outcomes_of(later, [scarce, hopeless]) == ["done", "spend-gas-short"]
    assert names_on_chain(own) == ["Dispensed"]


def test_a_missing_checkpoint_is_waited_for_and_then_left_to_the_chain(
    tmp_path: Path, chain_engine: ChainEngine
) -> None:
    clock = MovableClock()
    deployment = deploy_world(chain_engine.rpc_url)
    with open_world(tmp_path / "home", chain_engine.rpc_url, deployment, clock=clock) as world:
        prescribed = prescribe(world, 1)[0]
        elsewhere = deploy_world(chain_engine.rpc_url)  # where nothing is anchored
    with open_world(tmp_path / "other", chain_engine.rpc_url, elsewhere, clock=clock) as world:
        record = dispense(world, [plan_dispensing(world, prescribed)])[0]
        wait_until(
            lambda: world.find_intent(record).last_failure == "checkpoint-missing", 20, "the engine to wait"
        )
        assert names_on_chain(world) == []
        clock.advance(700)
        assert outcomes_of(world, [record]) == ["spend-not-recorded"]
