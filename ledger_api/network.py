"""The chain and contracts that this gateway's institutions anchor to."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger_api.anchoring.node import NODE_TIMEOUT_SECONDS, NodeChain
from ledger_api.config import Settings
from ledger_api.evidence.one_look import OneLook
from ledger_api.nodes.errors import ChainSilent, build_refusal
from ledger_api.nodes.held import HeldNode, load_trust
from ledger_api.nodes.problems import NodeProblems
from ledger_api.spends.chain import SpendingChain
from ledger_chain.deployment import Deployment
from ledger_chain.errors import ChainError
from ledger_chain.proven_view import ProvenView
from ledger_chain.reader import ChainReader
from ledger_proofs.chain_view import Trust
from ledger_proofs.claims import PackWord, parse_pack_word
from ledger_proofs.errors import MalformedInput
from ledger_proofs.kinds import PractitionerRole
from ledger_proofs.types import PackToken
from ledger_web.clock import Clock, system_clock
from ledger_web.errors import Unavailable

__all__ = ["ChainSilent", "Network", "NetworkMissing", "open_network"]

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


@dataclass(frozen=True)
class Network:
    """One deployment: `reader` is for requests, `chain` and `spending` are for the engines."""

    deployment: Deployment
    reader: ChainReader
    chain: NodeChain
    spending: SpendingChain
    held: HeldNode
    problems: NodeProblems

    @property
    def trust(self) -> Trust:
        """What this gateway trusts: its trust file, or else the deployment that its operator gave it."""
        return self.held.trust

    def look(self) -> OneLook:
        """Begin a look at the chain for one request: by proofs, where validators seal the chain.

        Raises NodeNotProven, NodeStale, TrustFileOutdated or ChainSilent.
        """
        try:
            with self.held.noting():
                return OneLook(self.held.open_view(self.reader), self.held.noting)
        except ChainError as fault:
            raise build_refusal(fault) from None

    def is_entitled(self, address: bytes, institution: int, role: int, at: int) -> bool:
        """Say whether a key is entitled at a time: by proof, where validators seal the chain.

        Raises a ChainError where nobody can say.
        """
        with self.held.noting():
            view = self.held.open_view(self.reader)
            return view.is_entitled(address, institution, PractitionerRole(role), at)

    def ask_pack_words(self, tokens: Sequence[PackToken]) -> dict[bytes, PackWord]:
        """Return packs' words as of the latest block, by token. Raises as `look`, also for a wrong answer."""
        try:
            with self.held.noting():
                view = self.held.open_view(self.reader)
                if isinstance(view, ProvenView):
                    words = view.pack_words(tokens)
                else:
                    block = view.block_number()
                    words = [view.pack_word(token, block) for token in tokens]
                return {token: parse_pack_word(word) for token, word in zip(tokens, words, strict=True)}
        except ChainError as fault:
            raise build_refusal(fault) from None
        except MalformedInput:
            raise ChainSilent from None


def open_network(
    settings: Settings, deployment: Deployment | None, clock: Clock = system_clock
) -> Network | None:
    """Open the network of the settings; None where none is configured (development only).

    The node is not asked yet: it may be down while the gateway starts.
    """
    if deployment is None or settings.rpc_url is None:
        return None
    problems = NodeProblems(clock)
    held = HeldNode(load_trust(settings.trust, deployment), settings.stale_seconds, clock, problems.note)
    chain = NodeChain(settings.rpc_url, deployment, held=held)
    patient_reader = ChainReader(settings.rpc_url, deployment, NODE_TIMEOUT_SECONDS)
    return Network(
        deployment,
        ChainReader(settings.rpc_url, deployment, REQUEST_TIMEOUT_SECONDS),
        chain,
        SpendingChain(chain, patient_reader, deployment, held=held),
        held,
        problems,
    )
