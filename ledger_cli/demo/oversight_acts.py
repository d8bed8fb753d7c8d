"""What isn't everyday: a prescription voided, content demanded, and the portal's judgement of it all."""

from __future__ import annotations

import time

from ledger_cli.acting.holder import CodeSeed
from ledger_cli.acting.hospital import issue, void
from ledger_cli.acting.outcomes import await_final, await_outcome
from ledger_cli.acting.oversight import answer_demand, await_content, await_incoming, demand
from ledger_cli.acting.records import Accepted
from ledger_cli.attacks.stage import Stage
from ledger_cli.demo.loop_acts import Loop
from ledger_cli.demo.story import Story
from ledger_cli.embedded.auditing import await_mirror
from ledger_cli.embedded.people import MA, ZHOU
from ledger_cli.embedded.scenario import VISITS

ANSWER_WITHIN_SECONDS = 3 * 86_400
MIRROR_SECONDS = 240.0


def tell_voiding(story: Story, stage: Stage) -> None:
    """What nobody has taken yet, its doctor can void; nobody else, and not twice."""
    prescription = issue(stage.li, {"draft_id": stage.draft(VISITS[2], 71)}, seed=CodeSeed.new())
    await_final(stage.li, prescription.accepted)

    def voided() -> str:
        accepted = void(stage.li, prescription.id, reason="patient_request")
        return str(await_outcome(stage.li, accepted))

    story.tell(
        "another hospital's doctor voids it",
        "他院医师作废该处方",
        "404 prescription-not-found",
        lambda: void(stage.zhao, prescription.id).noun,
    )
    story.tell("the doctor voids it", "医师作废处方", "done", voided)
    story.tell("she voids it once more", "再次作废", "409 nothing-to-void", voided)


def tell_demands(story: Story, stage: Stage, loop: Loop) -> None:
    """The regulator sees content only by a signed demand, which the institution answers on record."""
    officer, clerk = stage.person(ZHOU), stage.person(MA)
    subject = loop.prescription.accepted.reference

    def demanded() -> Accepted:
        answer_by = int(time.time()) + ANSWER_WITHIN_SECONDS
        return demand(officer, subject, purpose="audit", grounds="demonstration", answer_by=answer_by)

    def granted() -> str:
        asked = demanded()
        await_incoming(clerk, asked.id)
        answer_demand(clerk, officer.institution, asked.id, decision="granted")
        content = await_content(officer, asked.id, subject)
        return "its content" if content["record"]["id"] == loop.prescription.id else "another record"

    def refused() -> str:
        asked = demanded()
        await_incoming(clerk, asked.id)
        accepted = answer_demand(
            clerk, officer.institution, asked.id, decision="refused", reason="asked for before"
        )
        await_final(clerk, accepted)
        return str(accepted.body["decision"])

    story.tell(
        "a demand for the prescription's content: granted, and the content hashes to its commitment",
        "调阅处方内容：准予，且内容与承诺一致",
        "its content",
        granted,
    )
    story.tell("a second demand: refused, on record", "再次调阅：拒绝并留痕", "refused", refused)
    story.tell(
        "a pharmacist answers a demand",
        "药师答复调阅要求",
        "403 role-missing",
        lambda: answer_demand(loop.kangning, officer.institution, subject.id, decision="granted").noun,
    )


def tell_portal(story: Story, stage: Stage) -> None:
    """After the whole loop: everything mirrored, verified and linked by the regulator's own portal."""

    def judged() -> str:
        state = await_mirror(stage.stack.home, stage.stack.portal.url, stage.rpc_url, MIRROR_SECONDS)
        mirrored = "all mirrored and verified" if state.is_whole else "not all verified"
        return f"{mirrored}, {state.open_findings} findings"

    story.tell(
        "the regulator's portal has followed both gateways",
        "监管门户已核验两个网关的全部日志",
        "all mirrored and verified, 0 findings",
        judged,
    )
