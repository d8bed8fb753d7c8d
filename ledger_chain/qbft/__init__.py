"""A QBFT network: the files that its nodes read, and its validators as processes on this machine.

The files are Besu's (genesis with `config.qbft`, static nodes, permissions), so that what is tested here with
the test engine is what a real network of Besu nodes is given. Why the tests have an engine of our own:
`docs/adr/0020`.
"""

from ledger_chain.qbft.genesis import QbftTiming, build_extra_data, build_genesis
from ledger_chain.qbft.network import QbftNetwork
from ledger_chain.qbft.node import NodeFiles, QbftNode
from ledger_chain.qbft.node_key import NodeKey, build_enode, generate_node_key

__all__ = [
    "NodeFiles",
    "NodeKey",
    "QbftNetwork",
    "QbftNode",
    "QbftTiming",
    "build_enode",
    "build_extra_data",
    "build_genesis",
    "generate_node_key",
]
