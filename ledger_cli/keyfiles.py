"""Signing keys at rest: Web3 Secret Storage, version 3 (scrypt, AES-128-CTR, keccak MAC).

A keyfile is made, opened and re-encrypted on the practitioner's own machine only. What a hostile file may ask
of the key derivation is bounded before anything is derived.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger_cli.errors import Refused
from ledger_proofs.canonical import parse_json
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.signatures import address_of_key
from ledger_proofs.types import Address

SCRYPT_STANDARD = 262_144
SCRYPT_LIGHT = 4_096
MAX_SCRYPT_WORK = 1 << 22
MAX_PBKDF2_ROUNDS = 10_000_000
MAX_KEYFILE_BYTES = 16_384
_HEX_LENGTHS = {"ciphertext": 64, "mac": 64}


@dataclass(frozen=True)
class Keyfile:
    """A parsed, still encrypted keyfile."""

    address: Address
    kdf: str
    work: int
    document: dict[str, Any]


def checksum_address(address: bytes) -> str:
    """The address in the mixed-case form of ERC-55."""
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address(address))


def build_keyfile(private_key: bytes, pin: str, *, light: bool) -> bytes:
    """An encrypted keyfile of `private_key`. `light` (n = 4096) is for tests and development only."""
    from eth_keyfile.keyfile import create_keyfile_json

    work = SCRYPT_LIGHT if light else SCRYPT_STANDARD
    document = create_keyfile_json(private_key, pin.encode(), version=3, kdf="scrypt", iterations=work)
    document["address"] = str(document["address"]).lower()
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def new_private_key() -> bytes:
    """A fresh secp256k1 private key from the system's random source."""
    from coincurve import PrivateKey

    return PrivateKey(secrets.token_bytes(32)).secret


def write_new_keyfile(path: Path, content: bytes) -> None:
    """Write a keyfile with mode 0600; refuses to overwrite anything."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as fault:
        raise Refused(
            "keyfile.exists",
            f"{path} exists and is never overwritten; choose another name, or move the old file away",
            f"{path} 已存在，绝不会被覆盖；请另选文件名，或先移走旧文件",
        ) from fault
    with os.fdopen(descriptor, "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())


def replace_keyfile(path: Path, content: bytes) -> None:
    """Put new content in the keyfile's place, in one step: a crash leaves the old or the new one, whole."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        temporary.chmod(0o600)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read_keyfile(path: Path) -> Keyfile:
    """Read and check a keyfile without opening it."""
    try:
        with path.open("rb") as source:
            content = source.read(MAX_KEYFILE_BYTES + 1)
    except OSError as fault:
        raise Refused(
            "keyfile.unreadable",
            f"can't read the keyfile {path}; make one with: rxledger keys new {path}",
            f"无法读取密钥文件 {path}；可用以下命令创建：rxledger keys new {path}",
        ) from fault
    return parse_keyfile(content)


def parse_keyfile(content: bytes) -> Keyfile:
    """A keyfile from its bytes, its key derivation bounded; raises `Refused` on anything else."""
    try:
        document = parse_json(content, max_bytes=MAX_KEYFILE_BYTES, max_depth=8)
    except LedgerProofError as fault:
        raise _malformed(str(fault)) from fault
    if not isinstance(document, dict) or document.get("version") != 3:
        raise _malformed("`version` is not 3")
    crypto = document.get("crypto")
    if not isinstance(crypto, dict):
        raise _malformed("`crypto` is missing")
    _verify_cipher(crypto)
    kdf, work = _verify_derivation(crypto)
    address = _hex_of(document.get("address"), 40, "address")
    return Keyfile(Address(bytes.fromhex(address)), kdf, work, dict(document))


