"""Where the gateways of institutions are, and what people call these: the file that RXLEDGER_PEERS names.

`{"format": "rxledger.peers/1", "peers": [{"url": "https://gateway.example", "institutions": [1, 2], "names":
[{"number": 1, "name_en": "...", "name_zh": "..."}]}]}`. Both are operation and no evidence: a wrong address
costs an answer, never gives a false one (ADR 0014), and what is signed names institutions by number.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ledger_proofs.types import MAX_INSTITUTION
from ledger_web.errors import StartRefused

FORMAT = "rxledger.peers/1"
MAX_FILE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class InstitutionName:
    """What people call an institution."""

    number: int
    name_en: str
    name_zh: str


@dataclass(frozen=True)
class Peers:
    """What the file says, by institution: its gateway's address, and its name where it has one there."""

    addresses: Mapping[int, str]
    names: Mapping[int, InstitutionName]


class _Name(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    number: int
    name_en: str = Field(min_length=1, max_length=200)
    name_zh: str = Field(min_length=1, max_length=200)


class _Peer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    url: str = Field(max_length=200)
    institutions: list[int] = Field(min_length=1)
    names: list[_Name] = []

    @field_validator("url")
    @classmethod
    def _is_an_origin(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ValueError("must be http:// or https:// and a host, perhaps with a port")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("must end after host and port: no path, no query")
        return url.rstrip("/")


class _PeersFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal["rxledger.peers/1"]
    peers: list[_Peer]

    @model_validator(mode="after")
    def _each_institution_once(self) -> Self:
        numbers = [number for peer in self.peers for number in peer.institutions]
        if any(not 1 <= number <= MAX_INSTITUTION for number in numbers):
            raise ValueError(f"institution numbers are from 1 to {MAX_INSTITUTION}")
        if len(set(numbers)) != len(numbers):
            raise ValueError("an institution has one gateway, and stands here once")
        for peer in self.peers:
            named = [name.number for name in peer.names]
            if len(set(named)) != len(named) or not set(named) <= set(peer.institutions):
                raise ValueError("names are for the institutions of the same gateway, one each")
        return self


def load_peers(path: Path | None, *, is_production: bool) -> Peers:
    """Read each institution's gateway address. Without a file there are no peers.

    In production addresses have to be https://, but for this machine's own. Raises StartRefused.
    """
    peers = [] if path is None else _read_file(path)
    for peer in peers:
        if is_production and not _is_safe_to_use(peer.url):
            raise StartRefused(
                "RXLEDGER_PEERS: in production a gateway's address begins with https://, for what it sends is"
                " personal data."
            )
    names = [
        InstitutionName(name.number, name.name_en, name.name_zh) for peer in peers for name in peer.names
    ]
    return Peers(
        MappingProxyType({number: peer.url for peer in peers for number in peer.institutions}),
        MappingProxyType({name.number: name for name in names}),
    )


def _read_file(path: Path) -> list[_Peer]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"has more than {MAX_FILE_BYTES} bytes")
        return _PeersFile.model_validate_json(path.read_bytes()).peers
    except OSError as fault:
        raise StartRefused(f"RXLEDGER_PEERS: {path} can't be read ({fault.strerror}).") from None
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False, include_context=False)[0]
        place = "/".join(str(step) for step in first["loc"]) or "the file"
        raise StartRefused(
            f"RXLEDGER_PEERS: {path} is no file of {FORMAT}: {place}: {first['msg']}."
        ) from None
    except ValueError as fault:
        raise StartRefused(f"RXLEDGER_PEERS: {path} {fault}.") from None


def _is_safe_to_use(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
