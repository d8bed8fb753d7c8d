"""How an entry's claims stand, asked of the chain as of one block."""

from collections.abc import Sequence

from ledger_api.evidence.one_look import OneLook
from ledger_api.nodes.errors import build_refusal
from ledger_chain.errors import ChainError
from ledger_proofs.bundles import ClaimStatement, StatedWord
from ledger_proofs.chain_view import ChainView
from ledger_proofs.eip712 import word
from ledger_proofs.types import ClaimKey, Hash


def ask_claim_words(reader: ChainView, claims: Sequence[ClaimKey]) -> ClaimStatement:
    """Return the claims' words as of the latest block. Raises what a look does."""
    try:
        if isinstance(reader, OneLook):
            reader.expect_claims(claims)
        block = reader.block_number()
        words = [StatedWord(claim, Hash(word(reader.claim_word(claim, block)))) for claim in claims]
    except ChainError as fault:
        raise build_refusal(fault) from None
    return ClaimStatement(block, tuple(words))
