"""The whole loop over two gateways, act by act: packs, code, review, dispensing, settlement, and back.

Each noun is played honestly and is refused at least once. What is observed is what the other side's gateway
or the chain said, never what was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger_cli.acting.counter import (
    dispense,
    receive,
    refuse,
    request_settlement,
    restore,
)
from ledger_cli.acting.dispensing_check import DispensingRequest, Price, ScannedPack, Taking
from ledger_cli.acting.holder import CodeSeed
from ledger_cli.acting.hospital import IssuedPrescription, issue, review
from ledger_cli.acting.maker import Lot, commission, recall
from ledger_cli.acting.outcomes import await_final, await_outcome
from ledger_cli.acting.payer import Shares, reverse, settle
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.acting.records import Accepted
from ledger_cli.attacks.stage import Stage
from ledger_cli.demo.story import Story
from ledger_cli.embedded.people import GAO, HE, INSURER, LIN, TANG, XU
from ledger_cli.embedded.scenario import VISITS
from ledger_proofs.claims import parse_claim_word
from ledger_proofs.handover import HandoverCode, part_of

UNIT_PRICE_MINOR = 2_500
FUND_MINOR, ACCOUNT_MINOR, CASH_MINOR = 1_750, 500, 250
LOT = Lot(
    product={
        "code_system": "example-formulary",
        "code": "YP1001",
        "name": "苯磺酸氨氯地平片",
        "specification": "5mg*28片",
    },
    lot="DEMO-1",
    made_on="2026-01-05",
    expires_on="2028-12-31",
    unit="盒",
    units_per_pack=1,
)
OTHER_LOT = Lot(
    product={
        "code_system": "example-formulary",
        "code": "YP1003",
        "name": "阿托伐他汀钙片",
        "specification": "20mg*28片",
    },
    lot="DEMO-2",
    made_on="2026-01-05",
    expires_on="2028-12-31",
    unit="盒",
    units_per_pack=1,
)
PACKS = [f"8199000000000000{number:04d}" for number in range(1, 9)]
OTHER_PACKS = [f"8199001000000000{number:04d}" for number in range(1, 9)]


@dataclass
class Loop:
    """What earlier acts of the loop leave for later ones."""

    stage: Stage
    prescription: IssuedPrescription
    dispensed: Accepted | None = None
    request_id: str = ""
    settled: Accepted | None = None

    @property
    def code(self) -> HandoverCode:
        """The patient's code."""
        return self.prescription.code()

    @property
    def kangning(self) -> PersonAtWork:
        """The first pharmacy's pharmacist."""
        return self.stage.person(LIN)

    @property
    def renhe(self) -> PersonAtWork:
        """The second pharmacy's pharmacist."""
        return self.stage.person(XU)

    def request(self, ordinal: int, pack: str, payer: int = INSURER.number) -> DispensingRequest:
        """One claim, with one pack, by a code of that claim alone."""
        line = ordinal + 1
        return DispensingRequest(
            [Taking.of_code(part_of(self.code, [ordinal]), [ordinal])],
            [ScannedPack(pack, line, units_used=1)],
            [Price(line, UNIT_PRICE_MINOR)],
            payer,
        )

    def claim_stands(self, dispensing: Accepted) -> str:
        """What the chain says of the one claim of a dispensing, and its restore count."""
        [claim] = dispensing.body["use"]["claims"]
        word = parse_claim_word(self.stage.reader.claim_word(bytes.fromhex(claim["claim"][2:])))
        return f"{word.status.name.lower()}, restored {word.restore_count} times"


def tell_packs(story: Story, stage: Stage) -> None:
    """A manufacturer releases packs; each pack belongs to one lot."""
    releaser = stage.person(TANG)

    def released() -> str:
        for lot, codes in ((LOT, PACKS), (OTHER_LOT, OTHER_PACKS)):
            accepted = commission(releaser, lot, codes)
        await_final(releaser, accepted)
        return "final"

    story.tell("a manufacturer releases two lots of packs", "药厂放行两个批次的药品", "final", released)
    story.tell(
        "the same packs released once more",
        "同一批包装再次放行",
        "409 packs-named-before",
        lambda: commission(releaser, LOT, PACKS).noun,
    )
    story.tell(
        "the last packs of a lot are called back",
        "召回一个批次中的若干包装",
        "lots",
        lambda: recall(releaser, OTHER_LOT, reason="demonstration", codes=OTHER_PACKS[-1:]).noun,
    )


