"""Whether a prepared dispensing's claims are still unused when it is submitted."""

from ledger_api.audit.service import AuditTrail
from ledger_api.dispenses.errors import ClaimsUsed
from ledger_api.dispenses.plan import plan_from_json
from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.network import ChainSilent
from ledger_api.signing.endpoints import Signing
from ledger_api.signing.errors import PreparationNotFound
from ledger_api.signing.repository import PreparationRepository
from ledger_proofs.claims import ClaimStatus, parse_claim_word


def verify_still_unused(signing: Signing, preparation_id: str) -> None:
    """Refuse a dispensing that the chain is known to refuse: nobody need sign a refusal after it.

    A chain that doesn't answer is not waited for, as it decides in any case. Raises ClaimsUsed.
    """
    parts = signing.parts
    with parts.database.reading() as session:
        author_id, tenant = signing.principal.id, signing.principal.institution
        preparation = PreparationRepository(session).find_own(tenant, author_id, preparation_id)
        if preparation is None or preparation.submitted_at is not None:
            return
        trail = AuditTrail(session, parts.clock, "")
        reading = Signing(signing.noun, parts, session, trail, signing.principal)
        try:
            prepared = reading.service.recall(reading.get_author(), preparation_id)
        except PreparationNotFound:
            return
    plan = plan_from_json(prepared.context.get("plan"))
    if parts.network is None:
        return
    try:
        stated = ask_claim_words(parts.network.reader, [each.claim for each in plan.claims])
    except ChainSilent:
        return
    for planned, each in zip(plan.claims, stated.words, strict=True):
        if parse_claim_word(each.word).status is not ClaimStatus.UNUSED:
            raise ClaimsUsed(planned.prescription, [planned.ordinal])
