"""Attacks at the counter: using twice, too late, without the right to; each is stopped by the contract alone.

They are tried at the real gateways first, over HTTP. Then real transactions on a copy of the chain, signed
with the institutions' own keys, pass by all gateways. Each attack has its honest twin.
"""

from __future__ import annotations

from dataclasses import replace

from ledger_cli.attacks import gateway_tries
from ledger_cli.attacks.counter_copy import Taking, counter_on_copy, pack
from ledger_cli.attacks.results import Result, caught, compare, in_line, judge_event
from ledger_cli.attacks.stage import Stage
from ledger_cli.embedded.people import INSURER, KANGNING, RENHE
from ledger_cli.embedded.scenario import VISITS
from ledger_cli.language import Text
from ledger_proofs.claims import holders_hash
from ledger_proofs.eip712 import Authorship
from ledger_proofs.holders import holder_addresses
from ledger_proofs.kinds import KINDS

TWO_DRUGS = VISITS[0]
UNUSED, DISPENSED = Text("unused", "未使用"), Text("dispensed", "已发药")


def dispense_once(stage: Stage) -> Result:
    """The patient takes a drug, once."""
    with counter_on_copy(stage) as counter:
        prescription = counter.prescribe(TWO_DRUGS, 80)
        stage.note("Kangning Pharmacy dispenses", "康宁大药房发药")
        return judge_event(counter.dispense(Taking(prescription, KANGNING, INSURER.number)))


def dispense_twice(stage: Stage) -> Result:
    """The same claim at two counters over HTTP; then past the second's gateway, on a copy of the chain."""
    gateway = gateway_tries.take_again(stage)
    with counter_on_copy(stage) as counter:
        prescription = counter.prescribe(TWO_DRUGS, 80)
        counter.dispensed(Taking(prescription, KANGNING, INSURER.number))
        stage.note(
            "Renhe dispenses past its gateway, on a copy of the chain", "仁和药房在链的副本上绕过网关再次发药"
        )
        again = counter.dispense(Taking(prescription, RENHE, INSURER.number))
    used = compare("the claim on the chain", "链上的份额", UNUSED, DISPENSED)
    return in_line(gateway, caught(judge_event(again, used)))


def split_pack(stage: Stage) -> Result:
    """Two patients share a pack of 24: 16 units and 8."""
    return _share_pack(stage, 16, 8)


def use_pack_twice(stage: Stage) -> Result:
    """The same pack of 24 is dispensed whole to two patients: over HTTP, then past the second's gateway."""
    gateway = gateway_tries.use_pack_again(stage)
    return in_line(gateway, caught(_share_pack(stage, 24, 24)))


def dispense_in_time(stage: Stage) -> Result:
    """The last moment of the grace of a prescription's window."""
    return _dispense_after(stage, -60)


def dispense_expired(stage: Stage) -> Result:
    """Before the window at a gateway, whose clock can't be moved; then after it, on a copy of the chain."""
    gateway = gateway_tries.take_before_time(stage)
    return in_line(gateway, caught(_dispense_after(stage, 60)))


def act_as_pharmacy(stage: Stage) -> Result:
    """An insurer, no pharmacy, dispenses: at its gateway, then past it; the patient's keys sign for it."""
    gateway = gateway_tries.dispense_as_insurer(stage)
    with counter_on_copy(stage) as counter:
        prescription = counter.prescribe(TWO_DRUGS, 83)
        stage.note(
            "the insurer dispenses past its gateway, on a copy of the chain",
            "医保中心在链的副本上绕过网关发药",
        )
        event = counter.dispense(Taking(prescription, INSURER, INSURER.number))
    pharmacy, insurer = Text("hospital or pharmacy", "医院或药店"), Text("insurer", "医保机构")
    role = compare("role of the sender", "发送者的角色", pharmacy, insurer)
    return in_line(gateway, caught(judge_event(event, role)))


def present_to_one(stage: Stage) -> Result:
    """The patient goes to Renhe Pharmacy, and the keys sign for that one."""
    with counter_on_copy(stage) as counter:
        prescription = counter.prescribe(TWO_DRUGS, 84)
        stage.note("Renhe Pharmacy sends what was signed for it", "仁和药房发送为其所签的出示")
        return judge_event(counter.dispense(Taking(prescription, RENHE, INSURER.number)))


def replay_presentation(stage: Stage) -> Result:
    """Another pharmacy uses what the patient's keys signed for the first: at its gateway, then past it."""
    gateways = gateway_tries.read_with_anothers(stage), gateway_tries.dispense_with_anothers(stage)
    with counter_on_copy(stage) as counter:
        prescription = counter.prescribe(TWO_DRUGS, 84)
        stage.note("Renhe Pharmacy sends what was signed for Kangning", "仁和药房发送为康宁大药房所签的出示")
        event = counter.dispense(Taking(prescription, RENHE, INSURER.number), shown_to=KANGNING)
    named = compare("whom the presentation names", "出示中写明的机构", RENHE.number, KANGNING.number)
    return in_line(*gateways, caught(judge_event(event, named)))


