"""Ways in which a gateway might get a log passed, cleared or hidden that shouldn't be."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from ledger_proofs.bundles import bundle_as_json, parse_bundle
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.checkpoints import Checkpoint
from ledger_proofs.references import Reference
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.jobs.models import JobKind, JobState
from regulator_portal.jobs.rounds import Cadence, Rounds
from regulator_portal.jobs.runner import JobRunner
from regulator_portal.jobs.service import queue_own
from regulator_portal.mirror.models import LogState
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.sources.errors import GatewayUnusable
from regulator_portal.sources.files import Source
from regulator_portal.sources.gateway import GatewayClient, Gateways
from regulator_portal.verification.service import Asked, VerificationService
from tests.gateway_support import FIRST
from tests.integration.portal.conftest import Issued
from tests.integration.portal.test_lying_gateway import (
    alter_entries,
    change_entry,
    is_evidence,
    is_tile,
    liar,
    portal,
    spoil_signature,
)
from tests.integration.portal.test_lying_node import lie, shared
from tests.portal_support import FIRST_LOG, PortalUnderTest
from tests.support.lying_gateway import LyingGateway, Reply, pass_on

__all__ = ["liar", "portal", "shared"]

pytestmark = [pytest.mark.integration, pytest.mark.chain]


def withhold_tiles(path: str, reply: Reply) -> Reply:
    return Reply(404, b"{}") if is_tile(path) else reply


def overload_tiles(path: str, reply: Reply) -> Reply:
    return Reply(503, b"{}") if is_tile(path) else reply


def fall_back_to_one_entry(portal: PortalUnderTest) -> None:
    """Make the mirror one that has seen only the log's first checkpoint."""
    tools = portal.tools
    with tools.database.writing() as session:
        mirror = MirrorRepository(session)
        row = mirror.get_log(FIRST_LOG)
        mirror.drop_entries_from(FIRST_LOG, 0)
        row.size = row.verified_size = row.swept_size = row.passed_count = 0
        row.compact_range = row.verified_range = b""
        mirror.add(row)


