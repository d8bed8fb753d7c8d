"""Is the node's chain still the trusted and pinned one? Asked at the start of every round.

Compared: chain id, block 0, the contracts' code and wiring, as the trust file and this version have them; the
pinned blocks; and the height, which must not be below the pinned one. Then the latest block is pinned.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger_chain.contracts import ContractName, get_artifact
from ledger_chain.errors import BadAnswer, ContractMismatch
from ledger_proofs.json_members import to_hex
from ledger_proofs.qbft import SealedHeader, recover_sealers
from ledger_proofs.reports import Comparison
from ledger_proofs.types import MAX_JSON_INTEGER
from ledger_web.clock import Clock
from ledger_web.database import Database
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.mirror.models import PinnedBlock
from regulator_portal.mirror.node import Node
from regulator_portal.mirror.repository import MirrorRepository

PINS_OF_A_ROUND = 3
"""How many of the latest pinned blocks a round asks for: each block's hash binds all blocks before it."""
CHAIN_CODES = (FindingCode.CHAIN_REPLACED, FindingCode.CHAIN_ROLLED_BACK)


@dataclass(frozen=True)
class CheckedChain:
    """The block as of which a round speaks, or what speaks against the chain; then nothing else is asked.

    `header`: the block's, where validators seal the chain and it was held to their seals. `noted`: what was
    found of nodes that leaves the chain trusted.
    """

    block_number: int
    block_hash: bytes
    found: tuple[Found, ...]
    header: SealedHeader | None = None
    noted: tuple[Found, ...] = ()

    @property
    def is_trusted(self) -> bool:
        """Whether the chain is the one that was trusted and pinned."""
        return not self.found


def check_chain(node: Node, pins: list[PinnedBlock]) -> CheckedChain:
    """Compare the node's chain with the trust and the pins. Raises `ChainError` where it can't be asked."""
    height = node.reader.block_number()
    if height > MAX_JSON_INTEGER:
        raise BadAnswer("The node states a height that no chain can have.")
    replaced = [each for each in _compare_identity(node, pins, height) if each.expected != each.observed]
    found = []
    if replaced:
        found.append(Found(FindingCode.CHAIN_REPLACED, None, None, tuple(replaced), height))
    pinned_height = max((pin.number for pin in pins), default=0)
    if height < pinned_height:
        shorter = Comparison("height of the chain", f"at least {pinned_height}", str(height))
        found.append(Found(FindingCode.CHAIN_ROLLED_BACK, None, None, (shorter,), height))
    return CheckedChain(height, node.reader.block_hash(height), tuple(found))


def keep_chain_check(database: Database, clock: Clock, checked: CheckedChain, check: str) -> None:
    """Keep what came of it: findings noted or closed, and the latest block pinned if the chain is trusted."""
    with database.writing() as session:
        findings = FindingRepository(session, clock)
        for found in (*checked.found, *checked.noted):
            findings.note(found, check)
        findings.close_unseen(None, CHAIN_CODES, check)
        mirror = MirrorRepository(session)
        if checked.is_trusted and mirror.find_block(checked.block_number) is None:
            mirror.add(
                PinnedBlock(
                    number=checked.block_number,
                    hash=checked.block_hash,
                    pinned_at=clock(),
                    is_sealed=checked.header is not None,
                    sealers=list_sealers(checked.header),
                )
            )


def list_sealers(header: SealedHeader | None) -> list[str] | None:
    """List the accounts that sealed a header whose seals count; None where there is none."""
    return None if header is None else [to_hex(each) for each in recover_sealers(header)]


def _compare_identity(node: Node, pins: list[PinnedBlock], height: int) -> Iterator[Comparison]:
    yield Comparison("chain id", str(node.trust.chain_id), str(node.reader.chain_id()))
    yield Comparison("hash of block 0", to_hex(node.trust.genesis_hash), to_hex(node.reader.genesis_hash()))
    for pin in pins:
        if pin.number <= height:
            observed = node.reader.block_hash(pin.number)
            yield Comparison(f"hash of block {pin.number}", to_hex(pin.hash), to_hex(observed))
    for contract, address in node.contracts().items():
        expected = "this version's code"
        observed_code = expected if _is_ours(node, contract) else "other code, or none"
        yield Comparison(f"{contract} at {to_hex(address)}", expected, observed_code)
    yield from _compare_wiring(node)


def _is_ours(node: Node, contract: ContractName) -> bool:
    try:
        get_artifact(contract).verify_code(node.code_at(node.contracts()[contract]))
    except ContractMismatch:
        return False
    return True


def _compare_wiring(node: Node) -> Iterator[Comparison]:
    trust = node.trust
    for contract, function, expected in (
        (ContractName.CHECKPOINT_LOG, "directory", trust.directory),
        (ContractName.CLAIM_REGISTER, "directory", trust.directory),
        (ContractName.CLAIM_REGISTER, "checkpointLog", trust.checkpoint_log),
    ):
        try:
            observed = to_hex(node.contract_named_by(contract, function))
        except ContractMismatch:
            observed = "no answer"
        yield Comparison(f"{function} of {contract}", to_hex(expected), observed)
