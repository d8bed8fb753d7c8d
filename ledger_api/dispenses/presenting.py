"""The presentations that hand a dispensing's claims over: exactly those needed, each by its holder."""

from collections.abc import Mapping, Sequence

from ledger_api.dispenses.errors import HandoverRefused, PresentationsIncomplete
from ledger_api.dispenses.plan import DispensingPlan, PlannedClaim, Presented
from ledger_api.dispenses.schemas import ClaimPresentation, PresentationToSign
from ledger_proofs.eip712 import Domain, Presentation, Use
from ledger_proofs.errors import SignatureInvalid
from ledger_proofs.json_members import to_hex
from ledger_proofs.presentations import verify_presentation
from ledger_proofs.types import Commitment
from ledger_web.errors import FieldProblem

LEAST_SECONDS = 30
"""A presentation has to be good for so long yet: else the chain would come to it too late."""


def list_to_sign(plan: DispensingPlan, use: Use, into: Commitment) -> list[PresentationToSign]:
    """Return what each claim's key has to sign."""
    return [
        PresentationToSign(
            prescription=each.prescription,
            ordinal=each.ordinal,
            claim=to_hex(each.claim),
            restore_count=each.restore_count,
            spender=use.spender,
            use_hash=to_hex(use.struct_hash()),
            into=to_hex(into),
            max_deadline=plan.max_deadline,
        )
        for each in plan.to_present
    ]


def read_presentations(
    plan: DispensingPlan,
    use: Use,
    into: Commitment,
    presentations: Sequence[ClaimPresentation],
    *,
    domain: Domain,
    now: int,
) -> dict[bytes, Presented]:
    """Return the presentations by claim key. Raises PresentationsIncomplete or HandoverRefused."""
    wanted = {bytes(each.claim): each for each in plan.to_present}
    _verify_complete(wanted, presentations, now + LEAST_SECONDS, plan.max_deadline)
    presented = {}
    for place, each in enumerate(presentations):
        claim = bytes.fromhex(each.claim[2:])
        planned, signature = wanted[claim], bytes.fromhex(each.signature[2:])
        _verify_signed(place, planned, use, into, Presented(each.deadline, signature), domain, now)
        presented[claim] = Presented(each.deadline, signature)
    return presented


def _verify_complete(
    wanted: Mapping[bytes, PlannedClaim],
    presentations: Sequence[ClaimPresentation],
    earliest: int,
    latest: int,
) -> None:
    faults = []
    seen: set[bytes] = set()
    for place, each in enumerate(presentations):
        claim = bytes.fromhex(each.claim[2:])
        if claim not in wanted or claim in seen:
            faults.append(
                FieldProblem(
                    f"/presentations/{place}/claim",
                    "is none of the claims to present, or stands there twice",
                    "不是须出示的份额，或重复",
                    "claim_unknown",
                )
            )
        if not earliest <= each.deadline <= latest:
            faults.append(
                FieldProblem(
                    f"/presentations/{place}/deadline",
                    f"must be from {earliest} to {latest} (Unix seconds)",
                    f"须在 {earliest} 与 {latest} 之间（Unix 秒）",
                    "deadline",
                )
            )
        seen.add(claim)
    missing = len(wanted.keys() - seen)
    if missing:
        faults.append(
            FieldProblem("/presentations", f"{missing} are missing", f"缺少 {missing} 个出示签名", "missing")
        )
    if faults:
        raise PresentationsIncomplete(faults)


def _verify_signed(
    place: int,
    planned: PlannedClaim,
    use: Use,
    into: Commitment,
    presented: Presented,
    domain: Domain,
    now: int,
) -> None:
    stated = Presentation(
        planned.claim, planned.restore_count, use.spender, use.struct_hash(), into, presented.deadline
    )
    try:
        verify_presentation(stated, domain, presented.signature, planned.holder or b"", now)
    except SignatureInvalid as fault:
        raise HandoverRefused(place, fault.code) from None
