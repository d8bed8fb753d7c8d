"""What every check of a log works with, and how a check says that it couldn't be made."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from ledger_chain.errors import ChainError
from ledger_chain.proven_reading import ProvenReading, find_proven_reading
from ledger_chain.reader import ChainReader
from ledger_proofs.kinds import DAY_SECONDS
from ledger_web.clock import Clock
from ledger_web.database import Database
from regulator_portal.mirror.node import Node
from regulator_portal.sources.errors import GatewayFault
from regulator_portal.sources.files import Sources
from regulator_portal.sources.gateway import GatewayClient, Gateways
from regulator_portal.trust import PinnedTrust


class CouldNotCheck(Exception):
    """Nothing can be said: neither passed nor failed. `code` is stable; `en` and `zh` say why."""

    def __init__(self, code: str, en: str, zh: str) -> None:
        super().__init__(en)
        self.code = code
        self.en = en
        self.zh = zh


PREDECESSOR_BEHIND = (
    "mirror.predecessor_behind",
    "The log that this one continues isn't mirrored up to the cut yet.",
    "本日志所延续的日志尚未镜像至断点。",
)


@dataclass(frozen=True)
class RuleSettings:
    """What the rules about linked records are told.

    `zone`: by whose calendar days are counted; `record_grace_seconds`: how long an act and its signed record
    may wait for each other before the one that is missing is a finding; `stale_seconds`: how old a sealed
    chain's latest block may be, and how far two nodes' may be apart.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    record_grace_seconds: int = DAY_SECONDS
    stale_seconds: int = 900


@dataclass(frozen=True)
class Tools:
    """The parts that checks are made with. `others`: nodes of other people, each of one address."""

    database: Database
    clock: Clock
    trust: PinnedTrust
    node: Node
    sources: Sources
    gateways: Gateways
    rules: RuleSettings = field(default_factory=RuleSettings)
    others: tuple[ChainReader, ...] = ()

    def find_proven(self) -> ProvenReading | None:
        """Return a reading of the own node by proofs, None where the trust file names no validators."""
        return find_proven_reading(self.node.reader, self.trust.trust)

    def client_of(self, institution: int) -> GatewayClient:
        """Return the client of an institution's gateway. Raises CouldNotCheck where none is known."""
        source = self.sources.find(institution)
        if source is None:
            raise CouldNotCheck(
                "source.missing",
                "The sources file names no gateway for this institution.",
                "来源文件中没有该机构的网关。",
            )
        return self.gateways.client_of(source)


_CHAIN_WORDS = {
    "chain-unreachable": ("The regulator's own node doesn't answer.", "本方节点没有响应。"),
    "chain-bad-answer": (
        "The regulator's own node gave an answer that can't be right.",
        "本方节点的应答不可能正确。",
    ),
    "validators.trust_outdated": (
        "The node's latest block lists other validators than the trust file: renew the file, which fails"
        " where the node lies.",
        "节点的最新区块所列验证节点与信任文件不同：请更新信任文件；若节点说谎，更新将失败。",
    ),
    "chain-contract-mismatch": (
        "No contract of this version answers at the trusted address.",
        "所信任的地址上没有本版本的合约应答。",
    ),
}


def explain_fault(fault: ChainError | GatewayFault | CouldNotCheck) -> CouldNotCheck:
    """Say in both languages why a check couldn't be made."""
    if isinstance(fault, CouldNotCheck):
        return fault
    if isinstance(fault, GatewayFault):
        return CouldNotCheck(fault.code, fault.en, fault.zh)
    en, zh = _CHAIN_WORDS.get(
        fault.code, ("The chain couldn't be asked as it should.", "未能如常查询区块链。")
    )
    return CouldNotCheck(fault.code, en, zh)