def test_evidence_alone_does_not_make_a_log_pass_that_could_not_be_mirrored(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    portal.mirror()
    fall_back_to_one_entry(portal)
    liar.alter = overload_tiles
    assert portal.mirror().state == JobState.COULD_NOT_CHECK
    assert portal.sweep().state == JobState.DONE
    assert (portal.log().state, portal.log().problem) == (LogState.COULD_NOT_CHECK, "gateway.status_503")


def test_a_recheck_of_what_is_mirrored_does_not_make_the_rest_pass(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    portal.mirror()
    fall_back_to_one_entry(portal)
    liar.alter = overload_tiles
    portal.mirror()
    assert portal.recheck().state == JobState.DONE
    assert portal.log().state == LogState.COULD_NOT_CHECK
    liar.alter = pass_on
    rounds = Rounds(portal.tools, Cadence(0, 3_600))
    rounds.survey()
    while rounds._find_next() is not None:
        rounds.step()
    assert (portal.log().state, portal.log().verified_size) == (LogState.PASSED, portal.log().head_size)


def test_a_thousand_later_findings_do_not_hide_a_wrong_root(portal: PortalUnderTest) -> None:
    portal.mirror()
    tools = portal.tools
    with tools.database.writing() as session:
        findings = FindingRepository(session, tools.clock)
        findings.note(Found(FindingCode.ENTRY_CHANGED, FIRST_LOG, 10**6, ()), "earlier")
    with tools.database.writing() as session:
        findings = FindingRepository(session, lambda: tools.clock() + 60)
        for place in range(1_001):
            findings.note(Found(FindingCode.EVIDENCE_WITHHELD, FIRST_LOG, place, ()), "later")
    portal.run(JobKind.MIRROR)
    assert portal.log().state == LogState.FAILED


def test_withholding_the_log_takes_no_change_back_that_was_found(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    portal.mirror()
    liar.alter = change_entry
    portal.recheck()
    assert portal.codes() == ["log.entry_changed", "log.root_differs"]
    liar.alter = withhold_tiles
    portal.recheck()
    assert portal.codes() == ["log.entries_withheld", "log.entry_changed", "log.root_differs"]
    liar.alter = pass_on
    portal.recheck()
    assert (portal.codes(), portal.log().state) == ([], LogState.PASSED)


def test_withholding_evidence_takes_no_failure_back_that_was_found(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    liar.alter = spoil_signature
    portal.check()
    assert set(portal.codes()) == {"evidence.failed"}
    liar.alter = lambda path, reply: Reply(404, b"{}") if is_evidence(path) else reply
    portal.check()
    assert set(portal.codes()) == {"evidence.failed", "evidence.withheld"}
    liar.alter = pass_on
    portal.check()
    assert portal.codes() == []


def test_a_tile_that_was_malformed_once_is_closed_by_the_next_recheck(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    portal.mirror()
    liar.alter = lambda path, reply: Reply(200, b"<html>") if is_tile(path) else reply
    portal.recheck()
    assert portal.codes() == ["entry.malformed"]
    liar.alter = pass_on
    portal.recheck()
    assert (portal.codes(), portal.log().state) == ([], LogState.PASSED)


def test_a_mirror_that_goes_on_takes_no_root_back_that_it_did_not_compute(portal: PortalUnderTest) -> None:
    portal.mirror()
    size = portal.log().size
    tools = portal.tools
    fall_back_to_one_entry(portal)
    with tools.database.writing() as session:
        FindingRepository(session, tools.clock).note(
            Found(FindingCode.ROOT_DIFFERS, FIRST_LOG, 0, ()), "earlier"
        )
    portal.run(JobKind.MIRROR)
    assert (portal.log().size, portal.codes()) == (size, ["log.root_differs"])


def test_a_full_round_with_evidence_that_is_not_ready_is_not_called_clean(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    liar.alter = lambda path, reply: Reply(409, b"{}") if is_evidence(path) else reply
    checked = portal.check()
    assert (checked.exit_code, checked.findings) == (2, ())
    assert [each.code for _log, each in checked.unchecked] == ["evidence.could_not_check"]


def test_a_portal_that_fails_itself_is_not_called_clean_nor_a_finding(
    portal: PortalUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(_self: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr("regulator_portal.mirror.mirroring.Mirroring.advance", break_down)
    checked = portal.check()
    assert (checked.exit_code, checked.findings) == (2, ())
    assert "job.failed" in [each.code for _log, each in checked.unchecked]


@contextmanager
def run_dripping_server(piece: bytes) -> Iterator[str]:
    """A server that says one piece after the other, and never comes to an end."""
    listener = socket.create_server(("127.0.0.1", 0))
    ending = threading.Event()

    def drip() -> None:
        opened, _ = listener.accept()
        with opened:
            opened.recv(65_536)
            opened.sendall(b"HTTP/1.1 ")
            while not ending.wait(0.02):
                try:
                    opened.sendall(piece)
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ending.set()
        listener.close()
        thread.join(5)


@pytest.mark.parametrize(
    "piece",
    [b"1", b"103 Early Hints\r\n\r\nHTTP/1.1 ", b"200 OK\r\nContent-Length: 9000\r\n\r\nHTTP/1.1 "],
    ids=["a status without end", "interim answers without end", "content a few bytes at a time"],
)
def test_a_gateway_that_never_comes_to_an_end_is_left_in_time(piece: bytes) -> None:
    with run_dripping_server(piece) as url:
        client = GatewayClient(Source("a", "b", url, "t", ()), whole_answer_seconds=0.5)
        began = time.monotonic()
        with pytest.raises(GatewayUnusable) as fault:
            client.fetch_entries(FIRST_LOG, 0, 1)
        client.close()
    assert time.monotonic() - began < 5
    assert fault.value.code in {"gateway.timeout", "gateway.unreachable"}


def test_each_source_has_one_client_with_its_own_token() -> None:
    gateways = Gateways()
    one = Source("a", "b", "http://127.0.0.1:9", "one", ())
    assert gateways.client_of(one) is gateways.client_of(one)
    assert gateways.client_of(replace(one, token="two")) is not gateways.client_of(one)
    gateways.close()


def test_evidence_that_came_late_is_a_finding_of_step_6(portal: PortalUnderTest, liar: LyingGateway) -> None:
    """The node says another anchoring time, a year on, and the gateway goes along with it."""
    year = 31_536_000
    honest = portal.tools.node.reader

    def later(log: int, size: int) -> Checkpoint | None:
        found = honest.find_checkpoint(log, size)
        return None if found is None else replace(found, anchored_at=found.anchored_at + year)

    def head(log: int) -> Checkpoint | None:
        found = honest.head(log)
        return None if found is None else replace(found, anchored_at=found.anchored_at + year)

    def postdate(path: str, reply: Reply) -> Reply:
        if not is_evidence(path):
            return reply
        content: Any = bundle_as_json(parse_bundle(reply.body))
        content["checkpoint"]["anchored_at"] += year
        content["anchor"] |= {"header": None, "account_proof": None, "storage_proofs": None}
        return Reply(200, canonical_bytes(content, max_depth=16))

    lie(portal, find_checkpoint=later, head=head, block_time=lambda number: honest.block_time(number) + year)
    liar.alter = postdate
    portal.mirror()
    portal.sweep()
    assert set(portal.codes()) == {"evidence.late"}
    assert {(each.step, each.verdict) for each in portal.findings()} == {(6, "late")}
    assert (portal.log().late_count, portal.log().state) == (portal.log().size, LogState.PASSED)


def test_a_recheck_killed_midway_goes_on_and_names_what_it_found_before(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    portal.mirror()
    liar.alter = change_entry
    tools = portal.tools
    with tools.database.writing() as session:
        job = queue_own(session, tools.clock, JobKind.RECHECK, FIRST_LOG).id
    runner = JobRunner(tools)
    while portal.codes() == []:
        assert not runner.advance(job)
    liar.alter = pass_on
    done = portal.run(JobKind.RECHECK)
    assert (done.id, done.state) == (job, JobState.DONE)
    assert portal.codes() == ["log.entry_changed", "log.root_differs"], "the same check doesn't take it back"
    portal.recheck()
    assert portal.codes() == []


def test_another_window_of_the_record_is_not_what_was_asked_for(
    portal: PortalUnderTest, shared: Issued, liar: LyingGateway
) -> None:
    """All windows of a record have its commitment: a used one mustn't stand for the next."""
    portal.mirror()
    tools = portal.tools
    service = VerificationService(
        tools.database, portal.clock, tools.trust, tools.node.reader, tools.sources, tools.gateways
    )
    asked = Asked("auditor:1", "r")
    record = shared.ids[0]
    first = shared.stack.gateway.client("portal").get(f"/v1/evidence/{record}?window=0").content
    liar.alter = lambda path, reply: Reply(200, first) if "window=" in path else reply
    reference = Reference(FIRST, record, 1, parse_bundle(first).commitment)
    assert service.verify_record(FIRST, record, 0, asked).outcome == "passed"
    assert service.verify_record(FIRST, record, 1, asked).outcome == "failed"
    assert service.verify_reference(replace(reference, window=0), asked).outcome == "passed"
    assert service.verify_reference(reference, asked).outcome == "failed"


def test_a_log_of_what_are_no_entries_opens_no_endless_findings(
    portal: PortalUnderTest, liar: LyingGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulator_portal.mirror.mirroring.MOST_MALFORMED_NAMED", 2)

    def spoil(path: str, reply: Reply) -> Reply:
        return (
            alter_entries(path, reply, lambda entries: [b"\xff" * 224] * len(entries))
            if is_tile(path)
            else reply
        )

    liar.alter = spoil
    portal.mirror()
    portal.mirror()
    assert portal.log().head_size > 2
    assert portal.codes() == ["entry.malformed", "entry.malformed", "log.root_differs"]
    liar.alter = pass_on
    portal.mirror()
    assert (portal.codes(), portal.log().state) == ([], LogState.PASSED)
