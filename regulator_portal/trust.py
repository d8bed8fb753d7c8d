"""The trust file (`rxledger.trust/1`): which chain and contracts count, told by someone the regulator trusts.

Nothing that a gateway or a node says changes it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ledger_chain.deployment import Deployment
from ledger_proofs.canonical import parse_json
from ledger_proofs.chain_view import Trust
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.types import Address, Hash
from ledger_web.errors import StartRefused

MAX_TRUST_BYTES = 65_536

_AddressText = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$")]
_HashText = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")]


class _TrustFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["rxledger.trust/1"]
    chain_id: Annotated[int, Field(ge=1, le=2**53 - 1)]
    genesis_hash: _HashText
    directory: _AddressText
    checkpoint_log: _AddressText
    claim_register: _AddressText
    note: str = ""


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


def parse_trust(content: bytes, name: str = "The trust file") -> PinnedTrust:
    """Parse a trust file's bytes. Raises StartRefused."""
    try:
        file = _TrustFile.model_validate(parse_json(content, max_bytes=MAX_TRUST_BYTES, max_depth=4))
    except LedgerProofError as fault:
        raise StartRefused(f"{name} is not strict JSON: {fault.message}") from None
    except ValidationError as faults:
        first = faults.errors(include_input=False, include_url=False)[0]
        where = "/" + "/".join(str(part) for part in first["loc"])
        raise StartRefused(f"{name}, {where}: {first['msg']}") from None
    trust = Trust(
        file.chain_id,
        Hash(_bytes(file.genesis_hash)),
        Address(_bytes(file.directory)),
        Address(_bytes(file.checkpoint_log)),
        Address(_bytes(file.claim_register)),
    )
    return PinnedTrust(trust, file.note)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