def claim_what_is_prescribed(stage: Stage) -> Result:
    """Every claim that the doctor signed for is dispensed."""
    with counter_on_copy(stage) as counter:
        prescription = counter.prescribe(TWO_DRUGS, 85)
        every = tuple(range(prescription.claim_count))
        stage.note("Kangning Pharmacy dispenses all of it", "康宁大药房全部发药")
        return judge_event(counter.dispense(Taking(prescription, KANGNING, INSURER.number, every)))


def inflate_claims(stage: Stage) -> Result:
    """The hospital's operator adds a claim: in the database, then in a log, on a copy of the chain."""
    gateway = gateway_tries.take_one_more(stage)
    with counter_on_copy(stage) as counter:
        stage.note("the operator logs one claim more than was signed", "运维人员入日志时比签署的多写一个份额")
        prescription = counter.prescribe(TWO_DRUGS, 85, _one_more)
        extra = prescription.claim_count - 1
        stage.note("Kangning Pharmacy dispenses it", "康宁大药房据此发药")
        event = counter.dispense(Taking(prescription, KANGNING, INSURER.number, (extra,)))
    counted = compare(
        "claims that the doctor signed for", "医师签署的份额数", extra, prescription.claim_count
    )
    return in_line(gateway, caught(judge_event(event, counted)))


def hand_part_on(stage: Stage) -> Result:
    """Two parts of a code, each with its own claim's key, are taken at two pharmacies."""
    with counter_on_copy(stage) as counter:
        prescription = counter.prescribe(TWO_DRUGS, 86)
        stage.note("the first drug at Kangning Pharmacy", "第一种药在康宁大药房领取")
        one = judge_event(counter.dispense(Taking(prescription, KANGNING, INSURER.number)))
        stage.note("the second, by another part, at Renhe", "第二种药凭另一部分码在仁和药房领取")
        other = judge_event(counter.dispense(Taking(prescription, RENHE, INSURER.number, (1,))))
    return in_line(one, other)


def copy_code(stage: Stage) -> Result:
    """A thief photographed a part code: he tries another claim with it, then the claim that was taken."""
    gateways = gateway_tries.take_other_drug(stage), gateway_tries.take_same_drug(stage)
    with counter_on_copy(stage) as counter:
        prescription = counter.prescribe(TWO_DRUGS, 86)
        stage.note("the patient takes the first drug", "患者领取第一种药")
        counter.dispensed(Taking(prescription, KANGNING, INSURER.number))
        stage.note("the thief tries the second one with the same key", "窃码者以同一密钥领取第二种药")
        other = counter.dispense(Taking(prescription, RENHE, INSURER.number, (1,)), key_of=0)
        stage.note("then the first one, like the patient", "再像患者一样领取第一种药")
        same = counter.dispense(Taking(prescription, RENHE, INSURER.number))
    keys = compare(
        "whose key presents the second claim",
        "出示第二个份额的密钥",
        Text("its own", "其自身"),
        Text("the first's", "第一个的"),
    )
    used = compare("the first claim on the chain", "链上的第一个份额", UNUSED, DISPENSED)
    return in_line(*gateways, caught(judge_event(other, keys)), caught(judge_event(same, used)))


def _share_pack(stage: Stage, first: int, second: int) -> Result:
    with counter_on_copy(stage) as counter:
        one, another = counter.prescribe(TWO_DRUGS, 81), counter.prescribe(TWO_DRUGS, 82)
        stage.note(f"{first} of 24 units to one patient", f"向一位患者发出 24 单位中的 {first}")
        counter.dispensed(Taking(one, KANGNING, INSURER.number, packs=(pack("pack", total=24, used=first),)))
        stage.note(f"{second} units to another", f"向另一位患者发出 {second} 单位")
        event = counter.dispense(
            Taking(another, RENHE, INSURER.number, packs=(pack("pack", total=24, used=second),))
        )
    left = compare("units taken of those left", "取用数与剩余数", min(second, 24 - first), second)
    return judge_event(event, left)


def _dispense_after(stage: Stage, seconds: int) -> Result:
    """Dispense so long after the last moment of the window and its grace."""
    with counter_on_copy(stage) as counter:
        prescription = counter.prescribe(TWO_DRUGS, 83)
        entry = prescription.proof.entry
        last = entry.not_after + KINDS[entry.kind].offline_grace_seconds
        stage.note("time passes on the copy of the chain", "链的副本上时间流逝")
        counter.copy.pass_time(last + seconds - counter.now)
        event = counter.dispense(Taking(prescription, KANGNING, INSURER.number))
        at = counter.now
    lateness = max(0, at - last)
    bound = compare("seconds after the window and its grace", "超出时段及宽限期的秒数", 0, lateness)
    return judge_event(event, bound)


def _one_more(act: Authorship, seed: bytes) -> Authorship:
    count = act.claim_count + 1
    return replace(act, claim_count=count, terms=holders_hash(holder_addresses(seed, count)))
