"""A chain made anew in the place of the old one: same id, same first block, same contracts and addresses.

Whoever owns every node of a chain can do this. The people, keys and logs are entered anew, with one entry
less. Nothing on the new chain contradicts itself: only what somebody else kept of the old one does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import col, select
from web3 import Web3

from ledger_api.anchoring.models import LogCheckpoint
from ledger_api.anchoring.node import NodeChain
from ledger_api.anchoring.repository import RECORDED
from ledger_chain.connection import ask, connect
from ledger_chain.deployment import Authority, Deployment, deploy
from ledger_chain.development_keys import address_of, authority_members, deployer
from ledger_chain.engines import GanacheEngine
from ledger_chain.reader import ChainReader
from ledger_cli.attacks.insider import Insider
from ledger_cli.attacks.stage import Stage
from ledger_cli.embedded.enrolment import AUTHORITY_THRESHOLD, GRANT_DELAY_SECONDS
from ledger_cli.errors import CouldNotCheck
from ledger_proofs import merkle
from ledger_proofs.types import Hash, log_id

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class ReplacedChain:
    """The new chain: where it answers, and how its logs stand against the old one's (old size, new size)."""

    rpc_url: str
    deployment: Deployment
    sizes: dict[int, tuple[int, int]]


class BackdatedEngine(GanacheEngine):
    """Ganache whose first block is of a given time: with the same settings, it is the same first block."""

    def __init__(self, home: Path, chain_id: int, first_block_at: int) -> None:
        super().__init__(home, chain_id=chain_id)
        self._first_block_at = first_block_at

    def build_command(self, port: int) -> list[str]:
        """Ganache, told when its first block is."""
        begins = datetime.fromtimestamp(self._first_block_at, UTC).isoformat().replace("+00:00", "Z")
        return [*super().build_command(port), "--chain.time", begins]


@contextmanager
def replaced_chain(stage: Stage, shortened: int) -> Iterator[ReplacedChain]:
    """Make the chain anew beside the running one; the log `shortened` loses its last entry."""
    old, deployment = stage.reader, stage.stack.deployment
    with (
        tempfile.TemporaryDirectory(prefix="rxledger-replaced-") as folder,
        BackdatedEngine(Path(folder), deployment.chain_id, old.block_time(0)) as engine,
    ):
        w3 = connect(engine.rpc_url, TIMEOUT_SECONDS)
        members = authority_members()
        stage.note("deploying the same contracts at the same addresses", "在相同地址部署相同的合约")
        anew = deploy(
            w3, [address_of(each) for each in members], AUTHORITY_THRESHOLD, GRANT_DELAY_SECONDS, deployer()
        )
        authority = Authority(w3, anew, members)
        authority.bind_checkpoint_log()
        stage.note("enrolling the same institutions and people", "登记相同的机构与人员")
        _enrol_again(old, authority)
        stage.note("anchoring the logs anew, one entry short", "重新锚定各日志，但少一个条目")
        sizes = _anchor_again(stage.insider, old, engine.rpc_url, anew, shortened)
        _grow_to(w3, engine.rpc_url, old.block_number() + 1)
        yield ReplacedChain(engine.rpc_url, anew, sizes)


def _enrol_again(old: ChainReader, authority: Authority) -> None:
    now = old.block_time(old.block_number())
    for number in old.institutions():
        state, account = old.institution_at(number, now), old.find_account(number)
        if state is None or account is None:
            continue
        authority.register_institution(number, int(state.roles), account)
        for credential in old.credentials(number):
            if credential.revoked_from is None:
                authority.grant_credential(credential.holder, number, credential.role)


def _anchor_again(
    insider: Insider, old: ChainReader, rpc_url: str, anew: Deployment, shortened: int
) -> dict[int, tuple[int, int]]:
    node = NodeChain(rpc_url, anew)
    sizes: dict[int, tuple[int, int]] = {}
    for institution in old.institutions():
        log = log_id(institution, 1)
        head = old.head(log)
        if head is None:
            continue
        leaves = insider.list_leaves(log, head.size - (log == shortened))
        previous = 0
        for size in _list_sizes(insider, log, len(leaves)):
            proof = merkle.consistency_proof(leaves[:size], previous) if previous else []
            receipt, _ = insider.anchor(node, log, size, merkle.root(leaves[:size]), list[Hash](proof))
            if not receipt.succeeded:
                raise CouldNotCheck(
                    "attack.not_anchored",
                    f"the new chain didn't take log {log} at size {size}",
                    f"新链未接受日志 {log} 在大小 {size} 的检查点",
                )
            previous = size
        sizes[log] = (head.size, len(leaves))
    return sizes


def _list_sizes(insider: Insider, log: int, largest: int) -> Sequence[int]:
    """The sizes at which the log was anchored, as far as it goes now."""
    with insider.database.reading() as session:
        anchored = session.exec(
            select(LogCheckpoint.size)
            .where(
                LogCheckpoint.log == log,
                col(LogCheckpoint.size) < largest,
                col(LogCheckpoint.state).in_(RECORDED),
            )
            .order_by(col(LogCheckpoint.size))
        ).all()
    return [*anchored, largest] if largest else []


def _grow_to(w3: Web3, rpc_url: str, height: int) -> None:
    """Add empty blocks, so that the new chain is no shorter than the old one."""
    while w3.eth.block_number < height:
        ask(w3, rpc_url, "evm_mine", [])
