"""Attacks on settling: without a record, without a dispensing, and dispensing anew what was settled.

First at the real gateways, over HTTP: the pharmacy's own, and the insurer's, which believes no pharmacy. Then
pharmacy and insurer stand together, both sign, both send: the contract has to stop them alone, on a copy of
the chain.
"""

from __future__ import annotations

from ledger_chain.items import EntryProof, RestoreItem, ReverseItem, SettleItem, Spend
from ledger_chain.register_events import Act, RegisterEvent
from ledger_cli.attacks import billing_tries
from ledger_cli.attacks.counter_copy import CopiedCounter, Taking, counter_on_copy, new_commitment
from ledger_cli.attacks.results import Result, caught, compare, in_line, judge_event
from ledger_cli.attacks.stage import Stage
from ledger_cli.embedded.people import INSURER, KANGNING, LIN, RENHE
from ledger_cli.embedded.scenario import VISITS
from ledger_cli.language import Text

VISIT = VISITS[0]
PLACES = (KANGNING,)
NO_REASON = bytes(32)
DISPENSED, SETTLED, UNUSED = Text("dispensed", "已发药"), Text("settled", "已结算"), Text("unused", "未使用")


def settle_recorded(stage: Stage) -> Result:
    """Dispensed, recorded by the pharmacist's signature, settled."""
    with counter_on_copy(stage, PLACES) as counter:
        spend = counter.dispensed(Taking(counter.prescribe(VISIT, 87), KANGNING, INSURER.number))
        record = _record(counter, spend)
        stage.note("the insurer settles", "医保中心结算")
        return judge_event(_settle(counter, spend, record))


def settle_unrecorded(stage: Stage) -> Result:
    """Dispensed and never recorded: the record of another dispensing is shown in its place."""
    gateway = billing_tries.bill_unlogged(stage)
    with counter_on_copy(stage, PLACES) as counter:
        spend = counter.dispensed(Taking(counter.prescribe(VISIT, 87), KANGNING, INSURER.number))
        other = counter.dispensed(Taking(counter.prescribe(VISIT, 88), KANGNING, INSURER.number))
        stage.note("another dispensing is recorded, this one isn't", "另一次发药入了日志，这一次没有")
        record = _record(counter, other)
        stage.note("the insurer settles all the same", "医保中心仍予结算")
        event = _settle(counter, spend, record)
    shown = compare(
        "commitment of the dispensing's record",
        "发药记录的承诺",
        f"0x{spend.into.hex()}",
        f"0x{other.into.hex()}",
    )
    return in_line(gateway, caught(judge_event(event, shown)))


def settle_undispensed(stage: Stage) -> Result:
    """A record of a dispensing that never was, signed by the pharmacist and anchored; then it is settled."""
    gateways = billing_tries.bill_undone(stage), billing_tries.bill_undone_past_gateway(stage)
    with counter_on_copy(stage, PLACES) as counter:
        taking = Taking(counter.prescribe(VISIT, 89), KANGNING, INSURER.number)
        stage.note("the pharmacist records what was never dispensed", "药师为从未发生的发药签署记录")
        spend = taking.spend(counter.now)
        record = _record(counter, spend)
        stage.note("the insurer settles it", "医保中心结算")
        event = _settle(counter, spend, record)
    stands = compare("the claim on the chain", "链上的份额", DISPENSED, UNUSED)
    return in_line(*gateways, caught(judge_event(event, stands)))


def restore_after_reversal(stage: Stage) -> Result:
    """Settled by mistake: reversed by the insurer, restored by the pharmacy, dispensed anew."""
    with counter_on_copy(stage, PLACES) as counter:
        taking = Taking(counter.prescribe(VISIT, 90), KANGNING, INSURER.number)
        spend = counter.dispensed(taking)
        first = judge_event(_settle(counter, spend, _record(counter, spend)))
        stage.note("the insurer takes its settlement back", "医保中心冲正")
        item = ReverseItem(spend, (0,), new_commitment(), NO_REASON)
        back = judge_event(counter.send(Act.REVERSE, INSURER, item))
        stage.note("the pharmacy takes the drug back, and dispenses anew", "药店收回药品后重新发药")
        restored = judge_event(_restore(counter, spend))
        anew = Taking(taking.prescription, KANGNING, INSURER.number, restore_count=1)
        return in_line(first, back, restored, judge_event(counter.dispense(anew)))


def restore_settled(stage: Stage) -> Result:
    """Settled; then restored, to be dispensed and paid once more; then dispensed without that."""
    gateways = billing_tries.restore_paid(stage), billing_tries.take_paid(stage)
    with counter_on_copy(stage, PLACES) as counter:
        taking = Taking(counter.prescribe(VISIT, 90), KANGNING, INSURER.number)
        spend = counter.dispensed(taking)
        _settle(counter, spend, _record(counter, spend))
        stage.note("the pharmacy restores what was settled", "药店恢复已结算的发药")
        restored = judge_event(
            _restore(counter, spend), compare("the claim on the chain", "链上的份额", DISPENSED, SETTLED)
        )
        stage.note("another pharmacy dispenses it once more", "另一药店再次发药")
        again = judge_event(
            counter.dispense(Taking(taking.prescription, RENHE, INSURER.number)),
            compare("the claim on the chain", "链上的份额", UNUSED, SETTLED),
        )
    return in_line(*gateways, caught(restored), caught(again))


def _record(counter: CopiedCounter, spend: Spend) -> EntryProof:
    return counter.record(spend, counter.stage.person(LIN), KANGNING)


def _settle(counter: CopiedCounter, spend: Spend, record: EntryProof) -> RegisterEvent:
    item = SettleItem(spend, record, 0, (0,), new_commitment(), NO_REASON)
    return counter.send(Act.SETTLE, INSURER, item)


def _restore(counter: CopiedCounter, spend: Spend) -> RegisterEvent:
    return counter.send(Act.RESTORE, KANGNING, RestoreItem(spend, new_commitment(), NO_REASON))