def tell_review(story: Story, stage: Stage) -> Loop:
    """A prescription with a hand-over code; nobody gets it before the hospital's pharmacist has approved."""
    seed = CodeSeed.new()
    loop = Loop(stage, issue(stage.li, {"draft_id": stage.draft(VISITS[0], 70)}, seed=seed))
    prescription, pharmacist = loop.prescription, stage.person(HE)

    def holders() -> str:
        count = len(prescription.body["claims"])
        own = prescription.body["holders"] == seed.addresses(count)
        return f"{count} claims, {'keys of her own making' if own else 'keys of somebody else'}"

    def approved() -> str:
        await_final(pharmacist, review(pharmacist, prescription.institution, prescription.id))
        await_final(stage.li, prescription.accepted)
        return "final"

    story.tell(
        "a prescription with a hand-over code: a key for each claim, made on the doctor's machine",
        "开具带取药码的处方：每个份额一把密钥，在医师电脑上生成",
        "2 claims, keys of her own making",
        holders,
    )
    story.tell(
        "a pharmacy fetches it before it is reviewed",
        "未经审方即被药店取方",
        "409 prescription-not-reviewed",
        lambda: receive(loop.kangning, loop.code).id,
    )
    story.tell(
        "the doctor reviews her own prescription",
        "医师自己审方",
        "403 role-missing",
        lambda: review(stage.li, prescription.institution, prescription.id).noun,
    )
    story.tell("the hospital's pharmacist approves", "医院药师审方通过", "final", approved)
    return loop


def tell_fetching(story: Story, loop: Loop) -> None:
    """Whoever has the code reads the prescription; her own pharmacist's review comes before anything else."""
    prescription = loop.prescription
    stranger = CodeSeed.new().code(prescription.institution, prescription.id)

    def fetched() -> str:
        received = receive(loop.kangning, loop.code)
        return f"{received.answer['report']['outcome']}, {len(received.unused)} claims unused"

    story.tell(
        "a pharmacy tries a code that somebody made up",
        "药店使用伪造的取药码",
        "409 peer-refused",
        lambda: receive(loop.kangning, stranger).id,
    )
    story.tell(
        "a pharmacy fetches it by its code, over two gateways, and verifies all of it",
        "药店凭取药码经两个网关取方并逐项核验",
        "passed, 2 claims unused",
        fetched,
    )
    story.tell(
        "it dispenses before its own pharmacist has reviewed",
        "药店未经本店药师审方即发药",
        "409 review-missing",
        lambda: dispense(loop.kangning, loop.request(0, PACKS[0])).noun,
    )


def tell_dispensing(story: Story, loop: Loop) -> None:
    """Dispensed in parts at two pharmacies, with packs; nothing twice."""
    prescription = loop.prescription

    def dispensed_first() -> str:
        review(loop.kangning, prescription.institution, prescription.id)
        loop.dispensed = dispense(loop.kangning, loop.request(0, PACKS[0]))
        outcome = await_outcome(loop.kangning, loop.dispensed)
        return f"{outcome}; {loop.claim_stands(loop.dispensed)}"

    def dispensed_rest() -> str:
        receive(loop.renhe, part_of(loop.code, [1]))
        review(loop.renhe, prescription.institution, prescription.id)
        accepted = dispense(loop.renhe, loop.request(1, OTHER_PACKS[0], payer=0))
        return f"{await_outcome(loop.renhe, accepted)}; {loop.claim_stands(accepted)}"

    story.tell(
        "one claim with a pack, by a code of that claim alone",
        "凭单一份额的取药码发一个份额的药",
        "done; dispensed, restored 0 times",
        dispensed_first,
    )
    story.tell(
        "the other pharmacy with a pack that was called back",
        "另一药店使用已召回的包装",
        "409 pack-stopped",
        lambda: _fetch_and_dispense(loop, loop.request(1, OTHER_PACKS[-1])),
    )
    story.tell(
        "the rest at the other pharmacy, paid by the patient",
        "其余份额在另一药店自费取药",
        "done; dispensed, restored 0 times",
        dispensed_rest,
    )
    _tell_second_use(story, loop)


