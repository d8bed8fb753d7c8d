"""The typed messages that people and one-time keys sign (EIP-712; protocol, sections 4.2 and 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, Final, TypeAlias

from ledger_proofs.digests import keccak
from ledger_proofs.errors import MalformedInput
from ledger_proofs.json_members import to_hex
from ledger_proofs.types import (
    MAX_UINT16,
    MAX_UINT32,
    MAX_UINT64,
    Address,
    ClaimKey,
    Commitment,
    Hash,
    JsonValue,
    PackToken,
    require_bytes,
    require_uint,
)

Member: TypeAlias = tuple[str, str]
"""An EIP-712 member: (type, name)."""

DOMAIN_NAME: Final = "RxLedger"
DOMAIN_VERSION: Final = "1"
_MAX_UINT256: Final = 2**256 - 1

_DOMAIN_MEMBERS: Final[tuple[Member, ...]] = (
    ("string", "name"),
    ("string", "version"),
    ("uint256", "chainId"),
    ("address", "verifyingContract"),
)


def encode_type(name: str, members: Sequence[Member]) -> str:
    """Return a type's own string, `Name(type member,...)`."""
    return f"{name}({','.join(f'{kind} {member}' for kind, member in members)})"


def word(number: int) -> bytes:
    """Return an unsigned number as one 32-byte word."""
    return number.to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a signature counts: this chain (by id) and this ClaimRegister (20-byte address)."""

    chain_id: int
    register: Address

    def __post_init__(self) -> None:
        require_uint(self.chain_id, _MAX_UINT256, "chain_id")
        require_bytes(self.register, 20, "register")

    def separator(self) -> Hash:
        """Return the domain separator."""
        return domain_separator(DOMAIN_NAME, DOMAIN_VERSION, self.chain_id, self.register)

    def digest(self, struct_hash: bytes) -> Hash:
        """Return what is signed for a struct in this domain: `keccak(0x1901 || separator || struct hash)`."""
        return signing_digest(self.separator(), struct_hash)

    def as_json(self) -> dict[str, JsonValue]:
        """Return the `domain` member of an eth_signTypedData_v4 request."""
        return {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": self.chain_id,
            "verifyingContract": to_hex(self.register),
        }


@lru_cache(maxsize=64)
def domain_separator(name: str, version: str, chain_id: int, contract: bytes) -> Hash:
    """Return EIP-712's domain separator."""
    return keccak(
        keccak(encode_type("EIP712Domain", _DOMAIN_MEMBERS).encode())
        + keccak(name.encode())
        + keccak(version.encode())
        + word(chain_id)
        + bytes(12)
        + contract
    )


def signing_digest(separator: bytes, struct_hash: bytes) -> Hash:
    """Return what is signed: `keccak(0x1901 || domain separator || struct hash)`."""
    return keccak(b"\x19\x01" + separator + struct_hash)


@dataclass(frozen=True, slots=True)
class Authorship:
    """What a record's author signs, once per entry. Unix seconds; `signed_at` is the record's time."""

    institution: int
    kind: int
    record: Commitment
    claim_count: int
    not_before: int
    not_after: int
    terms: Hash
    signed_at: int

    MEMBERS: ClassVar[tuple[Member, ...]] = (
        ("uint32", "institution"),
        ("uint16", "kind"),
        ("bytes32", "record"),
        ("uint32", "claimCount"),
        ("uint64", "notBefore"),
        ("uint64", "notAfter"),
        ("bytes32", "terms"),
        ("uint64", "signedAt"),
    )

    def __post_init__(self) -> None:
        require_uint(self.institution, MAX_UINT32, "institution")
        require_uint(self.kind, MAX_UINT16, "kind")
        require_bytes(self.record, 32, "record")
        require_uint(self.claim_count, MAX_UINT32, "claim_count")
        require_uint(self.not_before, MAX_UINT64, "not_before")
        require_uint(self.not_after, MAX_UINT64, "not_after")
        require_bytes(self.terms, 32, "terms")
        require_uint(self.signed_at, MAX_UINT64, "signed_at")

    def struct_hash(self) -> Hash:
        """Return EIP-712's hashStruct."""
        return keccak(
            _AUTHORSHIP_TYPE
            + word(self.institution)
            + word(self.kind)
            + self.record
            + word(self.claim_count)
            + word(self.not_before)
            + word(self.not_after)
            + self.terms
            + word(self.signed_at)
        )

    def digest(self, domain: Domain) -> Hash:
        """Return the 32 bytes that are signed."""
        return domain.digest(self.struct_hash())

    def typed_data(self, domain: Domain) -> dict[str, JsonValue]:
        """Return the eth_signTypedData_v4 request."""
        message: dict[str, JsonValue] = {
            "institution": self.institution,
            "kind": self.kind,
            "record": to_hex(self.record),
            "claimCount": self.claim_count,
            "notBefore": self.not_before,
            "notAfter": self.not_after,
            "terms": to_hex(self.terms),
            "signedAt": self.signed_at,
        }
        return _typed_data("Authorship", {"Authorship": self.MEMBERS}, message, domain)


