"""The file keystore: all keys of the gateway's institutions in one file, encrypted under a passphrase.

The file is JSON: scrypt (RFC 7914) parameters and salt, and AES-256-GCM (NIST SP 800-38D) of the keys. It is
written whole, synced and renamed, readable by its owner only. Record keys are wrapped with AES-256-GCM under
the institution's wrapping key, bound to institution and context.
"""

import json
import os
import secrets
import stat
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from eth_account import Account

from ledger_api.keystore.errors import KeyMissing, WrappedKeyInvalid
from ledger_api.keystore.handed_keys import unwrap_record_key
from ledger_api.keystore.interfaces import SignedTransaction
from ledger_proofs.commitments import expand_key
from ledger_proofs.signatures import sign_digest
from ledger_proofs.types import Commitment, Hash, RecordKey, Signature
from ledger_web.errors import StartRefused

FORMAT = "rxledger.keystore/1"
SCRYPT_COST = 2**16
"""scrypt's N, with r = 8 and p = 1: 64 MiB and some tenths of a second, once per start."""
MAX_SCRYPT_COST = 2**20
MAX_FILE_BYTES = 4 * 1024 * 1024
_KEY_BYTES = 32
_NONCE_BYTES = 12
_WRAP_VERSION = b"\x01"
_CONTENT_KEY_LABEL = b"RxLedger content key v1"


@dataclass(frozen=True)
class InstitutionKeys:
    """Both keys of one institution, 32 bytes each."""

    wrapping_key: bytes
    anchoring_key: bytes

    def __repr__(self) -> str:
        return "InstitutionKeys(secret)"


class FileKeystore:
    """KeyWrapper, AnchoringKeys and ContentKeys out of one encrypted file. Safe to share between threads."""

    def __init__(self, path: Path, passphrase: str, keys: Mapping[int, InstitutionKeys], cost: int) -> None:
        self._path = path
        self._passphrase = passphrase
        self._cost = cost
        self._keys = dict(keys)
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, passphrase: str, *, cost: int = SCRYPT_COST) -> Self:
        """Open the keystore; a file that isn't there yet is an empty keystore.

        Raises StartRefused for a wrong passphrase, a damaged file, or a file that others can read.
        """
        if not path.exists():
            return cls(path, passphrase, {}, cost)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise StartRefused(f"The keystore {path} can be read by others. Run: chmod 600 {path}")
        return cls(path, passphrase, _read_file(path, passphrase), cost)

    def institutions(self) -> frozenset[int]:
        """The institutions whose keys are held."""
        return frozenset(self._keys)

    def add_institution(self, institution: int, anchoring_key: bytes | None = None) -> bytes:
        """Give one institution its keys, as `add_institutions` does, and return its anchoring account."""
        return self.add_institutions({institution: anchoring_key})[institution]

    def add_institutions(self, anchoring_keys: Mapping[int, bytes | None]) -> dict[int, bytes]:
        """Give institutions their keys, unless they have them, in one write; return their anchoring accounts.

        Wrapping keys are random, and so is an anchoring key where none is given. A different anchoring key
        than the one held is refused: replacing it is an act of the chain's authority, not of this file.
        """
        with self._lock:
            new: dict[int, InstitutionKeys] = {}
            for institution, anchoring_key in anchoring_keys.items():
                held = self._keys.get(institution)
                if held is None:
                    new[institution] = InstitutionKeys(
                        secrets.token_bytes(_KEY_BYTES), anchoring_key or secrets.token_bytes(_KEY_BYTES)
                    )
                elif anchoring_key not in (None, held.anchoring_key):
                    raise StartRefused(
                        f"The keystore holds another anchoring key for institution {institution}"
                    )
            if new:
                extended = {**self._keys, **new}
                _write_file(self._path, self._passphrase, extended, self._cost)
                self._keys = extended
        return {institution: self.anchoring_address(institution) for institution in anchoring_keys}

    def wrap(self, institution: int, key: bytes, context: bytes) -> bytes:
        """Wrap a key: version byte, nonce, ciphertext with tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = AESGCM(self._get(institution).wrapping_key)
        return _WRAP_VERSION + nonce + cipher.encrypt(nonce, key, _associated(institution, context))

    def unwrap(self, institution: int, wrapped: bytes, context: bytes) -> bytes:
        """Unwrap what `wrap` made for the same institution and context."""
        cipher = AESGCM(self._get(institution).wrapping_key)
        nonce, sealed = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
        try:
            if wrapped[:1] != _WRAP_VERSION:
                raise InvalidTag
            return cipher.decrypt(nonce, sealed, _associated(institution, context))
        except (InvalidTag, ValueError):
            raise WrappedKeyInvalid(
                "A stored key does not open: restore it from a backup. The record stays provable.",
                "存储的密钥无法打开：请从备份恢复。该记录仍可核验，但不可读。",
            ) from None

    def anchoring_address(self, institution: int) -> bytes:
        """Return the account of an institution's anchoring key."""
        return bytes.fromhex(Account.from_key(self._get(institution).anchoring_key).address[2:])

    def sign_transaction(
        self, institution: int, transaction: Mapping[str, int | str | bytes]
    ) -> SignedTransaction:
        """Sign a transaction with an institution's anchoring key."""
        signed = Account.sign_transaction(dict(transaction), self._get(institution).anchoring_key)
        return SignedTransaction(bytes(signed.raw_transaction), bytes(signed.hash))

    def sign_digest(self, institution: int, digest: Hash) -> Signature:
        """Sign a typed message's digest with an institution's anchoring key."""
        return sign_digest(digest, self._get(institution).anchoring_key)

    def content_public_key(self, institution: int) -> bytes:
        """Return the institution's X25519 public key, to which record keys are wrapped."""
        return self._content_key(institution).public_key().public_bytes_raw()

    def open_handed_key(
        self, institution: int, wrapped: bytes, demand: Commitment, subject: Commitment
    ) -> RecordKey:
        """Open a record's key that was wrapped to the institution for one demand and one record."""
        return unwrap_record_key(wrapped, self._content_key(institution), demand, subject)

    def _content_key(self, institution: int) -> X25519PrivateKey:
        # Derived (RFC 5869), so that keystores from before demands existed need no new key.
        wrapping_key = self._get(institution).wrapping_key
        return X25519PrivateKey.from_private_bytes(expand_key(wrapping_key, _CONTENT_KEY_LABEL))

    def _get(self, institution: int) -> InstitutionKeys:
        keys = self._keys.get(institution)
        if keys is None:
            raise KeyMissing(
                f"The keystore has no keys for institution {institution}. Provision it.",
                f"密钥库中没有机构 {institution} 的密钥，请先完成机构配置。",
            )
        return keys