def open_keyfile(keyfile: Keyfile, pin: str) -> bytes:
    """The private key; raises `Refused` for a wrong PIN or a file whose address is not its key's."""
    from eth_keyfile.keyfile import decode_keyfile_json

    try:
        private_key = decode_keyfile_json(keyfile.document, pin.encode())
        address = address_of_key(private_key)
    except (ValueError, TypeError, KeyError) as fault:
        raise Refused(
            "keyfile.wrong_pin",
            "the PIN doesn't open this keyfile (a wrong PIN, or a damaged file); nothing was signed",
            "PIN 无法打开该密钥文件（PIN 错误，或文件已损坏）；未签署任何内容",
        ) from fault
    if address != keyfile.address:
        raise Refused(
            "keyfile.address_mismatch",
            "the keyfile's stated address isn't that of the key inside; don't use this file",
            "密钥文件所写地址与其中的密钥不符；请勿使用该文件",
        )
    return private_key


def _malformed(reason: str) -> Refused:
    return Refused(
        "keyfile.malformed",
        f"not a keyfile of Web3 Secret Storage version 3: {reason}",
        f"不是 Web3 Secret Storage 第 3 版密钥文件：{reason}",
    )


def _hex_of(value: object, digits: int, where: str) -> str:
    text = value.removeprefix("0x") if isinstance(value, str) else ""
    if len(text) != digits or not all(character in "0123456789abcdefABCDEF" for character in text):
        raise _malformed(f"`{where}` is not {digits} hexadecimal digits")
    return text


def _verify_cipher(crypto: dict[str, Any]) -> None:
    if crypto.get("cipher") != "aes-128-ctr":
        raise _malformed("`crypto/cipher` is not aes-128-ctr")
    for name, digits in _HEX_LENGTHS.items():
        _hex_of(crypto.get(name), digits, f"crypto/{name}")
    parameters = crypto.get("cipherparams")
    _hex_of(parameters.get("iv") if isinstance(parameters, dict) else None, 32, "crypto/cipherparams/iv")


def _verify_derivation(crypto: dict[str, Any]) -> tuple[str, int]:
    kdf, parameters = crypto.get("kdf"), crypto.get("kdfparams")
    if not isinstance(parameters, dict):
        raise _malformed("`crypto/kdfparams` is missing")
    salt = parameters.get("salt")
    if not isinstance(salt, str) or not 16 <= len(salt.removeprefix("0x")) <= 128:
        raise _malformed("`crypto/kdfparams/salt` is missing or of an unusual length")
    _hex_of(salt, len(salt.removeprefix("0x")) // 2 * 2, "crypto/kdfparams/salt")
    if parameters.get("dklen") != 32:
        raise _malformed("`crypto/kdfparams/dklen` is not 32")
    if kdf == "scrypt":
        return "scrypt", _verify_scrypt(parameters)
    if kdf == "pbkdf2":
        return "pbkdf2", _verify_pbkdf2(parameters)
    raise _malformed("`crypto/kdf` is neither scrypt nor pbkdf2")


def _verify_scrypt(parameters: dict[str, Any]) -> int:
    n, r, p = (_count(parameters, name) for name in ("n", "r", "p"))
    if n & (n - 1) or n < 2 or n * r > MAX_SCRYPT_WORK or p > 16 or r > 64:
        raise _malformed(
            "the scrypt parameters are out of bounds (n a power of two, n*r at most 2^22, p at most 16)"
        )
    return n


def _verify_pbkdf2(parameters: dict[str, Any]) -> int:
    if parameters.get("prf") != "hmac-sha256":
        raise _malformed("`crypto/kdfparams/prf` is not hmac-sha256")
    rounds = _count(parameters, "c")
    if rounds > MAX_PBKDF2_ROUNDS:
        raise _malformed(f"more than {MAX_PBKDF2_ROUNDS} PBKDF2 rounds")
    return rounds


def _count(parameters: dict[str, Any], name: str) -> int:
    value = parameters.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _malformed(f"`crypto/kdfparams/{name}` is not a positive integer")
    return value
