"""What the gateway asks of a keystore. The file keystore is built in; KMS and PKCS#11 adapters can follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ledger_proofs.types import Commitment, Hash, RecordKey, Signature


@dataclass(frozen=True)
class SignedTransaction:
    """A transaction ready to send: `raw` is its RLP, `hash` the 32 bytes by which the chain knows it."""

    raw: bytes
    hash: bytes


class KeyWrapper(Protocol):
    """Wraps record keys with an institution's key, which never leaves the keystore."""

    def wrap(self, institution: int, key: bytes, context: bytes) -> bytes:
        """Return `key` encrypted and bound to `context` (for example the record's id). Raises KeyMissing."""
        ...

    def unwrap(self, institution: int, wrapped: bytes, context: bytes) -> bytes:
        """Return what was wrapped. Raises KeyMissing, or WrappedKeyInvalid when it was changed."""
        ...


class AnchoringKeys(Protocol):
    """Signs with an institution's anchoring account."""

    def anchoring_address(self, institution: int) -> bytes:
        """Return the account, 20 bytes. Raises KeyMissing."""
        ...

    def sign_transaction(
        self, institution: int, transaction: Mapping[str, int | str | bytes]
    ) -> SignedTransaction:
        """Sign a transaction (eth_account's members: nonce, to, data, gas, gasPrice, chainId, value).

        Raises KeyMissing.
        """
        ...

    def sign_digest(self, institution: int, digest: Hash) -> Signature:
        """Sign the digest of a typed message (EIP-712), such as a request to a peer. Raises KeyMissing."""
        ...


class ContentKeys(Protocol):
    """A regulator's keys for record keys that are handed to it (protocol 11, demands)."""

    def content_public_key(self, institution: int) -> bytes:
        """Return the institution's X25519 public key, 32 bytes. Raises KeyMissing."""
        ...

    def open_handed_key(
        self, institution: int, wrapped: bytes, demand: Commitment, subject: Commitment
    ) -> RecordKey:
        """Open a record's key that was wrapped to the institution. Raises KeyMissing or HandedKeyInvalid."""
        ...
