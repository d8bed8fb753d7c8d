"""A node that lies, forgets or contradicts itself is noticed, and never makes a log pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger_chain.engines import ChainEngine
from ledger_chain.reader import ChainReader
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.types import Hash, LogId, log_id
from regulator_portal.jobs.models import JobKind, JobState
from regulator_portal.jobs.rounds import Cadence, Rounds
from regulator_portal.jobs.runner import JobRunner
from regulator_portal.jobs.service import queue_own
from regulator_portal.mirror.models import LogState, PinnedCheckpoint
from regulator_portal.mirror.node import Closing
from regulator_portal.mirror.repository import MirrorRepository
from tests.gateway_stack import deploy_for_test
from tests.gateway_support import FIRST
from tests.integration.portal.conftest import Issued
from tests.integration.portal.test_lying_gateway import (
    change_entry,
    liar,
    portal,
)
from tests.portal_support import FIRST_LOG, PortalUnderTest, open_portal, run_regulated_stack
from tests.support.lying_gateway import LyingGateway

__all__ = ["liar", "portal"]

pytestmark = [pytest.mark.integration, pytest.mark.chain]

ISSUED = 3


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, chain_engine: ChainEngine) -> Iterator[Issued]:
    """A gateway whose first log has several checkpoints."""
    folder = tmp_path_factory.mktemp("evaded")
    with run_regulated_stack(folder, deploy_for_test(chain_engine)) as stack:
        anna = stack.doctor("anna")
        ids = []
        for _ in range(ISSUED):
            ids.append(str(anna.issue()["id"]))
            anna.wait_until_final(ids[-1])
        yield Issued(stack, tuple(ids))


class LyingNode(ChainReader):
    """The regulator's node, taken over: some answers are made up. `lies` maps a question to its answer."""

    def __init__(self, honest: ChainReader, **lies: Any) -> None:
        super().__init__(honest.urls, honest.deployment, 5.0)
        for question, answer in lies.items():
            setattr(self, question, answer)


def lie(portal: PortalUnderTest, **lies: Any) -> None:
    portal.tools.node.reader = LyingNode(portal.tools.node.reader, **lies)


def be_honest(portal: PortalUnderTest) -> None:
    honest = portal.tools.node.reader
    portal.tools.node.reader = ChainReader(honest.urls, honest.deployment, 5.0)


def head_of(portal: PortalUnderTest) -> Checkpoint:
    found = portal.tools.node.reader.head(FIRST_LOG)
    assert found is not None
    return found


def pins_of(portal: PortalUnderTest) -> list[tuple[Any, ...]]:
    with portal.tools.database.reading() as session:
        pins: list[PinnedCheckpoint] = list(MirrorRepository(session).list_checkpoints(FIRST_LOG, 0, 1_000))
    return [(pin.size, pin.root, pin.previous_size, pin.anchored_at) for pin in pins]