@dataclass(frozen=True, slots=True)
class Presentation:
    """What a claim's one-time key signs: this claim, to this spender, for this use, until `deadline`."""

    claim: ClaimKey
    restore_count: int
    spender: int
    use_hash: Hash
    into: Commitment
    deadline: int

    MEMBERS: ClassVar[tuple[Member, ...]] = (
        ("bytes32", "claim"),
        ("uint32", "restoreCount"),
        ("uint32", "spender"),
        ("bytes32", "useHash"),
        ("bytes32", "into"),
        ("uint64", "deadline"),
    )

    def __post_init__(self) -> None:
        require_bytes(self.claim, 32, "claim")
        require_uint(self.restore_count, MAX_UINT32, "restore_count")
        require_uint(self.spender, MAX_UINT32, "spender")
        require_bytes(self.use_hash, 32, "use_hash")
        require_bytes(self.into, 32, "into")
        require_uint(self.deadline, MAX_UINT64, "deadline")

    def struct_hash(self) -> Hash:
        """Return EIP-712's hashStruct."""
        return keccak(
            _PRESENTATION_TYPE
            + self.claim
            + word(self.restore_count)
            + word(self.spender)
            + self.use_hash
            + self.into
            + word(self.deadline)
        )

    def digest(self, domain: Domain) -> Hash:
        """Return the 32 bytes that are signed."""
        return domain.digest(self.struct_hash())

    def typed_data(self, domain: Domain) -> dict[str, JsonValue]:
        """Return the eth_signTypedData_v4 request."""
        message: dict[str, JsonValue] = {
            "claim": to_hex(self.claim),
            "restoreCount": self.restore_count,
            "spender": self.spender,
            "useHash": to_hex(self.use_hash),
            "into": to_hex(self.into),
            "deadline": self.deadline,
        }
        return _typed_data("Presentation", {"Presentation": self.MEMBERS}, message, domain)


@dataclass(frozen=True, slots=True)
class ClaimUse:
    """One claim in a use, with the restore count that it had then."""

    claim: ClaimKey
    restore_count: int

    MEMBERS: ClassVar[tuple[Member, ...]] = (("bytes32", "claim"), ("uint32", "restoreCount"))

    def __post_init__(self) -> None:
        require_bytes(self.claim, 32, "claim")
        require_uint(self.restore_count, MAX_UINT32, "restore_count")

    def struct_hash(self) -> Hash:
        """Return EIP-712's hashStruct."""
        return keccak(_CLAIM_USE_TYPE + self.claim + word(self.restore_count))


@dataclass(frozen=True, slots=True)
class PackUse:
    """Units of one pack in a use."""

    token: PackToken
    total_units: int
    units_used: int

    MEMBERS: ClassVar[tuple[Member, ...]] = (
        ("bytes32", "token"),
        ("uint32", "totalUnits"),
        ("uint32", "unitsUsed"),
    )

    def __post_init__(self) -> None:
        require_bytes(self.token, 32, "token")
        require_uint(self.total_units, MAX_UINT32, "total_units")
        if require_uint(self.units_used, MAX_UINT32, "units_used") == 0:
            raise MalformedInput("a pack in a use has at least one unit used", "units_used")

    def struct_hash(self) -> Hash:
        """Return EIP-712's hashStruct."""
        return keccak(_PACK_USE_TYPE + self.token + word(self.total_units) + word(self.units_used))