def _tell_second_use(story: Story, loop: Loop) -> None:
    def refusal_signed() -> str:
        taking = Taking.of_code(loop.code, ())
        await_final(loop.renhe, refuse(loop.renhe, taking, reason="not_entitled"))
        return "final"

    story.tell(
        "the first claim once more, at the other pharmacy",
        "第一个份额在另一药店再次发药",
        "409 claims-used",
        lambda: dispense(loop.renhe, loop.request(0, PACKS[1])).noun,
    )
    story.tell("its pharmacist signs that he refused", "该药店药师签署拒绝记录", "final", refusal_signed)


def _fetch_and_dispense(loop: Loop, request: DispensingRequest) -> str:
    prescription = loop.prescription
    receive(loop.renhe, loop.code)
    review(loop.renhe, prescription.institution, prescription.id)
    return dispense(loop.renhe, request).noun


def tell_settlement(story: Story, loop: Loop) -> None:
    """The insurer pays for what is on record, once."""
    adjudicator = loop.stage.person(GAO)

    def billed() -> str:
        dispensed = _get(loop.dispensed)
        await_final(loop.kangning, dispensed)
        loop.request_id = request_settlement(loop.kangning, dispensed.id)
        return "verified by the insurer"

    def paid(cash_minor: int = CASH_MINOR) -> str:
        shares = Shares(0, FUND_MINOR, ACCOUNT_MINOR, cash_minor)
        loop.settled = settle(adjudicator, loop.request_id, [shares])
        outcome = await_outcome(adjudicator, loop.settled)
        return f"{outcome}; {loop.claim_stands(_get(loop.dispensed))}"

    story.tell("the pharmacy bills the insurer", "药店向医保申请结算", "verified by the insurer", billed)
    story.tell(
        "shares that don't add up to the charge",
        "分摊之和与费用不符",
        "422 settlement-invalid",
        lambda: paid(CASH_MINOR + 1),
    )
    story.tell(
        "the adjudicator settles: fund, account, cash",
        "结算审核员结算：统筹、账户、现金",
        "done; settled, restored 0 times",
        paid,
    )
    story.tell(
        "the same bill settled once more",
        "同一账单再次结算",
        "409 settlement-request-answered",
        paid,
    )


def tell_undoing(story: Story, loop: Loop) -> None:
    """What is settled is taken back before it is returned; then it is a new right, by the same code."""
    adjudicator = loop.stage.person(GAO)

    def reversed_() -> str:
        accepted = reverse(adjudicator, _get(loop.settled).id, reason="billing_error")
        return f"{await_outcome(adjudicator, accepted)}; {loop.claim_stands(_get(loop.dispensed))}"

    def returned() -> str:
        accepted = restore(loop.kangning, _get(loop.dispensed).id)
        return f"{await_outcome(loop.kangning, accepted)}; {loop.claim_stands(_get(loop.dispensed))}"

    def dispensed_again() -> str:
        accepted = dispense(loop.kangning, loop.request(0, PACKS[0]))
        return f"{await_outcome(loop.kangning, accepted)}; {loop.claim_stands(accepted)}"

    story.tell("a return while it is settled", "结算未冲正即退药", "409 claims-settled", returned)
    story.tell("the settlement is taken back", "结算冲正", "done; dispensed, restored 0 times", reversed_)
    story.tell("now it can be returned", "随后可以退药", "done; unused, restored 1 times", returned)
    story.tell(
        "and dispensed again: a new right, by the same code",
        "退药后凭同一取药码再次发药",
        "done; dispensed, restored 1 times",
        dispensed_again,
    )


def _get(accepted: Accepted | None) -> Accepted:
    if accepted is None:
        raise ValueError("an earlier act of the story is missing")
    return accepted
