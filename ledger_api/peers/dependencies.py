"""Which institution a request between gateways comes from, as a dependency: `peer: PeerDep`.

An endpoint for peers stands under `/v1/peer/`, takes no Idempotency-Key (what a peer may ask is the same
however often it is asked) and answers one of this gateway's tenants' business: `peer.recipient`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security.http import HTTPBase

from ledger_api.identity.repository import IdentityRepository
from ledger_api.network import NetworkMissing
from ledger_api.parts import Parts, PartsDep
from ledger_api.peers.content_digest import HEADER as CONTENT_DIGEST
from ledger_api.peers.content_digest import parse_content_digest
from ledger_api.peers.errors import PeerNotAuthentic, PeerRoleMissing
from ledger_proofs.errors import LedgerProofError, MalformedInput
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.peer_requests import (
    AUTHORIZATION_SCHEME,
    MAX_PEER_CLOCK_SECONDS,
    PeerAuthorization,
    PeerRequest,
    parse_peer_authorization,
    recover_peer,
)
from ledger_proofs.types import Address, Hash, InstitutionNumber
from ledger_web.bodies import RawBody

_scheme = HTTPBase(
    scheme=AUTHORIZATION_SCHEME,
    scheme_name="Peer",
    auto_error=False,
    description="Another institution's gateway, signed by its anchoring account (protocol 14).",
)


@dataclass(frozen=True)
class Peer:
    """The institution that asks, proved by its account, and the tenant that it asks."""

    number: InstitutionNumber
    roles: InstitutionRole
    recipient: InstitutionNumber

    @property
    def scope(self) -> str:
        """A stable name of the asking institution, for audit trails."""
        return f"peer:{self.number}"


def authenticate_peer(request: Request, parts: Parts) -> Peer:
    """Say which institution sends a request, by its headers alone. Raises PeerNotAuthentic or ChainSilent."""
    stated = _read_authorization(request)
    if abs(parts.clock() - stated.time) > MAX_PEER_CLOCK_SECONDS:
        raise PeerNotAuthentic(
            "Its time is more than five minutes from this gateway's clock. Set the clocks, and sign again.",
            "其时间与本网关时钟相差超过五分钟。请校准时钟后重新签名。",
        )
    with parts.database.reading() as session:
        tenant = IdentityRepository(session).find_institution(stated.recipient)
    if tenant is None:
        raise PeerNotAuthentic(
            f"Institution {stated.recipient} is no tenant of this gateway. Check the file of RXLEDGER_PEERS.",
            f"机构 {stated.recipient} 不在本网关。请核对 RXLEDGER_PEERS 文件。",
        )
    signer = _recover_signer(request, parts, stated)
    standing = parts.peer_directory.get_standing(stated.sender)
    if signer is None or signer != standing.account or not standing.is_active:
        raise PeerNotAuthentic(
            f"The signature is not that of the account which acts for institution {stated.sender}, over this"
            " very request, or that institution is not active.",
            f"签名不是机构 {stated.sender} 的现用账户对本请求作出的，或该机构并非有效状态。",
        )
    return Peer(InstitutionNumber(stated.sender), standing.roles, InstitutionNumber(stated.recipient))


def get_peer(
    request: Request,
    body: RawBody,
    parts: PartsDep,
    _documented: Annotated[object, Security(_scheme)],
) -> Peer:
    """Return which institution sends this request, body and all. Raises as `authenticate_peer`."""
    peer = authenticate_peer(request, parts)
    if hashlib.sha256(body).digest() != _stated_body(request):
        raise PeerNotAuthentic(
            "The body is not the one that was signed. Sign the very bytes that are sent.",
            "请求体与所签内容不一致。请对实际发送的字节签名。",
        )
    return peer


PeerDep = Annotated[Peer, Depends(get_peer)]
"""The institution that asks, of whatever kind."""


def require_peer(*roles: InstitutionRole) -> Callable[[Peer], Peer]:
    """Build a dependency that lets only institutions with at least one of `roles` through."""

    def verify_role(peer: PeerDep) -> Peer:
        if not any(role in peer.roles for role in roles):
            raise PeerRoleMissing
        return peer

    return verify_role


def is_peer_request(request: Request) -> bool:
    """Whether a request says that it comes from a gateway."""
    return str(request.headers.get("authorization", "")).startswith(AUTHORIZATION_SCHEME + " ")


def _read_authorization(request: Request) -> PeerAuthorization:
    try:
        return parse_peer_authorization(request.headers.get("authorization", ""))
    except MalformedInput:
        raise PeerNotAuthentic(
            f"Send `Authorization: {AUTHORIZATION_SCHEME} sender=..,recipient=..,time=..,signature=0x..`"
            " (protocol 14).",
            f"请发送 `Authorization: {AUTHORIZATION_SCHEME} sender=..,recipient=..,time=..,signature=0x..`"
            "（协议第 14 节）。",
        ) from None


def _recover_signer(request: Request, parts: Parts, stated: PeerAuthorization) -> Address | None:
    if parts.deployment is None:
        raise NetworkMissing
    try:
        signed = PeerRequest(
            stated.sender,
            stated.recipient,
            request.method,
            _target_of(request),
            _stated_body(request),
            stated.time,
        )
        return recover_peer(signed, parts.deployment.domain(), stated.signature)
    except LedgerProofError:
        return None


def _stated_body(request: Request) -> Hash:
    return parse_content_digest(request.headers.get(CONTENT_DIGEST))


def _target_of(request: Request) -> str:
    """Return the request's target as it came: path and query, nothing decoded."""
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope.get("query_string", b"")
    raw: bytes = path + (b"?" + query if query else b"")
    return raw.decode("latin-1")
