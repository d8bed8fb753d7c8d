"""What the gateway and the doctor's client refuse."""

from __future__ import annotations

import copy
import time
from typing import Any

from ledger_chain.connection import connect
from ledger_chain.deployment import Authority
from ledger_chain.development_keys import authority_members
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.attacks.stage import FINAL_SECONDS, Stage, fresh_key, raw_prepare
from ledger_cli.demo.honest_acts import Props
from ledger_cli.demo.story import Story, describe_report
from ledger_cli.embedded.people import CHINESE, PEOPLES
from ledger_cli.embedded.scenario import VISITS, build_draft
from ledger_cli.gateway_client import GatewayClient
from ledger_cli.prepared import check_prepared
from ledger_cli.signing import prepare, submit, wait_until_final
from ledger_proofs.bundles import parse_bundle
from ledger_proofs.kinds import PractitionerRole
from ledger_proofs.types import JsonValue

DAY_SECONDS = 86_400
REVOCATION_SECONDS = 20.0


def tell_strangers(story: Story, stage: Stage, props: Props) -> None:
    """Other people than the author, and other tenants."""
    identifier = props.submitted.id

    def anothers_preparation() -> str:
        checked = prepare(stage.li.client, stage.li.profile, {"draft_id": stage.draft(VISITS[8], 11)})
        return submit(stage.chen.client, checked, stage.chen.private_key).status

    def machine_prepares() -> str:
        body = {"body": build_draft(VISITS[8], 12)}
        return str(stage.machine.post("/v1/prescriptions/prepare", body, idempotency_key=fresh_key()).status)

    def wrong_password() -> str:
        with GatewayClient(stage.stack.gateway.url) as client:
            client.log_in(1, "dr-li", "not her password", idempotency_key=fresh_key())
        return "signed in"

    def other_tenant() -> str:
        return str(stage.zhao.client.get(f"/v1/prescriptions/{identifier}").status)

    story.tell(
        "another doctor submits Dr Li's preparation",
        "另一医师提交李医师的待签处方",
        "404 preparation-not-found",
        anothers_preparation,
    )
    story.tell(
        "a machine client prepares a prescription", "机构系统准备处方", "403 role-missing", machine_prepares
    )
    story.tell("a wrong password", "错误密码", "401 credentials-wrong", wrong_password)
    story.tell(
        "another hospital's doctor reads it", "他院医师读取该处方", "404 prescription-not-found", other_tenant
    )


def tell_bad_input(story: Story, stage: Stage) -> None:
    """Bodies that can't be right."""

    def changed(**members: Any) -> str:
        body = build_draft(VISITS[8], 20) | members
        return str(stage.machine.post("/v1/drafts", body, idempotency_key=fresh_key()).status)

    def zero_quantity() -> str:
        body: dict[str, Any] = copy.deepcopy(build_draft(VISITS[8], 21))
        body["lines"][0]["quantity"]["value"] = "0"
        return str(stage.machine.post("/v1/drafts", body, idempotency_key=fresh_key()).status)

    def floating() -> str:
        content = b'{"type": "ordinary", "validity_days": 1.5}'
        reply = stage.machine.send_content(
            "POST", "/v1/drafts", content, "application/json", idempotency_key=fresh_key()
        )
        return str(reply.status)

    def other_body_same_key() -> str:
        key = fresh_key()
        stage.machine.post("/v1/drafts", build_draft(VISITS[8], 22), idempotency_key=key)
        return str(stage.machine.post("/v1/drafts", build_draft(VISITS[8], 23), idempotency_key=key).status)

    story.tell("an unknown member", "未知字段", "422 invalid-request", lambda: changed(colour="red"))
    story.tell("a quantity of zero", "数量为零", "422 invalid-request", zero_quantity)
    story.tell("a floating-point number", "浮点数", "400 malformed-json", floating)
    story.tell(
        "an Idempotency-Key with another body",
        "相同幂等键、不同内容",
        "422 idempotency-key-reused",
        other_body_same_key,
    )


