"""Chooses and makes the portal's parts; `app.py` puts the application around them."""

from zoneinfo import ZoneInfo

from ledger_chain.errors import ChainError
from ledger_chain.reader import ChainReader
from ledger_web.clock import Clock, system_clock
from ledger_web.database import Database
from ledger_web.metrics import RequestMetrics
from ledger_web.passwords import Passwords
from ledger_web.readiness import PartState, Readiness
from ledger_web.throttle import SignInThrottle
from ledger_web.workers import Worker
from regulator_portal import migrations
from regulator_portal.config import PREFIX, Settings
from regulator_portal.jobs.rounds import Cadence, Rounds
from regulator_portal.jobs.worker import PortalWorker
from regulator_portal.mirror.node import Node
from regulator_portal.mirror.tools import RuleSettings, Tools
from regulator_portal.nodes.standings import AGREES, OWN_NODE, list_standings
from regulator_portal.parts import Parts
from regulator_portal.sources.files import load_sources
from regulator_portal.sources.gateway import Gateways
from regulator_portal.trust import load_trust, verify_own_validators
from regulator_portal.verification.service import VerificationService

DEVELOPMENT_RPC_URL = "http://127.0.0.1:8545"
NODE_TIMEOUT_SECONDS = 5.0
PAGE_NODE_TIMEOUT_SECONDS = 2.0
"""How long a page waits for the node, at most."""


def build_tools(settings: Settings, database: Database, clock: Clock, gateways: Gateways) -> Tools:
    """Make what checks work with. Raises StartRefused for a bad trust or sources file."""
    trust = load_trust(settings.trust)
    if settings.is_production:
        verify_own_validators(trust)
    reader = ChainReader(settings.rpc_url or DEVELOPMENT_RPC_URL, trust.as_deployment(), NODE_TIMEOUT_SECONDS)
    node = Node(reader, trust.trust, NODE_TIMEOUT_SECONDS)
    rules = RuleSettings(ZoneInfo(settings.zone), settings.record_grace_seconds, settings.stale_seconds)
    others = tuple(
        ChainReader(url, trust.as_deployment(), NODE_TIMEOUT_SECONDS) for url in settings.other_rpc_urls
    )
    return Tools(database, clock, trust, node, load_sources(settings.sources), gateways, rules, others)


def build_parts(
    settings: Settings, *, clock: Clock = system_clock, passwords: Passwords | None = None
) -> Parts:
    """Make the parts, with the schema up to date. Raises StartRefused."""
    database = open_database(settings)
    gateways = Gateways()
    tools = build_tools(settings, database, clock, gateways)
    reader = ChainReader(tools.node.reader.urls, tools.trust.as_deployment(), PAGE_NODE_TIMEOUT_SECONDS)
    metrics = RequestMetrics("rxledger_portal")
    rounds = Rounds(tools, Cadence(settings.mirror_seconds, settings.recheck_seconds))
    work = PortalWorker(rounds, metrics.worker_failures.labels("portal").inc)
    readiness = Readiness()
    readiness.add("database", lambda: _ask_database(database))
    readiness.add("chain", lambda: _ask_chain(reader, database))
    if settings.other_rpc_urls:
        readiness.add("other_nodes", lambda: _ask_standings(database))
    readiness.add("worker", lambda: _ask_worker(work.worker))
    return Parts(
        settings=settings,
        clock=clock,
        database=database,
        passwords=passwords or Passwords(),
        throttle=SignInThrottle(clock),
        metrics=metrics,
        readiness=readiness,
        trust=tools.trust,
        sources=tools.sources,
        gateways=gateways,
        reader=reader,
        verification=VerificationService(database, clock, tools.trust, reader, tools.sources, gateways),
        work=work,
        workers=[work.worker],
    )


def open_database(settings: Settings) -> Database:
    """Open the portal's database, with its schema up to date. Raises StartRefused."""
    database = Database(settings.database_url, PREFIX)
    migrations.prepare(database, may_upgrade=not settings.is_production)
    return database


def _ask_database(database: Database) -> PartState:
    database.verify_answers()
    return PartState("ok")


def _ask_chain(reader: ChainReader, database: Database) -> PartState:
    """Whether the own node answers, and how it stood at the last look: one that lies concludes nothing."""
    try:
        reader.block_number()
    except ChainError as fault:
        return PartState("degraded", fault.code)
    with database.reading() as session:
        own = next((each for each in list_standings(session) if each.name == OWN_NODE), None)
    if own is None or own.outcome == AGREES:
        return PartState("ok")
    return PartState("degraded", own.problem or own.outcome)


def _ask_standings(database: Database) -> PartState:
    """How the other nodes stood when the worker last looked: told by name, and never what stops requests."""
    with database.reading() as session:
        others = [each for each in list_standings(session) if each.name != OWN_NODE]
    if not others:
        return PartState("degraded", "not looked at yet")
    wrong = [f"{each.name}: {each.problem or each.outcome}" for each in others if each.outcome != AGREES]
    return PartState("degraded", "; ".join(wrong)) if wrong else PartState("ok")


def _ask_worker(worker: Worker) -> PartState:
    if not worker.is_alive:
        return PartState("failed", "not running")
    return PartState("degraded", worker.last_failure) if worker.last_failure else PartState("ok")
