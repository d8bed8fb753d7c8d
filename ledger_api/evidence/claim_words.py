"""How an entry's claims stand, asked of the chain as of one block."""

from collections.abc import Sequence

from ledger_api.network import ChainSilent
from ledger_chain.errors import ChainError
from ledger_proofs.bundles import ClaimStatement, StatedWord
from ledger_proofs.chain_view import ChainView
from ledger_proofs.eip712 import word
from ledger_proofs.types import ClaimKey, Hash


def ask_claim_words(reader: ChainView, claims: Sequence[ClaimKey]) -> ClaimStatement:
    """Return the claims' words as of the latest block. Raises ChainSilent when the node doesn't answer."""
    try:
        block = reader.block_number()
        words = [StatedWord(claim, Hash(word(reader.claim_word(claim, block)))) for claim in claims]
    except ChainError:
        raise ChainSilent from None
    return ClaimStatement(block, tuple(words))