def test_an_institution_that_the_node_hides_is_checked_all_the_same(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    portal.mirror()
    lie(portal, institutions=lambda: [])
    liar.alter = change_entry
    assert portal.check().exit_code == 1
    assert "log.entry_changed" in portal.codes()


@pytest.mark.parametrize("head", ["none", "the first"])
def test_a_head_that_goes_back_is_no_extension(portal: PortalUnderTest, head: str) -> None:
    portal.mirror()
    pins = pins_of(portal)
    first = portal.tools.node.reader.find_checkpoint(FIRST_LOG, pins[0][0])
    lie(portal, head=lambda _log: None if head == "none" else first)
    portal.run(JobKind.MIRROR)
    assert (portal.codes(), portal.log().state) == (["checkpoint.not_extension"], LogState.FAILED)
    assert pins_of(portal) == pins
    be_honest(portal)
    portal.run(JobKind.MIRROR)
    assert (portal.codes(), portal.log().state) == ([], LogState.PASSED)


def test_a_checkpoint_that_leaves_the_pinned_one_out_is_no_extension(portal: PortalUnderTest) -> None:
    portal.mirror()
    pins, honest = pins_of(portal), portal.tools.node.reader
    last = head_of(portal)
    longer = Checkpoint(LogId(FIRST_LOG), last.size + 5, Hash(b"\x05" * 32), last.size - 1, last.anchored_at)
    before = Checkpoint(LogId(FIRST_LOG), last.size - 1, Hash(b"\x06" * 32), 0, last.anchored_at)
    forged = {longer.size: longer, before.size: before}
    lie(
        portal,
        head=lambda _log: longer,
        find_checkpoint=lambda log, size: forged.get(size) or honest.find_checkpoint(log, size),
    )
    portal.run(JobKind.MIRROR)
    assert (portal.codes(), portal.log().state) == (["checkpoint.not_extension"], LogState.FAILED)
    assert pins_of(portal)[: len(pins)] == pins, "no pin is ever changed"


def test_a_head_that_is_not_the_checkpoint_of_its_size_could_not_be_checked(portal: PortalUnderTest) -> None:
    portal.mirror()
    false = replace(head_of(portal), root=Hash(b"\x07" * 32))
    lie(portal, head=lambda _log: false)
    job = portal.run(JobKind.MIRROR)
    assert (job.state, job.problem) == (JobState.COULD_NOT_CHECK, "chain-bad-answer")
    assert portal.log().head_root != false.root


def test_a_closing_that_is_taken_back_is_found(
    portal: PortalUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.mirror()
    node = portal.tools.node
    cut = portal.log().pinned_size
    monkeypatch.setattr(node, "find_closing", lambda _log: Closing(cut, log_id(FIRST, 2)))
    portal.run(JobKind.MIRROR)
    assert (portal.log().closed_size, portal.codes()) == (cut, [])
    monkeypatch.setattr(node, "find_closing", lambda _log: None)
    portal.run(JobKind.MIRROR)
    assert (portal.codes(), portal.log().state) == (["checkpoint.pin_differs"], LogState.FAILED)


def test_a_log_closed_where_there_is_no_checkpoint_could_not_be_checked(
    portal: PortalUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.mirror()
    monkeypatch.setattr(portal.tools.node, "find_closing", lambda _log: Closing(10**6, log_id(FIRST, 2)))
    assert portal.run(JobKind.MIRROR).state == JobState.COULD_NOT_CHECK
    assert portal.log().closed_size is None


@pytest.mark.parametrize("size", [2**53, 2**64 - 1])
def test_sizes_that_no_log_has_could_not_be_checked(portal: PortalUnderTest, size: int) -> None:
    portal.mirror()
    lie(portal, head=lambda _log: Checkpoint(LogId(FIRST_LOG), size, Hash(bytes(32)), 0, 0))
    job = portal.run(JobKind.MIRROR)
    assert (job.state, job.problem) == (JobState.COULD_NOT_CHECK, "checkpoint.out_of_range")


def test_a_height_that_no_chain_has_could_not_be_checked(portal: PortalUnderTest) -> None:
    portal.mirror()
    pinned = portal.tools.node.reader.block_hash(1)
    lie(portal, block_number=lambda: 2**200, block_hash=lambda _number: pinned)
    Rounds(portal.tools, Cadence(0, 3_600)).survey()
    assert (portal.log().state, portal.log().problem) == (LogState.COULD_NOT_CHECK, "chain-bad-answer")


def test_a_log_that_counts_far_more_than_it_has_is_withheld_and_keeps_its_entries(
    portal: PortalUnderTest,
) -> None:
    portal.mirror()
    last, honest = head_of(portal), portal.tools.node.reader
    longer = Checkpoint(LogId(FIRST_LOG), 2**52, Hash(b"\x05" * 32), last.size, last.anchored_at + 10**9)
    lie(
        portal,
        head=lambda _log: longer,
        find_checkpoint=lambda log, size: longer if size == 2**52 else honest.find_checkpoint(log, size),
    )
    portal.run(JobKind.MIRROR)
    assert (portal.codes(), portal.log().state) == (["log.entries_withheld"], LogState.WITHHELD)
    assert portal.log().verified_size == last.size


def test_a_successor_that_is_looked_at_first_waits_for_the_log_before_it(
    tmp_path: Path, issued: Issued
) -> None:
    with open_portal(tmp_path / "fresh", issued.stack.gateway.url, issued.stack.chain) as portal:
        size = head_of(portal).size
        issued.stack.chain.authority.close_log(FIRST_LOG, size)
        second = log_id(FIRST, 2)
        portal.survey()
        job = portal.run(JobKind.MIRROR, second)
        assert (job.state, job.problem) == (JobState.COULD_NOT_CHECK, "mirror.predecessor_behind")
        assert portal.findings() == []
        portal.run(JobKind.MIRROR)
        portal.run(JobKind.MIRROR, second)
        assert (portal.log(second).state, portal.findings()) == (LogState.PASSED, [])


def test_a_recheck_whose_log_grew_while_it_waited_goes_over_what_it_planned(
    portal: PortalUnderTest, shared: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recheck is killed after its first pins; meanwhile the mirror goes on and pins more."""
    portal.mirror()
    tools = portal.tools
    with tools.database.writing() as session:
        job = queue_own(session, tools.clock, JobKind.RECHECK, FIRST_LOG).id
    monkeypatch.setattr("regulator_portal.mirror.rechecking.PINS_AT_A_TIME", 1)
    assert not JobRunner(tools).advance(job), "one pin, then the process is gone"
    monkeypatch.undo()
    anna = shared.stack.doctor("anna")
    anna.wait_until_final(str(anna.issue()["id"]))
    portal.mirror()
    done = portal.run(JobKind.RECHECK)
    assert (done.id, done.state, done.problem) == (job, JobState.DONE, None)
    assert (portal.findings(), portal.log().state) == ([], LogState.PASSED)


def test_a_directory_that_counts_without_end_could_not_be_checked(
    portal: PortalUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.mirror()
    reader = ChainReader(portal.tools.node.reader.urls, portal.tools.node.reader.deployment, 5.0)
    honest = reader._view

    def view(contract: str, function: str, *arguments: Any, block: int | None = None) -> Any:
        return (
            2**60 if function == "institutionCount" else honest(contract, function, *arguments, block=block)
        )

    monkeypatch.setattr(reader, "_view", view)
    portal.tools.node.reader = reader
    Rounds(portal.tools, Cadence(0, 3_600)).survey()
    assert (portal.log().state, portal.log().problem) == (LogState.COULD_NOT_CHECK, "chain-bad-answer")
