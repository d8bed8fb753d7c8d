"""Where the gateways of institutions are: the file that RXLEDGER_PEERS names.

`{"format": "rxledger.peers/1", "peers": [{"url": "https://gateway.example", "institutions": [1, 2]}]}`. An
address is operation and no evidence: a wrong one costs an answer, never gives a false one (ADR 0014).
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ledger_proofs.types import MAX_INSTITUTION
from ledger_web.errors import StartRefused

FORMAT = "rxledger.peers/1"
MAX_FILE_BYTES = 16 * 1024 * 1024


class _Peer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    url: str = Field(max_length=200)
    institutions: list[int] = Field(min_length=1)

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
        return self


def load_peers(path: Path | None, *, is_production: bool) -> Mapping[int, str]:
    """Read each institution's gateway address. Without a file there are no peers.

    In production addresses have to be https://, but for this machine's own. Raises StartRefused.
    """
    if path is None:
        return MappingProxyType({})
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"has more than {MAX_FILE_BYTES} bytes")
        peers = _PeersFile.model_validate_json(path.read_bytes()).peers
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
    for peer in peers:
        if is_production and not _is_safe_to_use(peer.url):
            raise StartRefused(
                "RXLEDGER_PEERS: in production a gateway's address begins with https://, for what it sends is"
                " personal data."
            )
    return MappingProxyType({number: peer.url for peer in peers for number in peer.institutions})


def _is_safe_to_use(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
