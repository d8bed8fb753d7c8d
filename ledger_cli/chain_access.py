"""The chain as the command line reads it: through any node, of the deployment that a trust file pins."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ledger_cli.errors import Refused
from ledger_cli.pinned_files import PinnedChain
from ledger_proofs.types import Address

if TYPE_CHECKING:
    from ledger_chain.reader import ChainReader

NOT_NEEDED = Address(bytes(20))
"""A verifier asks nothing of the authority, so a trust file doesn't pin it."""


def open_chain(rpc_url: str, pinned: PinnedChain) -> ChainReader:
    """A reader of the pinned contracts; nothing is asked yet. Raises `Refused` for no node's address."""
    verify_node_address(rpc_url)
    # An offline verification needs no chain library, which takes a second to load.
    from ledger_chain.deployment import Deployment
    from ledger_chain.reader import ChainReader

    trust = pinned.trust()
    deployment = Deployment(
        chain_id=trust.chain_id,
        genesis_hash=trust.genesis_hash,
        authority=NOT_NEEDED,
        directory=trust.directory,
        checkpoint_log=trust.checkpoint_log,
        claim_register=trust.claim_register,
        block=0,
    )
    return ChainReader(rpc_url, deployment)


def verify_node_address(rpc_url: str) -> None:
    """Raise `Refused` unless this is an http(s) address."""
    try:
        parts = urlsplit(rpc_url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        raise Refused(
            "rpc.address",
            "--rpc takes a node's address, such as http://127.0.0.1:8545",
            "--rpc 应为节点地址，例如 http://127.0.0.1:8545",
        )