@dataclass(frozen=True, slots=True)
class Use:
    """A use of claims of one kind. Claims ascend by key, packs by token; `payer` 0: nobody settles it."""

    kind: int
    spender: int
    payer: int
    claims: tuple[ClaimUse, ...]
    packs: tuple[PackUse, ...]

    MEMBERS: ClassVar[tuple[Member, ...]] = (
        ("uint16", "kind"),
        ("uint32", "spender"),
        ("uint32", "payer"),
        ("ClaimUse[]", "claims"),
        ("PackUse[]", "packs"),
    )

    def __post_init__(self) -> None:
        require_uint(self.kind, MAX_UINT16, "kind")
        require_uint(self.spender, MAX_UINT32, "spender")
        require_uint(self.payer, MAX_UINT32, "payer")
        _verify_ascending([use.claim for use in self.claims], "claims")
        _verify_ascending([use.token for use in self.packs], "packs")

    def struct_hash(self) -> Hash:
        """Return EIP-712's hashStruct: the use hash."""
        return keccak(
            _USE_TYPE
            + word(self.kind)
            + word(self.spender)
            + word(self.payer)
            + keccak(b"".join(use.struct_hash() for use in self.claims))
            + keccak(b"".join(use.struct_hash() for use in self.packs))
        )

    def digest(self, domain: Domain) -> Hash:
        """Return the digest of the use as a message of its own (nobody signs it alone)."""
        return domain.digest(self.struct_hash())

    def typed_data(self, domain: Domain) -> dict[str, JsonValue]:
        """Return the eth_signTypedData_v4 form."""
        types = {"Use": self.MEMBERS, "ClaimUse": ClaimUse.MEMBERS, "PackUse": PackUse.MEMBERS}
        message: dict[str, JsonValue] = {
            "kind": self.kind,
            "spender": self.spender,
            "payer": self.payer,
            "claims": [
                {"claim": to_hex(use.claim), "restoreCount": use.restore_count} for use in self.claims
            ],
            "packs": [
                {"token": to_hex(use.token), "totalUnits": use.total_units, "unitsUsed": use.units_used}
                for use in self.packs
            ],
        }
        return _typed_data("Use", types, message, domain)


CLAIM_USE_TYPE: Final = encode_type("ClaimUse", ClaimUse.MEMBERS)
PACK_USE_TYPE: Final = encode_type("PackUse", PackUse.MEMBERS)
USE_TYPE: Final = encode_type("Use", Use.MEMBERS) + CLAIM_USE_TYPE + PACK_USE_TYPE
AUTHORSHIP_TYPE: Final = encode_type("Authorship", Authorship.MEMBERS)
PRESENTATION_TYPE: Final = encode_type("Presentation", Presentation.MEMBERS)

_CLAIM_USE_TYPE: Final = keccak(CLAIM_USE_TYPE.encode())
_PACK_USE_TYPE: Final = keccak(PACK_USE_TYPE.encode())
_USE_TYPE: Final = keccak(USE_TYPE.encode())
_AUTHORSHIP_TYPE: Final = keccak(AUTHORSHIP_TYPE.encode())
_PRESENTATION_TYPE: Final = keccak(PRESENTATION_TYPE.encode())


def _verify_ascending(keys: Sequence[bytes], name: str) -> None:
    if any(left >= right for left, right in pairwise(keys)):
        raise MalformedInput("must ascend strictly, none twice", name, code="use.order")


def _typed_data(
    primary: str,
    types: Mapping[str, tuple[Member, ...]],
    message: dict[str, JsonValue],
    domain: Domain,
) -> dict[str, JsonValue]:
    every_type = {"EIP712Domain": _DOMAIN_MEMBERS, **types}
    return {
        "types": {
            name: [{"name": member, "type": kind} for kind, member in members]
            for name, members in every_type.items()
        },
        "primaryType": primary,
        "domain": domain.as_json(),
        "message": message,
    }
