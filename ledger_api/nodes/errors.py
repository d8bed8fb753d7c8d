"""What the gateway says where its own node's word doesn't hold: the node's fault, never the sender's."""

from ledger_chain.errors import ChainError, ChainUnreachable
from ledger_chain.proven_reading import NodeLies, TrustOutdated
from ledger_chain.reader_faults import ReaderBadAnswer
from ledger_web.errors import Unavailable


class ChainSilent(Unavailable):
    """The node doesn't answer, and this request needs it."""

    code = "chain-unreachable"
    title = "The chain does not answer"
    title_zh = "区块链节点无响应"

    def __init__(self) -> None:
        super().__init__(
            "This answer says how things stand on the chain, and its node doesn't answer now. Nothing is"
            " lost; ask again later.",
            "本结果须反映链上状态，而节点目前无响应。没有任何数据丢失；请稍后再试。",
            retry_after_seconds=5,
        )


class NodeNotProven(Unavailable):
    """What this gateway's own node says isn't what the validators' seals prove."""

    code = "node-not-proven"
    title = "This gateway's own chain node is not to be believed"
    title_zh = "本网关自己的链节点不可信"

    def __init__(self, block: int) -> None:
        super().__init__(
            f"What the node says as of block {block} isn't what that block's seals prove. Nothing was"
            " decided, and it says nothing against whoever sent this. The operator compares it with another"
            " node and sets RXLEDGER_RPC_URL to a node that proves what it says (docs/operations.md).",
            f"节点就区块 {block} 所作的答复与该区块的封签所证明的不符。未作任何判定，也不说明发送方有问题。"
            "请运维人员将该节点与其他节点对照，并把 RXLEDGER_RPC_URL 改为答复可获证明的节点"
            "（见 docs/operations.md）。",
            retry_after_seconds=30,
        )


class NodeStale(Unavailable):
    """The own node's latest block is too old to decide by, or older than one that it showed before."""

    code = "node-stale"
    title = "This gateway's own chain node shows an old state"
    title_zh = "本网关自己的链节点状态陈旧"

    def __init__(self, block: int) -> None:
        super().__init__(
            f"The node's latest block is {block}, which is too old to decide by: the node hangs, shows an old"
            " state, or the chain halts. Nothing was decided. The operator compares it with another node, and"
            " sets RXLEDGER_RPC_URL to one that goes on (docs/operations.md).",
            f"节点的最新区块为 {block}，过于陈旧，不能据以判定：节点停滞、出示旧状态，或链已停止。"
            "未作任何判定。请运维人员将其与其他节点对照，并把 RXLEDGER_RPC_URL 改为仍在推进的节点"
            "（见 docs/operations.md）。",
            retry_after_seconds=30,
        )


class TrustFileOutdated(Unavailable):
    """The node's latest block lists other validators than the trust file: they changed, or the node lies."""

    code = "trust-outdated"
    title = "The trust file doesn't know the latest block's validators"
    title_zh = "信任文件未列最新区块的验证节点"

    def __init__(self) -> None:
        super().__init__(
            "The node's latest block lists other validators than the trust file, so nothing can be proven by"
            " it. The operator renews the file of RXLEDGER_TRUST (`rxledger trust`, which fails where the"
            " node lies) and starts the gateway again.",
            "节点的最新区块所列验证节点与信任文件不同，据此无法证明任何内容。请运维人员更新 RXLEDGER_TRUST"
            " 所指的文件（`rxledger trust`；若节点说谎，更新将失败）并重启网关。",
            retry_after_seconds=60,
        )


class HeadTooOld(ReaderBadAnswer):
    """A node's latest block is older than is allowed, or than one that it showed before."""

    def __init__(self, block: int, told: str) -> None:
        super().__init__(f"The chain node's latest block {block} is too old: {told}.")
        self.block, self.told = block, told


def build_refusal(fault: ChainError | None) -> Unavailable:
    """Say why the chain couldn't be asked, as the answer to a request."""
    if isinstance(fault, NodeLies):
        return NodeNotProven(fault.block)
    if isinstance(fault, HeadTooOld):
        return NodeStale(fault.block)
    return TrustFileOutdated() if isinstance(fault, TrustOutdated) else ChainSilent()


def find_code(fault: ChainError) -> str:
    """Return the stable code of a fault, as readiness, metrics and the audit trail name it."""
    if isinstance(fault, ChainUnreachable):
        return fault.code
    refusal = build_refusal(fault)
    return fault.code if isinstance(refusal, ChainSilent) else refusal.code
