"""The honest part of the story: a prescription from draft to proof."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass

from ledger_chain.connection import connect
from ledger_chain.deployment import verify_deployment
from ledger_cli.attacks.stage import Stage
from ledger_cli.demo.story import Story, describe_report
from ledger_cli.embedded.people import HOSPITALS, INSTITUTIONS, PRACTITIONERS
from ledger_cli.embedded.scenario import VISITS
from ledger_cli.gateway_client import member
from ledger_cli.prepared import CheckedRecord
from ledger_cli.signing import Submitted, find_status, prepare, submit
from ledger_proofs.bundles import parse_bundle
from ledger_proofs.reports import Outcome
from ledger_proofs.tiles import root_from_tiles, tile_path
from ledger_proofs.types import log_id
from ledger_proofs.verifier import verify_bundle

GONE_SECONDS = 10.0


@dataclass
class Props:
    """What earlier acts leave for later ones."""

    checked: CheckedRecord
    submitted: Submitted
    bundle: bytes = b""


def tell_setting(story: Story, stage: Stage) -> None:
    """The chain, the contracts, and who is enrolled."""

    def deployed() -> str:
        verify_deployment(connect(stage.stack.engine.rpc_url), stage.stack.deployment)
        return f"contracts of this version on chain {stage.reader.chain_id()}"

    def enrolled() -> str:
        now = int(time.time())
        entitled = [
            person
            for person in PRACTITIONERS
            if stage.reader.is_entitled(
                stage.person(person).profile.signer_address(),
                person.institution.number,
                int(person.role),
                now,
            )
        ]
        accounts = {stage.reader.find_account(institution.number) for institution in INSTITUTIONS}
        return f"{len(accounts - {None})} institutions, {len(entitled)} people entitled"

    story.tell(
        "deploy the contracts on a fresh chain",
        "在新链上部署合约",
        f"contracts of this version on chain {stage.stack.engine.chain_id}",
        deployed,
    )
    story.tell(
        "enrol institutions and people at two gateways",
        "在两个网关登记机构与人员",
        "7 institutions, 13 people entitled",
        enrolled,
    )


def tell_issuing(story: Story, stage: Stage) -> Props:
    """Draft, prepare, sign, submit, until it is final and verified."""
    draft_id = stage.draft(VISITS[0], 1)
    checked = prepare(stage.li.client, stage.li.profile, {"draft_id": draft_id})
    submitted = submit(stage.li.client, checked, stage.li.private_key)
    props = Props(checked, submitted)

    def same_commitment() -> str:
        said = stage.li.client.get(f"/v1/prescriptions/{submitted.id}").document["commitment"]
        return "equal" if said == "0x" + checked.commitment.hex() else "different"

    def becomes_final() -> str:
        stage.await_final(submitted.id)
        return find_status(stage.li.client, submitted.id)

    def repeated() -> str:
        again = submit(stage.li.client, checked, stage.li.private_key)
        same = "same" if again.id == submitted.id else "another"
        return f"{same} prescription, {'replayed' if again.replayed else 'done again'}"

    story.tell(
        "prepare: the doctor's client recomputes the commitment",
        "准备：医师端自行重算承诺",
        "equal",
        same_commitment,
    )
    story.tell(
        "sign and submit: accepted for good", "签署并提交：已受理", "pending", lambda: submitted.status
    )
    story.tell("logged, anchored, final", "入日志、锚定、最终确认", "final", becomes_final)
    story.tell(
        "submit again with the same Idempotency-Key",
        "以相同幂等键重复提交",
        "same prescription, replayed",
        repeated,
    )
    return props


def tell_evidence(story: Story, stage: Stage, props: Props) -> None:
    """The bundle, verified online, offline, with few fields; and the whole log against the chain."""
    identifier = props.submitted.id
    props.bundle = stage.fetch_bundle(identifier)

    def offline() -> str:
        report = verify_bundle(parse_bundle(props.bundle))
        passed = [str(step.number) for step in report.steps if step.outcome is Outcome.PASSED]
        return f"{report.outcome.value}; passed {','.join(passed)}"

    def few_fields() -> str:
        content = stage.fetch_bundle(identifier, fields="/body/lines/0/name,/body/lines/0/quantity/value")
        hidden = "name withheld" if VISITS[0].patient.encode() not in content else "name shown"
        return f"{describe_report(stage.verify(content))}; {hidden}"

    story.tell(
        "verify the evidence bundle through the chain",
        "通过链核验证据包",
        "passed",
        lambda: describe_report(stage.verify(props.bundle)),
    )
    story.tell(
        "verify it offline: the chain can't be asked",
        "离线核验：无法查询链",
        "could_not_check; passed 1,2,3",
        offline,
    )
    story.tell(
        "disclose two fields only, and verify",
        "仅披露两个字段并核验",
        "passed; name withheld",
        few_fields,
    )
    story.tell(
        "rebuild the log's root from its tiles",
        "由日志瓦片重建根",
        "equal to the chain's",
        lambda: _tiles_root(stage),
    )


def tell_repeats(story: Story, stage: Stage) -> None:
    """A long-term prescription with two windows: two entries, each verified by itself."""

    def two_windows() -> str:
        submitted = stage.issue(VISITS[1], 2)
        stage.await_final(submitted.id)
        entries = member(stage.li.client.get(f"/v1/prescriptions/{submitted.id}").document, "entries", list)
        outcomes = [
            describe_report(stage.verify(stage.fetch_bundle(submitted.id, window=number)))
            for number in range(len(entries))
        ]
        return ", ".join(outcomes)

    story.tell(
        "a repeat prescription: two windows, two entries",
        "可重复处方：两个时段、两个条目",
        "passed, passed",
        two_windows,
    )


def tell_survival(story: Story, stage: Stage) -> None:
    """The gateway is killed right after it has accepted a prescription."""

    def killed() -> str:
        checked = prepare(stage.li.client, stage.li.profile, {"draft_id": stage.draft(VISITS[2], 3)})
        accepted = submit(stage.li.client, checked, stage.li.private_key)
        kill_gateway(stage)
        stage.stack.revive()
        again = submit(stage.li.client, checked, stage.li.private_key)
        stage.await_final(accepted.id)
        listed = sum(
            item["commitment"] == accepted.commitment for item in stage.li.client.pages("/v1/prescriptions")
        )
        same = "same" if again.id == accepted.id else "another"
        verdict = describe_report(stage.verify(stage.fetch_bundle(accepted.id)))
        return f"{same} prescription, {listed} in the list, {verdict}"

    story.tell(
        "kill -9 the gateway after it accepted, start it again, repeat the request",
        "受理后强制终止网关，重启并重发请求",
        "same prescription, 1 in the list, passed",
        killed,
    )


def kill_gateway(stage: Stage) -> None:
    """SIGKILL, and wait until it is gone."""
    pid = stage.stack.gateway.pid
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    ends_at = time.monotonic() + GONE_SECONDS
    while stage.stack.gateway.is_alive() and time.monotonic() < ends_at:
        time.sleep(0.02)


def _tiles_root(stage: Stage) -> str:
    log = log_id(HOSPITALS[0].number, 1)
    head = stage.reader.head(log)
    if head is None:
        return "nothing anchored"

    def read_tile(level: int, index: int, width: int) -> bytes:
        return stage.li.client.get_bytes(f"/v1/logs/{log}/{tile_path(level, index, width)}")

    return "equal to the chain's" if root_from_tiles(read_tile, head.size) == head.root else "another root"
