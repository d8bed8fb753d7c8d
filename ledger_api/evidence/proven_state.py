"""Bundles that need no node: with what the contracts held, proven as of the block that the claims name."""

from dataclasses import replace

from ledger_api.network import ChainSilent
from ledger_chain.errors import ChainError
from ledger_chain.reader import ChainReader
from ledger_chain.state_witness import find_state_proof
from ledger_proofs.bundles import Bundle


def with_state(reader: ChainReader, bundle: Bundle) -> Bundle:
    """Return the bundle with the chain's proven state; unchanged where the chain can't prove any.

    Raises ChainSilent when the node doesn't answer.
    """
    try:
        return replace(bundle, state=find_state_proof(reader, bundle))
    except ChainError:
        raise ChainSilent from None
