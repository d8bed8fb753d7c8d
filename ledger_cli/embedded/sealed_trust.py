"""The trust file of a stack on a network of others: it also names the validators, where the chain has any.

So the stack's gateways and portal hold their nodes to the validators' seals, as on a real network.
"""

from __future__ import annotations

from ledger_chain.deployment import Deployment
from ledger_chain.proven_reading import TrustOutdated, find_proven_reading
from ledger_chain.reader import ChainReader
from ledger_chain.validator_history import NotSealed, continue_history, pin_history
from ledger_cli.embedded.home import Home, write_whole
from ledger_cli.pinned_files import TrustFile, read_pinned, trust_file_text
from ledger_proofs.chain_view import Trust


def pin_validators(home: Home, deployment: Deployment, rpc_url: str) -> None:
    """Bring the home's trust file to what the node says, if it says otherwise.

    Headers are read one by one, so that is done at the first start and after a change of validators.
    """
    reader, pinned = ChainReader(rpc_url, deployment), read_pinned(TrustFile, home.trust)
    trust = pinned.trust()
    if _is_current(reader, trust):
        return
    try:
        history = continue_history(reader, trust)
    except NotSealed:
        return  # a development chain of somebody else: there is nobody to name
    write_whole(home.trust, trust_file_text(pin_history(reader, trust, history), pinned.note))


def _is_current(reader: ChainReader, trust: Trust) -> bool:
    proven = find_proven_reading(reader, trust)
    if proven is None:
        return False
    try:
        proven.header_at(reader.block_number())
    except TrustOutdated:
        return False
    return True
