"""Puts the gateway together: the only place that chooses implementations."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

from ledger_api import migrations
from ledger_api.accesses import endpoints as access_endpoints
from ledger_api.accesses import incoming_endpoints as incoming_demand_endpoints
from ledger_api.audit import endpoints as audit_endpoints
from ledger_api.codes import endpoints as codes_endpoints
from ledger_api.config import Settings
from ledger_api.deliveries.courier import Courier
from ledger_api.demands import endpoints as demand_endpoints
from ledger_api.demands import peer_endpoints as demand_peer_endpoints
from ledger_api.demands.messages import WRITERS
from ledger_api.desk import pages as desk_pages
from ledger_api.dispenses import endpoints as dispensing_endpoints
from ledger_api.docs_page import serve_docs
from ledger_api.drafts import endpoints as drafts_endpoints
from ledger_api.evidence import endpoints as evidence_endpoints
from ledger_api.evidence import lot_endpoints as lot_evidence_endpoints
from ledger_api.holder_view import endpoints as holder_view_endpoints
from ledger_api.housekeeping import Housekeeping
from ledger_api.idempotency.in_flight import InFlight
from ledger_api.identity import endpoints as identity_endpoints
from ledger_api.identity import institution_endpoints
from ledger_api.identity.dependencies import get_sender
from ledger_api.imports import endpoints as imports_endpoints
from ledger_api.keystore.file_keystore import FileKeystore
from ledger_api.log import endpoints as log_endpoints
from ledger_api.lots import endpoints as lot_endpoints
from ledger_api.network import REQUEST_TIMEOUT_SECONDS, Network, open_network
from ledger_api.nodes.watch import NodeWatch
from ledger_api.observability.metrics import Metrics
from ledger_api.openapi import describe
from ledger_api.outbox import Outbox, OutboxParts, ask_worker
from ledger_api.packs import endpoints as pack_endpoints
from ledger_api.packs.makers import Makers
from ledger_api.packs.pack_key import load_pack_key
from ledger_api.packs.parts import PackParts
from ledger_api.packs.policy import parse_policy
from ledger_api.parts import Parts
from ledger_api.peers.addresses import Peers, load_peers
from ledger_api.peers.client import PeerClient, PeerParts
from ledger_api.peers.dependencies import authenticate_peer, is_peer_request
from ledger_api.peers.directory import PeerDirectory
from ledger_api.peers.names import InstitutionNames
from ledger_api.prescriptions import endpoints as prescription_endpoints
from ledger_api.received import endpoints as received_endpoints
from ledger_api.refusals import endpoints as refusal_endpoints
from ledger_api.restores import endpoints as restore_endpoints
from ledger_api.reversals import endpoints as reversal_endpoints
from ledger_api.reviews import endpoints as review_endpoints
from ledger_api.settlements import endpoints as settlement_endpoints
from ledger_api.settlements import peer_endpoints as settlement_peer_endpoints
from ledger_api.settlements import request_endpoints as settlement_request_endpoints
from ledger_api.signing.entitlement import Entitlements
from ledger_api.voids import endpoints as void_endpoints
from ledger_chain.deployment import Deployment, load_deployment
from ledger_chain.development_chains import is_development_chain
from ledger_chain.development_keys import is_development_address
from ledger_chain.errors import ContractMismatch
from ledger_chain.reader import ChainReader
from ledger_proofs.types import Address
from ledger_web import operation
from ledger_web.clock import Clock, system_clock
from ledger_web.database import Database
from ledger_web.errors import StartRefused
from ledger_web.passwords import Passwords
from ledger_web.readiness import PartState, Readiness
from ledger_web.refusals import answer_refusals
from ledger_web.requests import RequestLayer
from ledger_web.throttle import SignInThrottle
from ledger_web.workers import Worker

ROUTERS = (
    operation.router,
    identity_endpoints.router,
    institution_endpoints.router,
    drafts_endpoints.router,
    codes_endpoints.router,
    imports_endpoints.router,
    prescription_endpoints.router,
    review_endpoints.router,
    received_endpoints.router,
    dispensing_endpoints.router,
    restore_endpoints.router,
    void_endpoints.router,
    refusal_endpoints.router,
    lot_endpoints.router,
    pack_endpoints.router,
    settlement_request_endpoints.router,
    settlement_peer_endpoints.router,
    settlement_endpoints.router,
    reversal_endpoints.router,
    holder_view_endpoints.router,
    demand_endpoints.router,
    demand_endpoints.progress_router,
    incoming_demand_endpoints.router,
    access_endpoints.router,
    demand_peer_endpoints.router,
    lot_evidence_endpoints.router,
    evidence_endpoints.router,
    log_endpoints.router,
    audit_endpoints.router,
)


def build_parts(
    settings: Settings, *, clock: Clock = system_clock, passwords: Passwords | None = None
) -> Parts:
    """Choose and make the parts, with the schema up to date. Raises StartRefused."""
    database = Database(settings.database_url)
    migrations.prepare(database, may_upgrade=not settings.is_production)
    keystore = FileKeystore.open(settings.keystore, settings.keystore_passphrase.get_secret_value())
    if settings.is_production:
        _refuse_development_keys(keystore)
    readiness = Readiness()
    readiness.add("database", lambda: _ask_database(database))
    metrics = Metrics()
    deployment = _find_deployment(settings)
    if settings.is_production and deployment is not None:
        verify_own_chain(deployment)
    network = open_network(settings, deployment, clock)
    outbox = Outbox(OutboxParts(settings, database, clock, keystore, metrics, network))
    readiness.add("sequencer", outbox.ask_sequencer)
    readiness.add("anchoring", outbox.ask_anchoring)
    readiness.add("spends", outbox.ask_spends)
    readiness.add("chain", outbox.ask_chain)
    peers = load_peers(settings.peers, is_production=settings.is_production)
    directory = PeerDirectory(None if network is None else network.reader, clock)
    parts = Parts(
        settings=settings,
        clock=clock,
        database=database,
        key_wrapper=keystore,
        anchoring_keys=keystore,
        content_keys=keystore,
        passwords=passwords or Passwords(),
        throttle=SignInThrottle(clock),
        in_flight=InFlight(),
        metrics=metrics,
        readiness=readiness,
        entitlements=Entitlements(network),
        outbox=outbox,
        peers=_open_peers(peers, keystore, deployment, clock),
        peer_directory=directory,
        institution_names=InstitutionNames(peers.names, database, directory),
        packs=_open_packs(settings, network, directory),
        deployment=deployment,
        network=network,
        workers=[*outbox.workers, _build_housekeeper(database, clock, metrics)],
    )
    _watch_nodes(parts, keystore)
    courier = _build_courier(parts)
    readiness.add("courier", lambda: ask_worker(courier))
    parts.workers.append(courier)
    return parts


def build_app(parts: Parts) -> FastAPI:
    """Build the application around its parts; its workers run from start-up to shutdown."""
    app = FastAPI(version="1", lifespan=_run_workers, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.parts = parts
    app.state.verify_sender = lambda request: _verify_sender(request, parts)
    describe(app)
    serve_docs(app)
    pages = desk_pages.open_pages(parts)
    answer_refusals(app, pages, page_prefixes=(desk_pages.HOME, "/holder"))
    app.state.desk_pages = pages
    pages.mount(app)
    for router in (*ROUTERS, *desk_pages.ROUTERS):
        app.include_router(router)
    app.add_middleware(RequestLayer, metrics=parts.metrics, is_production=parts.settings.is_production)
    return app


@asynccontextmanager
async def _run_workers(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    for worker in parts.workers:
        worker.start()
    try:
        yield
    finally:
        for worker in reversed(parts.workers):
            worker.stop()
        parts.peers.close()
        parts.database.close()


def _verify_sender(request: Request, parts: Parts) -> None:
    """Let large bodies in from who is signed in, and from peers. Raises NotSignedIn."""
    if is_peer_request(request):
        authenticate_peer(request, parts)
    else:
        get_sender(request, parts)


def _open_peers(
    peers: Peers, keystore: FileKeystore, deployment: Deployment | None, clock: Clock
) -> PeerClient:
    domain = None if deployment is None else deployment.domain()
    return PeerClient(PeerParts(peers.addresses, keystore, domain, clock))


def _open_packs(settings: Settings, network: Network | None, directory: PeerDirectory) -> PackParts:
    key = load_pack_key(settings.pack_key_file, is_production=settings.is_production)
    return PackParts(key, parse_policy(settings.pack_policy), Makers(network, directory))


def _build_housekeeper(database: Database, clock: Clock, metrics: Metrics) -> Worker:
    failures = metrics.worker_failures.labels("housekeeping")
    return Worker("housekeeping", Housekeeping(database, clock).step, failures.inc)


def _watch_nodes(parts: Parts, keystore: FileKeystore) -> None:
    """Have the own node looked at where it can be held to anything: to seals, or to other nodes."""
    network = parts.network
    if network is None:
        return
    others = tuple(
        ChainReader(url, network.deployment, REQUEST_TIMEOUT_SECONDS) for url in parts.settings.other_rpc_urls
    )
    watch = NodeWatch(
        network.held,
        network.problems,
        network.reader,
        others,
        parts.database,
        parts.clock,
        keystore,
        parts.metrics,
    )
    parts.readiness.add("nodes", watch.ask)
    if others or network.held.is_proving:
        parts.workers.append(Worker("nodes", watch.step, parts.metrics.worker_failures.labels("nodes").inc))


def _build_courier(parts: Parts) -> Worker:
    failures = parts.metrics.worker_failures.labels("courier")
    return Worker("courier", Courier(parts, WRITERS).step, failures.inc)


def _refuse_development_keys(keystore: FileKeystore) -> None:
    for institution in sorted(keystore.institutions()):
        if is_development_address(Address(keystore.anchoring_address(institution))):
            raise StartRefused(
                f"The keystore holds a development key for institution {institution}, which everybody knows."
                " Production needs a keystore of its own: provision the institution anew."
            )


def verify_own_chain(deployment: Deployment) -> None:
    """Raise StartRefused for a chain of development or tests, which production must not stand on."""
    if is_development_chain(deployment.chain_id):
        raise StartRefused(
            f"RXLEDGER_DEPLOYMENT names chain {deployment.chain_id}, which is a development or test chain."
            " Production needs a network of its own: docs/operations.md."
        )


def _find_deployment(settings: Settings) -> Deployment | None:
    if settings.deployment is None:
        return None
    try:
        return load_deployment(settings.deployment)
    except ContractMismatch as fault:
        raise StartRefused(f"RXLEDGER_DEPLOYMENT: {fault}") from None


def _ask_database(database: Database) -> PartState:
    database.verify_answers()
    return PartState("ok")
