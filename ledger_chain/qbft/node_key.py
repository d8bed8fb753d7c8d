"""A node's key: who it is to the other nodes (devp2p), and, if it validates, whose seals it makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from coincurve import PrivateKey, PublicKey

from ledger_proofs.digests import keccak
from ledger_proofs.types import Address


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A secp256k1 key."""

    secret: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        """The public key's two coordinates, 64 bytes: the node's id in enode URLs."""
        return PrivateKey(self.secret).public_key.format(compressed=False)[1:]

    @property
    def address(self) -> Address:
        """The account of this key: the validator's address."""
        return address_of_public(self.public)

    def save(self, path: Path) -> None:
        """Write the key as hex, readable by its owner only."""
        path.touch(mode=0o600)
        path.write_text(self.secret.hex(), encoding="ascii")


def address_of_public(public: bytes) -> Address:
    """The account of a public key (its two coordinates, 64 bytes).

    :raises ValueError: it is no point of the curve: nobody has a key for it
    """
    PublicKey(b"\x04" + public)
    return Address(keccak(public)[12:])


def generate_node_key() -> NodeKey:
    """A fresh random key."""
    return NodeKey(PrivateKey().secret)


def load_node_key(path: Path) -> NodeKey:
    """Read a key that `NodeKey.save` wrote. Raises ValueError if it is none."""
    return NodeKey(PrivateKey(bytes.fromhex(path.read_text(encoding="ascii").strip())).secret)


def build_enode(key: NodeKey, host: str, port: int) -> str:
    """The URL at which other nodes reach a node; its UDP port 0 says that there is no discovery."""
    return build_enode_url(key.public, host, port)


def build_enode_url(public: bytes, host: str, port: int) -> str:
    """The same of a node of which one knows the public key alone. `host` is an IP address."""
    place = f"[{host}]" if ":" in host else host
    return f"enode://{public.hex()}@{place}:{port}?discport=0"
