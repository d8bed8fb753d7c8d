"""How one institution's gateway signs a request to another's (protocol, section 14; EIP-712).

The signature is by the sender's anchoring account, which the chain's directory names: so a peer needs no
other list of keys. Whether that account is the sender's at present, the recipient asks the chain.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import Domain, Member, encode_type, word
from ledger_proofs.errors import MalformedInput
from ledger_proofs.signatures import recover_signer
from ledger_proofs.types import (
    MAX_INSTITUTION,
    MAX_JSON_INTEGER,
    MAX_UINT64,
    Address,
    Hash,
    Signature,
    require_bytes,
    require_uint,
)

AUTHORIZATION_SCHEME: Final = "RxLedger-Peer"
MAX_PEER_CLOCK_SECONDS: Final = 300
"""By how much the time of a request may differ from its recipient's."""
MAX_TARGET_CHARACTERS: Final = 2_048

_METHOD: Final = re.compile(r"[A-Z]{3,7}")
_TARGET: Final = re.compile(r"/[!-~]{0,2047}")
_AUTHORIZATION: Final = re.compile(
    AUTHORIZATION_SCHEME + r" sender=([1-9][0-9]{0,6}),recipient=([1-9][0-9]{0,6}),"
    r"time=(0|[1-9][0-9]{0,15}),signature=0x([0-9a-f]{130})"
)


@dataclass(frozen=True, slots=True)
class PeerRequest:
    """A request as it is signed. `body` is the SHA-256 of the body's bytes, `time` in Unix seconds.

    `target` is the path with its query, as it stands in the request line.
    """

    sender: int
    recipient: int
    method: str
    target: str
    body: Hash
    time: int

    MEMBERS: ClassVar[tuple[Member, ...]] = (
        ("uint32", "sender"),
        ("uint32", "recipient"),
        ("string", "method"),
        ("string", "target"),
        ("bytes32", "body"),
        ("uint64", "time"),
    )

    def __post_init__(self) -> None:
        for name in ("sender", "recipient"):
            if require_uint(getattr(self, name), MAX_INSTITUTION, name) == 0:
                raise MalformedInput("must not be 0", name, code="peer.malformed")
        if _METHOD.fullmatch(self.method) is None:
            raise MalformedInput("must be a method in capitals", "method", code="peer.malformed")
        if _TARGET.fullmatch(self.target) is None:
            raise MalformedInput(
                f"must be a path in printable ASCII of at most {MAX_TARGET_CHARACTERS} characters",
                "target",
                code="peer.malformed",
            )
        require_bytes(self.body, 32, "body")
        require_uint(self.time, MAX_UINT64, "time")

    def struct_hash(self) -> Hash:
        """Return EIP-712's hashStruct."""
        return keccak(
            _PEER_REQUEST_TYPE
            + word(self.sender)
            + word(self.recipient)
            + keccak(self.method.encode())
            + keccak(self.target.encode())
            + self.body
            + word(self.time)
        )

    def digest(self, domain: Domain) -> Hash:
        """Return the 32 bytes that are signed."""
        return domain.digest(self.struct_hash())


PEER_REQUEST_TYPE: Final = encode_type("PeerRequest", PeerRequest.MEMBERS)
_PEER_REQUEST_TYPE: Final = keccak(PEER_REQUEST_TYPE.encode())


@dataclass(frozen=True, slots=True)
class PeerAuthorization:
    """What the `Authorization` header of a peer's request says."""

    sender: int
    recipient: int
    time: int
    signature: Signature


def build_peer_request(
    sender: int, recipient: int, method: str, target: str, body: bytes, time: int
) -> PeerRequest:
    """Return the request to sign, from the bytes of its body (empty if it has none)."""
    return PeerRequest(sender, recipient, method, target, Hash(hashlib.sha256(body).digest()), time)


def build_peer_authorization(request: PeerRequest, signature: Signature) -> str:
    """Build the `Authorization` header of a signed request, the only spelling there is."""
    return (
        f"{AUTHORIZATION_SCHEME} sender={request.sender},recipient={request.recipient},"
        f"time={request.time},signature=0x{signature.hex()}"
    )


def parse_peer_authorization(text: str) -> PeerAuthorization:
    """Parse an `Authorization` header; raises `MalformedInput` for any other spelling."""
    found = _AUTHORIZATION.fullmatch(text)
    if found is None:
        raise MalformedInput(
            f"isn't a peer's: {AUTHORIZATION_SCHEME} sender=..,recipient=..,time=..,signature=..",
            "Authorization",
            code="peer.malformed",
        )
    sender, recipient, time, signature = found.groups()
    return PeerAuthorization(
        require_uint(int(sender), MAX_INSTITUTION, "sender"),
        require_uint(int(recipient), MAX_INSTITUTION, "recipient"),
        require_uint(int(time), MAX_JSON_INTEGER, "time"),
        Signature(bytes.fromhex(signature)),
    )


def recover_peer(request: PeerRequest, domain: Domain, signature: bytes) -> Address:
    """Return the account that signed; whether it is the sender's, the chain's directory says.

    Raises `SignatureInvalid` for a signature of wrong form.
    """
    return recover_signer(request.digest(domain), signature)
