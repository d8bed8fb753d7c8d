"""What the node says against the portal's pins; the mirror killed and taken up again; successor logs."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col

from ledger_chain.reader import ChainReader
from ledger_proofs.types import Address, log_id
from regulator_portal.jobs.models import JobKind, JobState
from regulator_portal.jobs.rounds import Cadence, Rounds
from regulator_portal.mirror.models import CheckpointOutcome, LogState, PinnedBlock, PinnedCheckpoint
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.verification.service import Asked, VerificationService
from tests.gateway_support import FIRST
from tests.integration.portal.conftest import Issued
from tests.portal_support import FIRST_LOG, PortalUnderTest, open_portal
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.chain]

PAGE_BYTES = 4_096
CHECK = [sys.executable, "-m", "regulator_portal", "check", "--json"]


def verify_first(portal: PortalUnderTest) -> str:
    tools = portal.tools
    service = VerificationService(
        tools.database, portal.clock, tools.trust, tools.node.reader, tools.sources, tools.gateways
    )
    return service.verify_position(FIRST_LOG, 0, Asked("auditor:1", "r")).outcome


def test_a_replaced_chain_is_found_by_its_pinned_block_and_proves_nothing(portal: PortalUnderTest) -> None:
    portal.mirror()
    assert verify_first(portal) == "passed"
    with portal.tools.database.writing() as session:
        session.execute(update(PinnedBlock).values(hash=b"\x07" * 32))
    job = portal.run(JobKind.MIRROR)
    assert (job.problem, portal.codes()) == ("chain.replaced", ["chain.replaced"])
    assert portal.log().state == LogState.COULD_NOT_CHECK
    assert verify_first(portal) == "could_not_check"
    checked = portal.check()
    assert checked.exit_code == 1


def test_a_shorter_chain_is_found(portal: PortalUnderTest) -> None:
    portal.mirror()
    with portal.tools.database.writing() as session:
        session.add(PinnedBlock(number=10**9, hash=bytes(32), pinned_at=0))
    portal.run(JobKind.MIRROR)
    assert portal.codes() == ["chain.rolled_back"]
    with portal.tools.database.writing() as session:
        session.delete(session.get(PinnedBlock, 10**9))
    portal.run(JobKind.MIRROR)
    assert (portal.codes(), portal.log().state) == ([], LogState.PASSED)


def test_a_checkpoint_that_is_not_the_pinned_one_is_found(portal: PortalUnderTest) -> None:
    portal.mirror()
    pinned = portal.log().pinned_size
    wrong = (
        update(PinnedCheckpoint)
        .where(col(PinnedCheckpoint.log) == FIRST_LOG, col(PinnedCheckpoint.size) == pinned)
        .values(root=b"\x09" * 32)
    )
    with portal.tools.database.writing() as session:
        session.execute(wrong)
    portal.run(JobKind.MIRROR)
    assert portal.codes() == ["checkpoint.pin_differs"]
    portal.recheck()
    assert portal.codes() == ["checkpoint.pin_differs", "log.root_differs"]


def test_another_trust_is_another_chain(portal: PortalUnderTest) -> None:
    trust = dataclasses.replace(portal.tools.trust.trust, directory=Address(bytes(20)))
    node = portal.tools.node
    node.trust = trust
    assert portal.check().exit_code == 1
    assert portal.codes() == ["chain.replaced"]


def test_a_silent_node_is_neither_passed_nor_found(portal: PortalUnderTest, issued: Issued) -> None:
    portal.mirror()
    silent = ChainReader("http://127.0.0.1:9", portal.tools.trust.as_deployment(), 1.0)
    portal.tools.node.reader = silent
    job = portal.run(JobKind.MIRROR)
    assert (job.state, job.problem) == (JobState.COULD_NOT_CHECK, "chain-unreachable")
    assert portal.findings() == []
    checked = portal.check()
    assert (checked.exit_code, checked.as_of_block) == (2, None)


def kill_once_written(environment: dict[str, str], wal: Path, pages: int) -> None:
    """Start a full round, and kill it as soon as it has written so many pages, or more, to its database."""
    before = wal.stat().st_size if wal.exists() else 0
    process = subprocess.Popen(CHECK, env=environment, stdout=subprocess.DEVNULL)

    def has_written() -> bool:
        return process.poll() is not None or (
            wal.exists() and wal.stat().st_size > before + pages * PAGE_BYTES
        )

    wait_until(has_written, 60, "the portal to write")
    process.send_signal(signal.SIGKILL)
    process.wait(10)


def test_the_mirror_killed_at_any_point_goes_on_and_comes_to_the_same(
    tmp_path: Path, issued: Issued, portal: PortalUnderTest
) -> None:
    """A process is killed as soon as it has written anything; the next one comes to the same end."""
    home = portal.settings.home
    database = home / "portal.db"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RXLEDGER_")},
        "RXLEDGER_PORTAL_HOME": str(home),
        "RXLEDGER_PORTAL_RPC_URL": issued.stack.chain.engine.rpc_url,
    }
    for pages in range(3):
        kill_once_written(environment, database.with_name("portal.db-wal"), pages)
    done = subprocess.run(CHECK, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    row = portal.log()
    assert row.size == row.verified_size == row.head_size
    assert (row.passed_count, row.pending_count) == (row.size, 0)
    assert portal.findings() == []


def test_a_closed_logs_later_checkpoints_are_barred_and_its_successor_goes_on(
    issued: Issued, portal: PortalUnderTest
) -> None:
    portal.mirror()
    with portal.tools.database.reading() as session:
        sizes = [pin.size for pin in MirrorRepository(session).list_checkpoints(FIRST_LOG, 0, 100)]
    assert len(sizes) > 1
    issued.stack.chain.authority.close_log(FIRST_LOG, sizes[0])
    second = log_id(FIRST, 2)
    portal.mirror()
    portal.mirror(second)
    row, successor = portal.log(), portal.log(second)
    assert (row.closed_size, row.successor, row.state) == (sizes[0], second, LogState.PASSED)
    assert (successor.base_size, successor.verified_size) == (sizes[0], sizes[0])
    assert successor.state == LogState.PASSED
    with portal.tools.database.reading() as session:
        mirror = MirrorRepository(session)
        later = mirror.find_checkpoint(FIRST_LOG, sizes[-1])
        opening = mirror.find_checkpoint(second, sizes[0])
    assert later is not None
    assert opening is not None
    assert (later.outcome, opening.outcome) == (CheckpointOutcome.BARRED, CheckpointOutcome.PASSED)
    assert portal.findings() == []


def test_the_working_thread_brings_logs_up_to_date_by_itself(issued: Issued, portal: PortalUnderTest) -> None:
    rounds = Rounds(portal.tools, Cadence(0.2, 3_600))
    wait_until(lambda: rounds.step() > 0 and portal.log().passed_count, 60, "the first round")
    assert portal.log().passed_count == len(issued.ids)
    anna = issued.stack.doctor("anna")
    more = anna.issue()["id"]
    anna.wait_until_final(str(more))
    wait_until(lambda: rounds.step() >= 0 and portal.log().passed_count > len(issued.ids), 60, "the new one")
    assert portal.findings() == []


def test_a_portal_keeps_its_copy_apart_from_the_gateways_files(tmp_path: Path, issued: Issued) -> None:
    with open_portal(tmp_path / "other", issued.stack.gateway.url, issued.stack.chain) as portal:
        portal.mirror()
        assert portal.log().verified_size == len(issued.ids)
