"""What the cheats try who bill: at the pharmacy's own gateway, and past it at the insurer's, over HTTP.

An operator who passes by the own gateway sends the insurer's what that gateway would have sent, signed with
the institution's own key. The insurer's verifies all of it through its own node, and believes nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from ledger_api.peers.client import PeerClient, PeerParts
from ledger_api.peers.errors import PeerRefused
from ledger_cli.acting.counter import dispense, prepare_dispensing, request_settlement, restore
from ledger_cli.acting.outcomes import await_final
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import Accepted
from ledger_cli.attacks.real_counters import (
    ask_for,
    fetch_and_approve,
    open_counters,
    settle_dispensed,
)
from ledger_cli.attacks.results import Result, ask_gateway, compare
from ledger_cli.attacks.stage import Stage
from ledger_cli.embedded.people import HE, INSURER, KANGNING, LIN, RENHE, XU, Institution
from ledger_cli.errors import CouldNotCheck, GatewayRefused
from ledger_cli.gateway_client import member
from ledger_proofs.bundles import Bundle, bundle_as_json, parse_bundle
from ledger_proofs.commitments import build_commitment, build_disclosure
from ledger_proofs.types import JsonValue, RecordKey
from ledger_web.clock import system_clock
from ledger_web.errors import ServiceError

REQUESTS = "/v1/peer/settlement-requests"


def bill_unlogged(stage: Stage) -> Result:
    """Kangning's operator bills a dispensing that no log holds, with the proof of one that was logged."""
    counters, kangning = open_counters(stage), stage.person(LIN)
    stage.note("the operator bills it with the proof of another record", "运维人员以另一记录的证明申请结算")
    logged = _fetch_bundle(kangning, counters.dispensed)
    unlogged = prepare_dispensing(kangning, ask_for(counters.untouched.code()))
    key = RecordKey(bytes.fromhex(member(unlogged.answer, "record_key", str).removeprefix("0x")))
    shown = build_disclosure(build_commitment(unlogged.checked.record.as_json(), key))
    forged = replace(logged, commitment=unlogged.checked.commitment, disclosure=shown)
    refused = ask_gateway(lambda: _bill(stage, KANGNING, forged))
    proved = compare(
        "record that the proof is of",
        "证明所指的记录",
        f"0x{forged.commitment.hex()}",
        f"0x{logged.entry.record.hex()}",
    )
    return replace(refused, evidence=(proved, *refused.evidence))


def bill_undone(stage: Stage) -> Result:
    """Renhe's pharmacist bills, at her gateway, a dispensing that she signed and the chain refused."""
    in_vain, renhe = open_counters(stage).in_vain, stage.person(XU)
    stage.note("Renhe bills what the chain refused to dispense", "仁和药房为链上已拒绝的发药申请结算")
    return ask_gateway(lambda: request_settlement(renhe, in_vain.id))


def bill_undone_past_gateway(stage: Stage) -> Result:
    """The same past Renhe's own gateway: its operator sends the insurer's the evidence, all of it genuine."""
    counters, renhe = open_counters(stage), stage.person(XU)
    stage.note("its operator sends the bill past that check", "其运维人员绕过该检查直接发送申请")
    genuine = _fetch_bundle(renhe, counters.in_vain)
    return ask_gateway(lambda: _bill(stage, RENHE, genuine))


def restore_paid(stage: Stage) -> Result:
    """Kangning restores what the insurer has paid for."""
    counters, kangning = settle_dispensed(stage), stage.person(LIN)
    stage.note("Kangning restores what was settled", "康宁大药房恢复已结算的发药")
    return ask_gateway(lambda: restore(kangning, counters.dispensed.id))


def take_paid(stage: Stage) -> Result:
    """Renhe dispenses what Kangning was paid for."""
    code, renhe = settle_dispensed(stage).taken.code(), stage.person(XU)
    stage.note("Renhe dispenses it once more", "仁和药房再次发药")
    fetch_and_approve(renhe, code)
    return ask_gateway(lambda: dispense(renhe, ask_for(code)))


def _bill(stage: Stage, spender: Institution, dispensing: Bundle) -> str:
    """Send the insurer's gateway a settlement request for a dispensing of the untouched prescription; its id.

    Raises GatewayRefused with what that gateway says.
    """
    counters = open_counters(stage)
    reviewers = {KANGNING: counters.reviews[1], RENHE: counters.reviews[2]}
    pharmacist = stage.person(LIN if spender is KANGNING else XU)
    prescription = parse_bundle(stage.fetch_bundle(counters.untouched.id))
    reviews = (
        _fetch_bundle(stage.person(HE), counters.reviews[0]),
        _fetch_bundle(pharmacist, reviewers[spender]),
    )
    message: dict[str, JsonValue] = {
        "dispensing": _as_json(dispensing),
        "prescriptions": [_as_json(prescription)],
        "reviews": [_as_json(each) for each in reviews],
        "use_time": dispensing.authorship.signed_at,
        "use_block": dispensing.anchor.block_number,
    }
    return _send(stage, spender, message)


def _send(stage: Stage, spender: Institution, message: dict[str, JsonValue]) -> str:
    addresses = {INSURER.number: stage.stack.second_gateway.url}
    keys, domain = stage.insider_of(spender).keystore, stage.stack.deployment.domain()
    client = PeerClient(PeerParts(addresses, keys, domain, system_clock))
    try:
        answer = client.post(spender.number, INSURER.number, REQUESTS, message)
        return str(member(answer, "id", str))
    except PeerRefused as refused:
        raise GatewayRefused(
            status=refused.peer_status, slug=refused.peer_code, en=refused.detail, zh=refused.detail_zh
        ) from None
    except ServiceError as fault:
        raise CouldNotCheck("attack.insurer_silent", fault.detail, fault.detail_zh) from None
    finally:
        client.close()


def _fetch_bundle(person: PersonAtWork, accepted: Accepted) -> Bundle:
    await_final(person, accepted)
    return parse_bundle(person.client.get_bytes(f"{accepted.path}/bundle"))


def _as_json(bundle: Bundle) -> JsonValue:
    return cast("JsonValue", bundle_as_json(bundle))
