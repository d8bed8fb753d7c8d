"""A portal for tests: its own folder and database, told of a gateway by sources, of the chain by trust.

`build_portal_home` writes what an operator would write; `open_tools` gives what checks are made with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger_api.identity.principal import Role
from ledger_api.provisioning import InstitutionPlan, MachinePlan, build_machine_token
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.trust_files import TrustFile, trust_file_as_json
from ledger_proofs.types import log_id
from ledger_web.clock import Clock, system_clock
from regulator_portal import migrations
from regulator_portal.building import build_tools, open_database
from regulator_portal.checking import Checked, check_all
from regulator_portal.config import Settings
from regulator_portal.findings.models import Finding
from regulator_portal.findings.service import FindingFilter, FindingRepository
from regulator_portal.jobs.models import Job, JobKind
from regulator_portal.jobs.rounds import run_to_end
from regulator_portal.jobs.service import JobRepository, queue_own
from regulator_portal.mirror.models import MirroredLog
from regulator_portal.mirror.pinning import survey_logs
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.mirror.tools import Tools
from regulator_portal.sources.gateway import Gateways
from tests.gateway_stack import ChainUnderTest, Stack, run_stack
from tests.gateway_support import FIRST, SECOND, build_test_plan, signing_key
from tests.support.fresh_databases import lay_fresh_database

REGULATOR = 900
PORTAL_TOKEN = build_machine_token()
FIRST_LOG = log_id(FIRST, 1)
SECOND_LOG = log_id(SECOND, 1)


def build_plan_with_regulator() -> list[InstitutionPlan]:
    """The test plan's hospitals, and a regulator whose machine client is the portal."""
    regulator = InstitutionPlan(
        number=REGULATOR,
        name_zh="测试医保局",
        name_en="Test Regulator",
        roles=int(InstitutionRole.REGULATOR),
        machines=(MachinePlan("portal", frozenset({Role.REGULATOR}), token=PORTAL_TOKEN),),
        anchoring_key=signing_key("anchor of the regulator"),
    )
    return [*build_test_plan(), regulator]


@contextmanager
def run_regulated_stack(home: Path, chain: ChainUnderTest, **changes: Any) -> Iterator[Stack]:
    """A gateway on a chain that knows the regulator's machine client."""
    with run_stack(home, chain, plan=build_plan_with_regulator(), **changes) as stack:
        yield stack


def build_portal_home(
    home: Path, gateway_url: str, chain: ChainUnderTest, trust_file: TrustFile | None = None, **changes: Any
) -> Settings:
    """Write trust, sources and token files under `home`; gives the portal's settings."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = trust_file_as_json(trust_file or TrustFile(chain.trust, "a test's chain"))
    (home / "trust.json").write_text(json.dumps(content), encoding="utf-8")
    write_sources(home, gateway_url)
    return Settings.model_validate(
        {"home": home, "port": 0, "rpc_url": chain.engine.rpc_url, "mirror_seconds": 1, **changes}
    )


def write_sources(home: Path, gateway_url: str, numbers: Sequence[int] = (FIRST, SECOND)) -> None:
    """Write the sources file: one gateway for some institutions."""
    token = home / "gateway.token"
    token.touch(mode=0o600)
    token.write_text(PORTAL_TOKEN + "\n", encoding="utf-8")
    institutions = [
        {"number": number, "name_en": f"Hospital {number}", "name_zh": f"医院 {number}"} for number in numbers
    ]
    source = {
        "name_en": "The test gateway",
        "name_zh": "测试网关",
        "gateway": gateway_url,
        "token_file": token.name,
        "institutions": institutions,
    }
    (home / "sources.json").write_text(json.dumps([source], ensure_ascii=False), encoding="utf-8")


@dataclass
class PortalUnderTest:
    """A portal's checks, without its pages. Its gateway can be changed: `portal.ask(url)`."""

    settings: Settings
    tools: Tools
    clock: Clock = system_clock
    others: list[Tools] = field(default_factory=list)

    def ask(self, gateway_url: str) -> None:
        """Let the portal ask another address from now on."""
        write_sources(self.settings.home, gateway_url)
        self.others.append(self.tools)
        self.tools = build_tools(self.settings, self.tools.database, self.clock, Gateways())

    def survey(self) -> list[int]:
        """See which logs there are."""
        return survey_logs(self.tools)

    def run(self, kind: JobKind, log: int = FIRST_LOG) -> Job:
        """Do one job to its end."""
        with self.tools.database.writing() as session:
            job = queue_own(session, self.clock, kind, log)
            job_id = job.id
        run_to_end(self.tools, [job_id])
        with self.tools.database.reading() as session:
            return JobRepository(session).get(job_id)

    def mirror(self, log: int = FIRST_LOG) -> Job:
        """Survey, and bring a log's mirror up to date."""
        self.survey()
        return self.run(JobKind.MIRROR, log)

    def recheck(self, log: int = FIRST_LOG) -> Job:
        """Recheck a log, without the evidence."""
        return self.run(JobKind.RECHECK, log)

    def sweep(self, log: int = FIRST_LOG) -> Job:
        """Verify the evidence that is due."""
        return self.run(JobKind.SWEEP, log)

    def check(self) -> Checked:
        """Do one full round."""
        return check_all(self.tools)

    def log(self, log: int = FIRST_LOG) -> MirroredLog:
        """A log's row."""
        with self.tools.database.reading() as session:
            return MirrorRepository(session).get_log(log)

    def findings(self, state: str | None = None) -> list[Finding]:
        """All findings, or those in a state."""
        with self.tools.database.reading() as session:
            return list(FindingRepository(session, self.clock).list(FindingFilter(state=state), 0, 1000))

    def codes(self, state: str = "open") -> list[str]:
        """The codes of findings in a state, in order."""
        return sorted(each.code for each in self.findings(state))

    def close(self) -> None:
        """Close connections."""
        for tools in (self.tools, *self.others):
            tools.gateways.close()
        self.tools.database.close()


@contextmanager
def open_portal(
    home: Path, gateway_url: str, chain: ChainUnderTest, clock: Clock = system_clock, **changes: Any
) -> Iterator[PortalUnderTest]:
    """A portal that asks a gateway's address and a chain."""
    settings = build_portal_home(home, gateway_url, chain, **changes)
    lay_fresh_database(settings.database_url, migrations.upgrade)
    database = open_database(settings)
    portal = PortalUnderTest(settings, build_tools(settings, database, clock, Gateways()), clock)
    try:
        yield portal
    finally:
        portal.close()