def _associated(institution: int, context: bytes) -> bytes:
    return b"RxLedger wrap v1\x00" + institution.to_bytes(4, "big") + context


def _derive(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=_KEY_BYTES, n=cost, r=8, p=1).derive(passphrase.encode())


def _write_file(path: Path, passphrase: str, keys: Mapping[int, InstitutionKeys], cost: int) -> None:
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(_NONCE_BYTES)
    plain = {
        str(number): {"wrapping_key": held.wrapping_key.hex(), "anchoring_key": held.anchoring_key.hex()}
        for number, held in sorted(keys.items())
    }
    sealed = AESGCM(_derive(passphrase, salt, cost)).encrypt(
        nonce, json.dumps(plain).encode(), FORMAT.encode()
    )
    document = {
        "format": FORMAT,
        "kdf": {"name": "scrypt", "n": cost, "r": 8, "p": 1, "salt": salt.hex()},
        "cipher": {"name": "aes-256-gcm", "nonce": nonce.hex()},
        "sealed": sealed.hex(),
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(path.name + ".new")
    draft.touch(mode=0o600)
    with draft.open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_file(path: Path, passphrase: str) -> dict[int, InstitutionKeys]:
    damaged = StartRefused(f"The keystore {path} is damaged. Restore it from a backup.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise damaged
    try:
        document = json.loads(path.read_bytes())
        salt, cost, nonce, sealed = _read_parameters(document)
    except (ValueError, KeyError, TypeError):
        raise damaged from None
    try:
        plain = AESGCM(_derive(passphrase, salt, cost)).decrypt(nonce, sealed, FORMAT.encode())
    except InvalidTag:
        raise StartRefused(
            f"The keystore {path} does not open: RXLEDGER_KEYSTORE_PASSPHRASE is another one,"
            " or the file was changed."
        ) from None
    return {
        int(number): InstitutionKeys(
            bytes.fromhex(held["wrapping_key"]), bytes.fromhex(held["anchoring_key"])
        )
        for number, held in json.loads(plain).items()
    }


def _read_parameters(document: Any) -> tuple[bytes, int, bytes, bytes]:
    kdf, cipher = document["kdf"], document["cipher"]
    cost = kdf["n"]
    if (document["format"], kdf["name"], kdf["r"], kdf["p"], cipher["name"]) != (
        FORMAT,
        "scrypt",
        8,
        1,
        "aes-256-gcm",
    ):
        raise ValueError("unknown format")
    if not isinstance(cost, int) or not 2 <= cost <= MAX_SCRYPT_COST or cost & (cost - 1):
        raise ValueError("unusable cost")
    nonce = bytes.fromhex(cipher["nonce"])
    if len(nonce) != _NONCE_BYTES:
        raise ValueError("unusable nonce")
    return bytes.fromhex(kdf["salt"]), cost, nonce, bytes.fromhex(document["sealed"])
