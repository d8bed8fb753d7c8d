"""Chooses and makes the portal's parts; `app.py` puts the application around them."""

from argon2 import PasswordHasher

from ledger_chain.reader import ChainReader
from ledger_web.clock import Clock, system_clock
from ledger_web.database import Database
from ledger_web.metrics import RequestMetrics
from ledger_web.passwords import Passwords
from ledger_web.readiness import PartState, Readiness
from ledger_web.throttle import SignInThrottle
from regulator_portal import migrations
from regulator_portal.config import PREFIX, Settings
from regulator_portal.jobs.rounds import Rounds
from regulator_portal.jobs.worker import PortalWorker
from regulator_portal.parts import Parts
from regulator_portal.sources.files import load_sources
from regulator_portal.sources.gateway import Gateways
from regulator_portal.trust import load_trust
from regulator_portal.verification.service import VerificationService

DEVELOPMENT_RPC_URL = "http://127.0.0.1:8545"
NODE_TIMEOUT_SECONDS = 5.0


def build_parts(
    settings: Settings, *, clock: Clock = system_clock, passwords: Passwords | None = None
) -> Parts:
    """Make the parts, with the schema up to date. Raises StartRefused."""
    database = Database(settings.database_url, PREFIX)
    migrations.prepare(database, may_upgrade=not settings.is_production)
    raise NotImplementedError
