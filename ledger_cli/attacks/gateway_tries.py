"""What the cheats at the counter try first: at the real gateways, over HTTP, on the running chain.

Each is refused by a check of one gateway, before anybody has signed or waited for nothing. The contract would
refuse most of it too: that is tried past the gateways, on a copy of the chain. What no honest client sends is
sent by a dishonest one here: a signature that was made for another, a key for a claim that isn't its own.

A gateway's clock is its machine's, which no cheat moves, and nobody can wait until a prescription has
expired: so its window is tried from the other side, before it has begun. One check asks for both.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ledger_cli.acting.counter import dispense, prepare_dispensing, receive
from ledger_cli.acting.dispensing_check import sign_use
from ledger_cli.acting.holder import HOLDER_SPENDER, sign_readings
from ledger_cli.acting.records import submit_record
from ledger_cli.attacks.real_counters import ask_for, fetch_and_approve, open_counters
from ledger_cli.attacks.results import Result, ask_gateway, compare
from ledger_cli.attacks.stage import Stage, fresh_key
from ledger_cli.embedded.people import GAO, KANGNING, LIN, XU
from ledger_cli.gateway_client import GatewayClient, member
from ledger_proofs.handover import HandoverCode, part_of
from ledger_proofs.types import JsonValue


def take_again(stage: Stage) -> Result:
    """What Kangning has dispensed is asked for once more at Renhe."""
    code, renhe = open_counters(stage).taken.code(), stage.person(XU)
    stage.note("Renhe is shown the code that was used at Kangning", "仁和药房见到已在康宁用过的取药码")
    fetch_and_approve(renhe, code)
    return ask_gateway(lambda: dispense(renhe, ask_for(code)))


def use_pack_again(stage: Stage) -> Result:
    """The pack that Kangning used up is scanned at Renhe, for another patient."""
    counters, renhe = open_counters(stage), stage.person(XU)
    stage.note("Renhe scans the pack that Kangning used up", "仁和药房扫描康宁已用完的药盒")
    return ask_gateway(lambda: dispense(renhe, ask_for(counters.untouched.code(), pack=counters.pack)))


def take_before_time(stage: Stage) -> Result:
    """Renhe dispenses today what the patient may have next month."""
    code, renhe = open_counters(stage).untouched.code(1), stage.person(XU)
    stage.note("Renhe dispenses next month's part of a prescription", "仁和药房提前发出下月的药")
    receive(renhe, code)
    return ask_gateway(lambda: dispense(renhe, ask_for(code)))


def dispense_as_insurer(stage: Stage) -> Result:
    """The insurer's adjudicator asks for a dispensing."""
    code, adjudicator = open_counters(stage).untouched.code(), stage.person(GAO)
    stage.note("the insurer's adjudicator dispenses", "医保中心的审核员发药")
    return ask_gateway(lambda: prepare_dispensing(adjudicator, ask_for(code)))


def read_with_anothers(stage: Stage) -> Result:
    """Renhe fetches a prescription with what the patient's keys signed so that Kangning may read it."""
    code, renhe = open_counters(stage).untouched.code(), stage.person(XU)
    stage.note("Renhe fetches with what was signed for Kangning", "仁和药房凭为康宁所签的出示取方")
    request: dict[str, JsonValue] = {
        "institution": code.institution,
        "id": code.record_id,
        "window": code.window,
        "presentations": sign_readings(code, KANGNING.number, renhe.profile.domain()),
    }
    return ask_gateway(
        lambda: renhe.client.post("/v1/received-prescriptions", request, idempotency_key=fresh_key())
    )


def dispense_with_anothers(stage: Stage) -> Result:
    """Renhe dispenses with what the patient's keys signed for Kangning's dispensing of the same claim."""
    request = ask_for(open_counters(stage).untouched.code())
    kangning, renhe = stage.person(LIN), stage.person(XU)
    stage.note("the patient's keys sign for Kangning; Renhe is first", "患者密钥为康宁签署，仁和药房抢先使用")
    meant = prepare_dispensing(kangning, request)
    stolen: list[JsonValue] = list(sign_use(meant.checked, meant.answer, request))
    own = prepare_dispensing(renhe, request)
    return ask_gateway(lambda: submit_record(renhe, own, {"presentations": stolen}))


def take_one_more(stage: Stage) -> Result:
    """The hospital's operator writes one claim more into a prescription; Renhe fetches it."""
    prescription, renhe = open_counters(stage).untouched, stage.person(XU)
    stage.note("the operator writes one claim more into the database", "运维人员在数据库中多写一个份额")
    altered = stage.insider.seal_anew(prescription.id, _add_claim)
    with stage.insider.sealed_replaced(prescription.id, altered):
        stage.note("Renhe fetches the prescription", "仁和药房取方")
        return ask_gateway(lambda: receive(renhe, prescription.code()))


def take_other_drug(stage: Stage) -> Result:
    """A thief has photographed the part of a code that hands on one drug; he tries the other with its key."""
    code, renhe = open_counters(stage).taken.code(), stage.person(XU)
    photographed = part_of(code, [0])
    stage.note("the thief tries the other drug with the photographed key", "窃码者以拍下的密钥试领另一种药")
    fetch_and_approve(renhe, photographed)
    forged = HandoverCode(code.institution, code.record_id, code.window, keys={1: photographed.key_for(0)})
    return ask_gateway(lambda: dispense(renhe, ask_for(forged, 1)))


def take_same_drug(stage: Stage) -> Result:
    """Then the drug that it does hand on, which the patient has taken; who looks sees where he was."""
    code, renhe = open_counters(stage).taken.code(), stage.person(XU)
    photographed = part_of(code, [0])
    stage.note("then the drug that the patient has taken", "再试领患者已领走的药")
    fetch_and_approve(renhe, photographed)
    refused = ask_gateway(lambda: dispense(renhe, ask_for(photographed)))
    readers = ", ".join(map(str, _list_readers(stage, code)))
    seen = compare("who has read it, as the patient sees", "患者所见的取方机构", KANGNING.number, readers)
    return replace(refused, evidence=(*refused.evidence, seen))


def _list_readers(stage: Stage, code: HandoverCode) -> list[int]:
    """Which institutions have read a prescription, as its holder sees by the code alone."""
    with GatewayClient(stage.stack.gateway.url) as holder:
        request: dict[str, JsonValue] = {
            "institution": code.institution,
            "id": code.record_id,
            "window": code.window,
            "presentations": sign_readings(code, HOLDER_SPENDER, stage.stack.deployment.domain()),
        }
        seen = holder.post("/v1/holder/view", request, idempotency_key=fresh_key()).document
    return sorted({member(each, "institution", int) for each in member(seen, "readings", list)})


def _add_claim(document: dict[str, Any]) -> None:
    """One claim more of the last line, whose quantity grows by it: a prescription of its schema."""
    body = document["body"]
    last, line = body["claims"][-1], body["lines"][-1]
    body["claims"].append(last | {"ordinal": last["ordinal"] + 1, "part": last["part"] + 1})
    total = Decimal(line["quantity"]["value"]) + Decimal(last["quantity"]["value"])
    line["quantity"] = line["quantity"] | {"value": str(total)}
    body["holders"].append("0x" + secrets.token_bytes(20).hex())