def tell_lying_gateway(story: Story, stage: Stage) -> None:
    """A gateway that asks for a signature over something else than it shows: the doctor's client refuses."""
    honest = raw_prepare(stage.li, {"draft_id": stage.draft(VISITS[8], 30)})
    now = int(time.time())

    def altered(change: Any) -> str:
        reply = copy.deepcopy(honest)
        change(reply)
        check_prepared(reply, stage.li.profile, now=now)
        return "would have been signed"

    def other_dose(reply: dict[str, Any]) -> None:
        reply["record"]["body"]["lines"][0]["dose"]["value"] = "9000"

    def other_domain(reply: dict[str, Any]) -> None:
        reply["entries"][0]["typed_data"]["domain"]["verifyingContract"] = "0x" + "66" * 20

    def longer_window(reply: dict[str, Any]) -> None:
        reply["entries"][0]["typed_data"]["message"]["notAfter"] = now + 365 * DAY_SECONDS

    story.tell(
        "unaltered, it would be signed",
        "未被篡改时可以签署",
        "would have been signed",
        lambda: altered(lambda _r: None),
    )
    story.tell(
        "a dose other than the committed one", "剂量与承诺不符", "sign.differs", lambda: altered(other_dose)
    )
    story.tell(
        "another register's domain", "签名域指向其他合约", "sign.differs", lambda: altered(other_domain)
    )
    story.tell(
        "a longer window than shown", "可用时段比所示更长", "sign.differs", lambda: altered(longer_window)
    )


def tell_revocation(story: Story, stage: Stage) -> None:
    """A doctor leaves: what she signed stands, nothing new is taken. A stolen key: what it signed falls."""
    authority = Authority(connect(stage.stack.engine.rpc_url), stage.stack.deployment, authority_members())
    role = int(PractitionerRole.DOCTOR)
    by_zhao, by_chen = (_issue_final(working) for working in (stage.zhao, stage.chen))

    def left() -> str:
        _await_next_second(parse_bundle(_bundle_of(stage.zhao, by_zhao)).checkpoint.anchored_at)
        authority.revoke_credential(stage.zhao.profile.signer_address(), CHINESE.number, role)
        ends_at = time.monotonic() + REVOCATION_SECONDS
        # The gateway remembers the directory's last answer for some seconds.
        while time.monotonic() < ends_at:
            _issue(stage.zhao)
            time.sleep(1.0)
        return "still accepted"

    def stolen() -> str:
        signed_at = parse_bundle(_bundle_of(stage.chen, by_chen)).authorship.signed_at
        signer = stage.chen.profile.signer_address()
        authority.revoke_credential(signer, PEOPLES.number, role, revoked_from=signed_at - 1)
        return describe_report(stage.verify(_bundle_of(stage.chen, by_chen)))

    story.tell(
        "a doctor whose credential was revoked submits",
        "资格被撤销的医师提交",
        "403 signer-not-entitled",
        left,
    )
    story.tell(
        "what she signed before still verifies",
        "撤销前签署的处方仍可核验",
        "passed",
        lambda: describe_report(stage.verify(_bundle_of(stage.zhao, by_zhao))),
    )
    story.tell(
        "a stolen key, revoked from before it signed",
        "密钥被盗，撤销时间早于签署",
        "step 5 failed: author.not_entitled at signed",
        stolen,
    )


def _await_next_second(anchored_at: int) -> None:
    """Times on the chain are whole seconds: a revocation of the same second would hold for it too."""
    time.sleep(max(0.0, anchored_at + 1.05 - time.time()))


def _issue(working: PersonAtWork) -> str:
    visit = next(visit for visit in VISITS if visit.doctor.username == working.profile.username)
    body: JsonValue = build_draft(visit, 40)
    checked = prepare(working.client, working.profile, {"body": body})
    return submit(working.client, checked, working.private_key).id


def _issue_final(working: PersonAtWork) -> str:
    identifier = _issue(working)
    wait_until_final(working.client, [identifier], deadline_seconds=FINAL_SECONDS)
    return identifier


def _bundle_of(working: PersonAtWork, prescription_id: str) -> bytes:
    return working.client.get_bytes(f"/v1/prescriptions/{prescription_id}/bundle", window=0)
