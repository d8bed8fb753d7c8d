"""How the claims of a use stand on the chain: what a payer's act needs, asked before the act is prepared."""

from collections.abc import Sequence

from ledger_api.evidence.claim_words import ask_claim_words
from ledger_api.settlements.errors import ClaimsStandOtherwise
from ledger_chain.items import Spend
from ledger_proofs.chain_view import ChainView
from ledger_proofs.claims import ClaimStatus, ClaimWord, use_digest
from ledger_proofs.types import ClaimKey


def verify_standing(
    chain: ChainView, spend: Spend, status: ClaimStatus, claims: Sequence[ClaimKey] | None = None
) -> int:
    """Check that claims of a use (all, unless some are named) have a status, by that very use.

    Returns the block as of which that is so. Raises ClaimsStandOtherwise or ChainSilent.
    """
    digest = use_digest(spend.into, spend.use_hash(), spend.spender, spend.time)
    wanted = {each.claim: each.restore_count for each in spend.claims}
    asked = list(wanted) if claims is None else list(claims)
    stated = ask_claim_words(chain, asked)
    for each in stated.words:
        if each.word != ClaimWord(status, wanted[each.claim], digest).to_bytes():
            raise ClaimsStandOtherwise(stated.as_of_block)
    return stated.as_of_block


def positions_of(spend: Spend, claims: Sequence[ClaimKey]) -> tuple[int, ...]:
    """Return the places of claims in a use's list, ascending: the chain's `moves`."""
    places = {each.claim: place for place, each in enumerate(spend.claims)}
    return tuple(sorted(places[claim] for claim in claims))
