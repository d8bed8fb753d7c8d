"""The parts of one running portal, as `app.py` chose them."""

from dataclasses import dataclass, field

from ledger_chain.reader import ChainReader
from ledger_web.clock import Clock
from ledger_web.database import Database
from ledger_web.metrics import RequestMetrics
from ledger_web.passwords import Passwords
from ledger_web.readiness import Readiness
from ledger_web.throttle import SignInThrottle
from ledger_web.workers import Worker
from regulator_portal.config import Settings
from regulator_portal.jobs.worker import PortalWorker
from regulator_portal.sources.files import Sources
from regulator_portal.sources.gateway import Gateways
from regulator_portal.trust import PinnedTrust
from regulator_portal.verification.service import VerificationService


@dataclass(frozen=True)
class Parts:
    """Everything that is made once per process (`building.build_parts`).

    `work` does the rounds; `workers` are the threads that `app.py` starts and stops; `verification` verifies.
    `reader` is None where no node is configured: then nothing can be checked.
    """

    settings: Settings
    clock: Clock
    database: Database
    passwords: Passwords
    throttle: SignInThrottle
    metrics: RequestMetrics
    readiness: Readiness
    trust: PinnedTrust
    sources: Sources
    gateways: Gateways
    reader: ChainReader
    verification: VerificationService
    work: PortalWorker
    workers: list[Worker] = field(default_factory=list)
