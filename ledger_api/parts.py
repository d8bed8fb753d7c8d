"""The parts of one running gateway, as `app.py` chose them, and how endpoints come by them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from ledger_api.audit.service import AuditTrail
from ledger_api.config import Settings
from ledger_api.idempotency.in_flight import InFlight
from ledger_api.keystore.interfaces import AnchoringKeys, ContentKeys, KeyWrapper
from ledger_api.network import Network
from ledger_api.observability.metrics import Metrics
from ledger_api.outbox import Outbox
from ledger_api.packs.parts import PackParts
from ledger_api.peers.client import PeerClient
from ledger_api.peers.directory import PeerDirectory
from ledger_api.peers.names import InstitutionNames
from ledger_api.signing.entitlement import Entitlements
from ledger_chain.deployment import Deployment
from ledger_web.clock import Clock
from ledger_web.database import Database
from ledger_web.passwords import Passwords
from ledger_web.problems import request_id_of
from ledger_web.readiness import Readiness
from ledger_web.throttle import SignInThrottle
from ledger_web.workers import Worker


@dataclass(frozen=True)
class Parts:
    """Everything that is made once per process. `workers` are started and stopped with the application."""

    settings: Settings
    clock: Clock
    database: Database
    key_wrapper: KeyWrapper
    anchoring_keys: AnchoringKeys
    content_keys: ContentKeys
    passwords: Passwords
    throttle: SignInThrottle
    in_flight: InFlight
    metrics: Metrics
    readiness: Readiness
    entitlements: Entitlements
    outbox: Outbox
    peers: PeerClient
    peer_directory: PeerDirectory
    institution_names: InstitutionNames
    packs: PackParts
    deployment: Deployment | None = None
    network: Network | None = None
    workers: list[Worker] = field(default_factory=list)


async def get_parts(request: Request) -> Parts:
    """Return the parts of the application that answers this request. Async: it needs no thread."""
    parts = request.app.state.parts
    if not isinstance(parts, Parts):
        raise TypeError("the application was not made by build_app")
    return parts


PartsDep = Annotated[Parts, Depends(get_parts)]


def _open_reading_session(parts: PartsDep) -> Iterator[Session]:
    with parts.database.reading() as session:
        yield session


def _open_work_session(parts: PartsDep) -> Iterator[Session]:
    with parts.database.open_writing_session() as session:
        yield session


ReadSession = Annotated[Session, Depends(_open_reading_session, scope="function")]
"""A session for reading; closed before the answer is sent."""

WorkSession = Annotated[Session, Depends(_open_work_session, scope="function")]
"""A session for writing. The endpoint commits, or `once.answer` does; what isn't committed is undone."""


async def _open_audit_trail(parts: PartsDep, session: WorkSession, request: Request) -> AuditTrail:
    return AuditTrail(session, parts.clock, request_id_of(request))


AuditDep = Annotated[AuditTrail, Depends(_open_audit_trail, scope="function")]
"""The audit trail of this request's `WorkSession`."""
