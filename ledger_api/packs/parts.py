"""What checking packs needs of the process; `app.py` chooses it."""

from dataclasses import dataclass

from ledger_api.packs.makers import Makers
from ledger_api.packs.policy import PackPolicy


@dataclass(frozen=True)
class PackParts:
    """The key of pack tokens, what policy says of a pack, and the makers to be asked."""

    key: bytes
    policy: PackPolicy
    makers: Makers
