"""Whether a prepared dispensing's claims are still unused when it is submitted."""

from ledger_api.dispenses.errors import ClaimsUsed
from ledger_api.dispenses.plan import plan_from_json
from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.network import ChainSilent
from ledger_api.signing.endpoints import Signing
from ledger_api.signing.looking_ahead import find_unsubmitted
from ledger_proofs.claims import ClaimStatus, parse_claim_word


def verify_still_unused(signing: Signing, preparation_id: str) -> None:
    """Refuse a dispensing that the chain is known to refuse: nobody need sign a refusal after it.

    A chain that doesn't answer is not waited for, as it decides in any case. Raises ClaimsUsed.
    """
    prepared, network = find_unsubmitted(signing, preparation_id), signing.parts.network
    if prepared is None or network is None:
        return
    plan = plan_from_json(prepared.context.get("plan"))
    try:
        stated = ask_claim_words(network.look(), [each.claim for each in plan.claims])
    except ChainSilent:
        return
    for planned, each in zip(plan.claims, stated.words, strict=True):
        if parse_claim_word(each.word).status is not ClaimStatus.UNUSED:
            raise ClaimsUsed(planned.prescription, [planned.ordinal])
