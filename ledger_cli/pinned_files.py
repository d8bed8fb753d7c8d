"""Files that say whom to trust: a verifier's trust file and a practitioner's institution profile.

Both are written once, at enrolment, by someone whom the reader trusts; neither a bundle nor a gateway's reply
can change them. What is signed is bound to the profile's chain and register (EIP-712 domain), whatever a
reply says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ledger_cli.errors import CouldNotCheck, Refused
from ledger_cli.file_faults import file_fault
from ledger_proofs import trust_files
from ledger_proofs.canonical import parse_json
from ledger_proofs.chain_view import Trust
from ledger_proofs.eip712 import Domain
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.trust_files import (
    MAX_TRUST_BYTES,
    MAX_TRUST_DEPTH,
    trust_file_as_json,
    trust_file_from_json,
)
from ledger_proofs.types import Address, Hash
from ledger_proofs.wording import chinese_message, english_message

MAX_FILE_BYTES = MAX_TRUST_BYTES

AddressText = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$")]
HashText = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")]
ChainNumber = Annotated[int, Field(ge=1, le=2**53 - 1)]


class PinnedChain(BaseModel):
    """A chain and the contracts on it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    chain_id: ChainNumber
    genesis_hash: HashText
    directory: AddressText
    checkpoint_log: AddressText
    claim_register: AddressText

    def trust(self) -> Trust:
        """The same, as the verifier takes it."""
        return Trust(
            chain_id=self.chain_id,
            genesis_hash=Hash(bytes.fromhex(self.genesis_hash[2:])),
            directory=_address(self.directory),
            checkpoint_log=_address(self.checkpoint_log),
            claim_register=_address(self.claim_register),
        )

    def domain(self) -> Domain:
        """The EIP-712 domain of everything signed for this chain."""
        return Domain(chain_id=self.chain_id, register=_address(self.claim_register))


class TrustFile(PinnedChain):
    """What a verifier was told by someone it trusts; what it says of code and validators, the core reads."""

    format: Literal["rxledger.trust/1", "rxledger.trust/2"] = "rxledger.trust/1"
    note: str = ""
    code_hashes: dict[str, object] | None = None
    validators: dict[str, object] | None = None

    def trust(self) -> Trust:
        """The same, as the verifier takes it. Raises `LedgerProofError` naming the member that is wrong."""
        return trust_file_from_json(self.model_dump(exclude_none=True)).trust


class Profile(PinnedChain):
    """One practitioner at one institution: where the gateway is and what she signs for."""

    format: Literal["rxledger.profile/1"] = "rxledger.profile/1"
    gateway: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=512)]
    institution: Annotated[int, Field(ge=1, le=2**32 - 1)]
    institution_name: str
    institution_name_zh: str
    username: str
    signer: AddressText
    keyfile: str

    def signer_address(self) -> Address:
        """The practitioner's enrolled address."""
        return _address(self.signer)

    def keyfile_path(self, profile_path: Path) -> Path:
        """The keyfile, named relative to the profile's folder."""
        return profile_path.parent / self.keyfile


PinnedFile = TypeVar("PinnedFile", TrustFile, Profile)


def read_pinned(kind: type[PinnedFile], path: Path) -> PinnedFile:
    """Read a trust file or a profile.

    :raises CouldNotCheck: the file can't be read
    :raises Refused: it is malformed; names the member that is wrong
    """
    try:
        with path.open("rb") as source:
            content = source.read(MAX_FILE_BYTES + 1)
    except OSError as fault:
        raise CouldNotCheck(
            "pinned.unreadable",
            f"can't read {path} ({file_fault(fault).en}); whoever enrolled you gives you this file",
            f"无法读取 {path}（{file_fault(fault).zh}）；该文件由为您登记的机构提供",
        ) from fault
    return parse_pinned(kind, content, str(path))


def parse_pinned(kind: type[PinnedFile], content: bytes, name: str) -> PinnedFile:
    """A trust file or a profile from its bytes."""
    try:
        document = parse_json(content, max_bytes=MAX_FILE_BYTES, max_depth=MAX_TRUST_DEPTH)
        # The core says of a trust file what is wrong in both languages, and checks the headers it carries.
        if kind is TrustFile:
            trust_file_from_json(document)
        return kind.model_validate(document)
    except LedgerProofError as fault:
        raise Refused(
            "pinned.malformed", f"{name}: {english_message(fault)}", f"{name}：{chinese_message(fault)}"
        ) from fault
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        where = "/" + "/".join(str(part) for part in first["loc"])
        raise Refused(
            "pinned.malformed",
            f"{name}: {where}: {first['msg']}",
            f"{name}：{where}：{first['msg']}",
        ) from fault


def pinned_bytes(pinned: PinnedChain) -> bytes:
    """The file's content."""
    return (json.dumps(pinned.model_dump(exclude_none=True), ensure_ascii=False, indent=2) + "\n").encode()


def trust_file_text(trust: Trust, note: str) -> str:
    """A trust file's content; with validators, where they are known."""
    document = trust_file_as_json(trust_files.TrustFile(trust, note))
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _address(text: str) -> Address:
    return Address(bytes.fromhex(text[2:]))
