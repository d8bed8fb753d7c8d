"""A copy of the running chain, taken this moment, for what can't be taken back.

What is anchored stays for ever: that is the point. So an insider's entry that the running log must not keep
is anchored on a copy: the same genesis, blocks, contracts, people and keys, and from here on blocks of its
own (anvil, forking the running node). Its clock can be moved forward, which that of the real chain can't.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger_api.anchoring.node import NodeChain
from ledger_api.evidence.claim_words import ask_claim_words
from ledger_chain.connection import ask, connect
from ledger_chain.deployment import Deployment
from ledger_chain.engines import AnvilEngine
from ledger_chain.reader import ChainReader
from ledger_cli.attacks.insider import Insider
from ledger_cli.attacks.stage import OpenPreparation, Stage
from ledger_cli.errors import CouldNotCheck
from ledger_proofs import merkle
from ledger_proofs.bundle_proofs import Anchor
from ledger_proofs.bundles import Bundle, Inclusion, SignedAuthorship
from ledger_proofs.claims import claim_key
from ledger_proofs.commitments import build_commitment, build_disclosure
from ledger_proofs.entries import Entry
from ledger_proofs.reports import Report
from ledger_proofs.signatures import author_hash
from ledger_proofs.types import Address, ClaimKey, Hash, InstitutionNumber, LogId, Signature
from ledger_proofs.verifier import verify_bundle

CHAIN_TIMEOUT_SECONDS = 20.0


class ForkingEngine(AnvilEngine):
    """Anvil that goes on from another node's latest block."""

    def __init__(self, home: Path, forked_url: str, chain_id: int) -> None:
        super().__init__(home, chain_id=chain_id)
        self._forked_url = forked_url

    def build_command(self, port: int) -> list[str]:
        """Anvil, told where to fork from, and to keep nothing of it in the user's own folders."""
        return [*super().build_command(port), "--fork-url", self._forked_url, "--no-storage-caching"]


@dataclass(frozen=True)
class ChainCopy:
    """The copy: where it answers, and how it is read and written."""

    rpc_url: str
    deployment: Deployment
    reader: ChainReader
    node: NodeChain

    def pass_time(self, seconds: int) -> None:
        """Let so much time pass on the copy."""
        w3 = connect(self.rpc_url, CHAIN_TIMEOUT_SECONDS)
        ask(w3, self.rpc_url, "evm_increaseTime", [seconds])
        ask(w3, self.rpc_url, "evm_mine", [])

    def replace_code(self, address: Address, code: bytes) -> None:
        """Put other code in a contract's place, which only a copy lets anybody do."""
        w3 = connect(self.rpc_url, CHAIN_TIMEOUT_SECONDS)
        ask(w3, self.rpc_url, "anvil_setCode", ["0x" + address.hex(), "0x" + code.hex()])


@contextmanager
def copied_chain(stage: Stage) -> Iterator[ChainCopy]:
    """Start a copy of the stage's chain, and end it."""
    deployment = stage.stack.deployment
    with (
        tempfile.TemporaryDirectory(prefix="rxledger-copy-") as folder,
        ForkingEngine(Path(folder), stage.rpc_url, deployment.chain_id) as engine,
    ):
        url = engine.rpc_url
        reader = ChainReader(url, deployment, CHAIN_TIMEOUT_SECONDS)
        yield ChainCopy(url, deployment, reader, NodeChain(url, deployment))


def anchor_on_copy(
    copy: ChainCopy,
    insider: Insider,
    log: LogId,
    prepared: OpenPreparation,
    signature: bytes,
    signer: Address,
) -> Bundle:
    """Log and anchor a record on the copy as the institution would, asking nobody; its evidence bundle."""
    act = prepared.checked.authorships[0]
    entry = Entry(
        kind=act.kind,
        record=act.record,
        author=author_hash(signature),
        claim_count=act.claim_count,
        not_before=act.not_before,
        not_after=act.not_after,
        terms=act.terms,
    )
    head = copy.reader.head(log)
    index = head.size if head is not None else 0
    leaves = [*insider.list_leaves(log, index), entry.leaf_hash()]
    proof = merkle.consistency_proof(leaves, index) if index else []
    receipt, checkpoint = insider.anchor(copy.node, log, index + 1, merkle.root(leaves), proof)
    if checkpoint is None:
        raise CouldNotCheck(
            "attack.not_anchored",
            "the contract didn't take the institution's checkpoint",
            "合约未接受该检查点",
        )
    committed = build_commitment(prepared.checked.record.as_json(), prepared.record_key)
    return Bundle(
        commitment=act.record,
        disclosure=build_disclosure(committed),
        entry=entry,
        authorship=SignedAuthorship(
            InstitutionNumber(act.institution), act.signed_at, Signature(signature), signer
        ),
        inclusion=Inclusion(log, index, index + 1, tuple(merkle.inclusion_proof(leaves, index))),
        checkpoint=checkpoint,
        anchor=_state_anchor(copy, receipt.transaction_hash, receipt.block_number, receipt.block_hash),
        claims=ask_claim_words(copy.reader, _list_claims(entry, act.institution)),
    )


def verify_on_copy(copy: ChainCopy, stage: Stage, bundle: Bundle) -> Report:
    """Verify through the copy, with the trust file of the real chain: it is the same up to the fork."""
    return verify_bundle(bundle, stage.trust, copy.reader)


def _state_anchor(copy: ChainCopy, transaction: Hash, number: int, block_hash: Hash) -> Anchor:
    deployment = copy.deployment
    return Anchor(
        chain_id=deployment.chain_id,
        genesis_hash=deployment.genesis_hash,
        directory=deployment.directory,
        checkpoint_log=deployment.checkpoint_log,
        claim_register=deployment.claim_register,
        transaction_hash=transaction,
        block_number=number,
        block_hash=block_hash,
        header=copy.reader.block_header_rlp(number),
        account_proof=None,
        storage_proofs=None,
    )


def _list_claims(entry: Entry, institution: int) -> list[ClaimKey]:
    return [
        claim_key(institution, entry.kind, entry.record, entry.not_before, ordinal)
        for ordinal in range(entry.claim_count)
    ]
