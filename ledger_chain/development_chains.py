"""Chain ids of development and test chains, whose keys are everybody's or made for an hour.

Production refuses every one of them. The nodes of a test network have fresh random keys, so that nothing but
its chain's number gives it away.
"""

from __future__ import annotations

from typing import Final

DEVELOPMENT_CHAIN_IDS: Final = frozenset((1_337, 20_260, 20_261, 20_262, 31_337))
"""Tools' defaults (ganache and Besu's examples; anvil), the embedded chain's, the test network's."""


def is_development_chain(chain_id: int) -> bool:
    """Whether this is the number of a development or test chain."""
    return chain_id in DEVELOPMENT_CHAIN_IDS
