"""The chain and contracts that this gateway's institutions anchor to."""

from dataclasses import dataclass

from ledger_api.anchoring.node import NODE_TIMEOUT_SECONDS, NodeChain
from ledger_api.config import Settings
from ledger_api.spends.chain import SpendingChain
from ledger_chain.deployment import Deployment
from ledger_chain.reader import ChainReader
from ledger_web.errors import Unavailable

REQUEST_TIMEOUT_SECONDS = 2.0
"""How long a request waits for the node, at most: the engine has its own, longer patience."""


class NetworkMissing(Unavailable):
    """The gateway was started without a deployment to sign for."""

    code = "network-missing"
    title = "The gateway has no chain to anchor to"
    title_zh = "网关尚未配置区块链"

    def __init__(self) -> None:
        super().__init__(
            "The operator has to set RXLEDGER_DEPLOYMENT and RXLEDGER_RPC_URL and start the gateway again.",
            "运维人员须设置 RXLEDGER_DEPLOYMENT 和 RXLEDGER_RPC_URL 后重启网关。",
        )


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


@dataclass(frozen=True)
class Network:
    """One deployment: `reader` is for requests, `chain` and `spending` are for the engines."""

    deployment: Deployment
    reader: ChainReader
    chain: NodeChain
    spending: SpendingChain


def open_network(settings: Settings, deployment: Deployment | None) -> Network | None:
    """Open the network of the settings; None where none is configured (development only).

    The node is not asked yet: it may be down while the gateway starts.
    """
    if deployment is None or settings.rpc_url is None:
        return None
    chain = NodeChain(settings.rpc_url, deployment)
    patient_reader = ChainReader(settings.rpc_url, deployment, NODE_TIMEOUT_SECONDS)
    return Network(
        deployment,
        ChainReader(settings.rpc_url, deployment, REQUEST_TIMEOUT_SECONDS),
        chain,
        SpendingChain(chain, patient_reader, deployment),
    )
