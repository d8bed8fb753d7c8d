"""Attacks on who signed, and when: a forged signature, a signer who isn't entitled, one that comes late.

The gateway refuses each. Where the gateway itself is the cheat, its operator logs and anchors the record all
the same, with the institution's own key; then every verifier finds it.
"""

from __future__ import annotations

import copy
import time
from dataclasses import replace

from ledger_cli.acting.person import PersonAtWork
from ledger_cli.attacks.chain_copy import anchor_on_copy, copied_chain, verify_on_copy
from ledger_cli.attacks.results import (
    CLIENT,
    Compared,
    Ending,
    Result,
    ask_gateway,
    caught,
    compare,
    in_line,
    judge,
)
from ledger_cli.attacks.stage import FINAL_SECONDS, OpenPreparation, Stage, prepare_openly
from ledger_cli.embedded.people import CHEN, PEOPLES
from ledger_cli.embedded.scenario import VISITS, Visit
from ledger_cli.errors import Refused
from ledger_cli.keyfiles import new_private_key
from ledger_cli.language import Text
from ledger_cli.prepared import check_prepared
from ledger_cli.signing import submit, wait_until_final
from ledger_proofs.kinds import KINDS, SKEW_SECONDS
from ledger_proofs.records import format_utc_time
from ledger_proofs.signatures import address_of_key
from ledger_proofs.types import Address, log_id
from ledger_proofs.verification import TIME

HELD_BACK_SECONDS = 2 * 86_400
LOG = log_id(PEOPLES.number, 1)
LI_VISIT, CHEN_VISIT = VISITS[8], VISITS[3]


def sign_properly(stage: Stage) -> Result:
    """Dr Li signs her own prescription; it becomes final, and verifies."""
    stage.note("Dr Li signs with her own key", "李医师以自己的密钥签署")
    return _issue_and_verify(stage, stage.li, LI_VISIT)


def sign_entitled(stage: Stage) -> Result:
    """Dr Chen, who is entitled, signs; it becomes final, and verifies."""
    stage.note("Dr Chen signs with her registered key", "陈医师以登记的密钥签署")
    return _issue_and_verify(stage, stage.chen, CHEN_VISIT)


def forge_signature(stage: Stage) -> Result:
    """A stranger's key signs Dr Li's prescription."""
    stranger = new_private_key()
    prepared = prepare_openly(stage.li, LI_VISIT, 71)
    stage.note("handing the forged signature to the gateway", "向网关提交伪造的签名")
    gateway = ask_gateway(lambda: submit(stage.li.client, prepared.checked, stranger))
    stage.note(
        "the operator logs and anchors it as Dr Li's, on a copy of the chain",
        "运维人员在链的副本上以李医师名义入日志并锚定",
    )
    verifier = _anchor_anyway(stage, prepared, stranger, stage.li.profile.signer_address())
    return in_line(gateway, caught(verifier))


def sign_unentitled(stage: Stage) -> Result:
    """The operator registers a key of its own as Dr Chen's, at the gateway; the directory doesn't know it."""
    stranger = new_private_key()
    address = address_of_key(stranger)
    stage.note("registering another key for Dr Chen in the database", "在数据库中为陈医师登记另一把密钥")
    with stage.insider.signing_address_replaced(CHEN.username, CHEN.hospital.number, address):
        prepared = prepare_openly(stage.chen, CHEN_VISIT, 72)
        stage.note("signing with it", "以该密钥签署并提交")
        gateway = ask_gateway(lambda: submit(stage.chen.client, prepared.checked, stranger))
    stage.note("the operator logs and anchors it, on a copy of the chain", "运维人员在链的副本上入日志并锚定")
    return in_line(gateway, caught(_anchor_anyway(stage, prepared, stranger, address)))


def sign_in_time(stage: Stage) -> Result:
    """Signed and anchored at once, by the same means as the late one: on a copy of the chain."""
    prepared = prepare_openly(stage.li, LI_VISIT, 73)
    stage.note("anchoring at once, on a copy of the chain", "在链的副本上立即锚定")
    return _anchor_anyway(stage, prepared, stage.li.private_key, stage.li.profile.signer_address())


def sign_late(stage: Stage) -> Result:
    """A signature of today, held back for two days, handed in and anchored then."""
    prepared = prepare_openly(stage.li, LI_VISIT, 74)
    client = _ask_client(stage, prepared)
    stage.note("handing in a preparation that is two days old", "提交两天前准备的处方")
    stage.insider.age_preparation(prepared.checked.preparation_id, HELD_BACK_SECONDS)
    gateway = ask_gateway(lambda: submit(stage.li.client, prepared.checked, stage.li.private_key))
    stage.note("holding it back for two days on a copy of the chain", "在链的副本上扣留两天后锚定")
    late = _anchor_anyway(
        stage, prepared, stage.li.private_key, stage.li.profile.signer_address(), HELD_BACK_SECONDS
    )
    return in_line(client, gateway, caught(late))


def _issue_and_verify(stage: Stage, working: PersonAtWork, visit: Visit) -> Result:
    prepared = prepare_openly(working, visit, 70)
    issued = submit(working.client, prepared.checked, working.private_key).id
    stage.note("waiting until it is final", "等待最终确认")
    wait_until_final(working.client, [issued], deadline_seconds=FINAL_SECONDS)
    content = working.client.get_bytes(f"/v1/prescriptions/{issued}/bundle", window=0)
    return judge(stage.verify(content))


def _ask_client(stage: Stage, prepared: OpenPreparation) -> Result:
    """What Dr Li's own client says of a preparation whose signed time is two days old."""
    now = int(time.time())
    reply = copy.deepcopy(prepared.reply)
    reply["record"]["issued_at"] = format_utc_time(now - HELD_BACK_SECONDS)
    old = _seconds("seconds from the signed time to now", "签署时间距今秒数", SKEW_SECONDS, HELD_BACK_SECONDS)
    try:
        check_prepared(reply, stage.li.profile, now=now)
    except Refused as refused:
        return Result(Ending.REFUSED, CLIENT, refused.code, refused.text, evidence=(old,))
    said = Text("she would have signed it", "医师会签署它")
    return Result(Ending.CAME_THROUGH, CLIENT, "signed", said, evidence=(old,))


def _anchor_anyway(
    stage: Stage, prepared: OpenPreparation, key: bytes, signer: Address, held_back_seconds: int = 0
) -> Result:
    signature = prepared.checked.sign(key)[0]
    stage.insider.await_quiet(LOG)
    with copied_chain(stage) as copied:
        if held_back_seconds:
            copied.pass_time(held_back_seconds)
        bundle = anchor_on_copy(copied, stage.insider, LOG, prepared, signature, signer)
        result = judge(verify_on_copy(copied, stage, bundle))
    if result.step != TIME:
        return result
    passed = bundle.checkpoint.anchored_at - bundle.authorship.signed_at
    allowed = KINDS[bundle.entry.kind].signing_window_seconds
    noted = _seconds("seconds from the signed time to the anchoring", "签署至锚定秒数", allowed, passed)
    return replace(result, evidence=(noted,))


def _seconds(en: str, zh: str, allowed: int, passed: int) -> Compared:
    return compare(en, zh, Text(f"at most {allowed}", f"至多 {allowed}"), passed)
