"""The trust file (protocol 9.2): which chain and contracts count, told by someone the regulator trusts.

Nothing that a gateway or a node says changes it.
"""

from dataclasses import dataclass
from pathlib import Path

from ledger_chain.deployment import Deployment
from ledger_chain.development_keys import is_development_address
from ledger_proofs.chain_view import Trust
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.trust_files import MAX_TRUST_BYTES, parse_trust_file
from ledger_proofs.types import Address
from ledger_web.errors import StartRefused


@dataclass(frozen=True)
class PinnedTrust:
    """The trust, with the note that its writer left (such as: a single-node development chain)."""

    trust: Trust
    note: str

    def as_deployment(self) -> Deployment:
        """The same as the chain reader takes it. Authority and block aren't in it, and aren't asked."""
        found = self.trust
        return Deployment(
            found.chain_id,
            found.genesis_hash,
            Address(bytes(20)),
            found.directory,
            found.checkpoint_log,
            found.claim_register,
            0,
        )


def load_trust(path: Path) -> PinnedTrust:
    """Read the trust file. Raises StartRefused naming the member that is wrong."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TRUST_BYTES + 1)
    except OSError as fault:
        raise StartRefused(
            f"The trust file {path} can't be read ({fault.strerror}). Set RXLEDGER_PORTAL_TRUST to the file"
            " that says which chain and contracts count."
        ) from None
    return parse_trust(content, str(path))


def verify_own_validators(pinned: PinnedTrust) -> None:
    """Raise StartRefused if a validator of the chain seals with a key that everybody knows."""
    history = pinned.trust.validators
    for validator in history.sets[-1].validators if history else ():
        if is_development_address(validator):
            raise StartRefused(
                f"The trust file's validator 0x{validator.hex()} seals with a development key, which"
                " everybody knows. Production needs a network with keys of its own."
            )


def parse_trust(content: bytes, name: str = "The trust file") -> PinnedTrust:
    """Parse a trust file's bytes. Raises StartRefused."""
    try:
        file = parse_trust_file(content)
    except LedgerProofError as fault:
        raise StartRefused(f"{name}, {fault.where or '/'}: {fault.message}") from None
    return PinnedTrust(file.trust, file.note)
