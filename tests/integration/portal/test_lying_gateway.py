"""Gateways that lie, withhold, or break: found or left unchecked, never passed, and never a crash.

One stack serves all of them: each test has a portal of its own, which asks a server that alters what it
passes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_chain.engines import ChainEngine
from ledger_proofs.bundles import bundle_as_json, parse_bundle
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.tiles import build_entry_bundle, parse_entry_bundle
from regulator_portal.jobs.models import JobState
from regulator_portal.mirror.models import EntryVerdict, LogState
from regulator_portal.mirror.repository import MirrorRepository
from tests.gateway_stack import deploy_for_test
from tests.integration.portal.conftest import Issued
from tests.portal_support import FIRST_LOG, PortalUnderTest, open_portal, run_regulated_stack
from tests.support.lying_gateway import LyingGateway, Reply, run_lying_gateway

pytestmark = [pytest.mark.integration, pytest.mark.chain]

ISSUED = 3


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, chain_engine: ChainEngine) -> Iterator[Issued]:
    folder = tmp_path_factory.mktemp("lied-about")
    with run_regulated_stack(folder, deploy_for_test(chain_engine)) as stack:
        anna = stack.doctor("anna")
        ids = tuple(str(anna.issue()["id"]) for _ in range(ISSUED))
        for each in ids:
            anna.wait_until_final(each)
        yield Issued(stack, ids)


@pytest.fixture
def liar(shared: Issued) -> Iterator[LyingGateway]:
    with run_lying_gateway(shared.stack.gateway.url) as gateway:
        yield gateway


@pytest.fixture
def portal(tmp_path: Path, shared: Issued, liar: LyingGateway) -> Iterator[PortalUnderTest]:
    with open_portal(tmp_path / "portal", liar.url, shared.stack.chain) as opened:
        yield opened


def is_tile(path: str) -> bool:
    return "/tile/entries/" in path


def is_evidence(path: str) -> bool:
    return "/evidence/" in path


def width_of(path: str) -> int:
    return int(path.rsplit(".p/", 1)[1]) if ".p/" in path else 256


def alter_entries(path: str, reply: Reply, alter: object) -> Reply:
    entries = parse_entry_bundle(reply.body, width_of(path))
    return Reply(reply.status, build_entry_bundle(alter(list(entries))))  # type: ignore[operator]


def flip_last(entries: list[bytes]) -> list[bytes]:
    return [*entries[:-1], entries[-1][:40] + bytes([entries[-1][40] ^ 1]) + entries[-1][41:]]


def change_entry(path: str, reply: Reply) -> Reply:
    return alter_entries(path, reply, flip_last) if is_tile(path) else reply


def test_a_changed_entry_gives_another_root_and_is_not_kept(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    liar.alter = change_entry
    job = portal.mirror()
    assert job.state == JobState.DONE
    assert portal.codes() == ["log.root_differs"]
    row = portal.log()
    assert row.state == LogState.FAILED
    assert row.size == row.verified_size < row.head_size
    found = portal.findings()[0]
    assert found.evidence[0]["expected"] != found.evidence[0]["observed"]


def test_two_rounds_do_not_double_a_finding_and_honesty_closes_it(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    liar.alter = change_entry
    portal.mirror()
    portal.mirror()
    first = portal.findings()
    assert [each.times_seen for each in first] == [2]
    liar.alter = lambda _path, reply: reply
    portal.mirror()
    found = portal.findings()
    assert [(each.id, each.state) for each in found] == [(first[0].id, "closed")]
    assert portal.log().state == LogState.PASSED
    liar.alter = change_entry
    portal.recheck()
    assert portal.log().state == LogState.FAILED


def test_an_entry_changed_after_it_was_mirrored_is_named_by_the_recheck(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    portal.mirror()
    liar.alter = change_entry
    assert portal.mirror().findings == 0, "nothing new was there to fetch"
    job = portal.recheck()
    assert job.state == JobState.DONE
    assert portal.codes() == ["log.entry_changed", "log.root_differs"]
    changed = next(each for each in portal.findings() if each.code == "log.entry_changed")
    assert changed.place == portal.log().size - 1
    liar.alter = lambda _path, reply: reply
    portal.recheck()
    assert (portal.codes(), portal.log().state) == ([], LogState.PASSED)


@pytest.mark.parametrize("act", ["removed", "inserted"])
def test_entries_removed_or_inserted_show(portal: PortalUnderTest, liar: LyingGateway, act: str) -> None:
    portal.mirror()

    def shift(entries: list[bytes]) -> list[bytes]:
        moved = [*entries[1:], entries[0]] if act == "removed" else [entries[-1], *entries[:-1]]
        return moved[: len(entries)]

    liar.alter = lambda path, reply: alter_entries(path, reply, shift) if is_tile(path) else reply
    portal.recheck()
    assert "log.entry_changed" in portal.codes()
    assert "log.root_differs" in portal.codes()


def test_a_tile_that_is_not_handed_out_is_withheld_from_the_first_missing_entry(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    liar.alter = lambda path, reply: Reply(404, b"{}") if is_tile(path) and width_of(path) > 1 else reply
    portal.mirror()
    assert portal.codes() == ["log.entries_withheld"]
    assert portal.findings()[0].place == 1
    assert portal.log().state == LogState.WITHHELD
    liar.alter = lambda _path, reply: reply
    portal.mirror()
    assert portal.codes() == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "entry.malformed"),
        (b"\x00", "entry.malformed"),
        (b"\xff" * 700, "entry.malformed"),
        (b"<html>sorry</html>", "entry.malformed"),
        (b"\x00" * (17 * 1024 * 1024), "log.entries_withheld"),
    ],
    ids=["nothing", "a byte", "ones", "a page", "17 MiB"],
)
def test_what_can_not_be_entries_is_found_and_not_kept(
    portal: PortalUnderTest, liar: LyingGateway, body: bytes, code: str
) -> None:
    liar.alter = lambda path, reply: Reply(200, body) if is_tile(path) else reply
    job = portal.mirror()
    assert job.state == JobState.DONE
    assert portal.codes() == [code]
    assert portal.log().size == 0


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(503, b"{}"), "gateway.status_503"),
        (Reply(401, b"{}"), "gateway.status_401"),
        (Reply(302, b"", {"Location": "http://127.0.0.1:1/"}), "gateway.redirects"),
    ],
    ids=["overloaded", "no access", "redirect"],
)
def test_what_says_nothing_of_the_log_is_neither_passed_nor_found(
    portal: PortalUnderTest, liar: LyingGateway, reply: Reply, problem: str
) -> None:
    liar.alter = lambda path, honest: reply if is_tile(path) else honest
    job = portal.mirror()
    assert (job.state, job.problem) == (JobState.COULD_NOT_CHECK, problem)
    assert (portal.log().state, portal.log().problem) == (LogState.COULD_NOT_CHECK, problem)
    assert portal.findings() == []
    assert all("//127.0.0.1:1" not in path for path in liar.asked)


def test_a_compressed_answer_is_refused(portal: PortalUnderTest, liar: LyingGateway) -> None:
    liar.alter = lambda path, reply: (
        Reply(200, reply.body, {"Content-Encoding": "gzip"}) if is_tile(path) else reply
    )
    portal.mirror()
    assert portal.codes() == ["log.entries_withheld"]


def test_a_gateway_that_is_down_is_neither_passed_nor_found(tmp_path: Path, shared: Issued) -> None:
    with open_portal(tmp_path / "portal", "http://127.0.0.1:9", shared.stack.chain) as portal:
        job = portal.mirror()
        assert (job.state, job.problem) == (JobState.COULD_NOT_CHECK, "gateway.unreachable")
        checked = portal.check()
    assert (checked.exit_code, len(checked.findings)) == (2, 0)


def spoil_signature(path: str, reply: Reply) -> Reply:
    """Evidence whose signature is another's, in an entry made to fit."""
    if not is_evidence(path):
        return reply
    content = bundle_as_json(parse_bundle(reply.body))
    content["authorship"]["signed_at"] += 1  # type: ignore[call-overload, index, operator]
    return Reply(200, canonical_bytes(content, max_depth=16))


def test_evidence_that_fails_is_a_finding_with_its_step_and_closes(
    portal: PortalUnderTest, liar: LyingGateway
) -> None:
    portal.mirror()
    liar.alter = spoil_signature
    portal.sweep()
    assert set(portal.codes()) == {"evidence.failed"}
    found = portal.findings()[0]
    assert (found.verdict, found.step) == ("failed", 2)
    assert portal.log().failed_count == portal.log().size
    liar.alter = lambda _path, reply: reply
    assert portal.check().findings == ()
    assert (portal.log().failed_count, portal.log().passed_count) == (0, portal.log().size)


def test_another_entrys_evidence_fails_before_the_first_step(
    portal: PortalUnderTest, liar: LyingGateway, shared: Issued
) -> None:
    portal.mirror()
    client = shared.stack.gateway.client("portal")
    other = client.get(f"/v1/logs/{FIRST_LOG}/evidence/1").content

    def exchange(path: str, reply: Reply) -> Reply:
        return Reply(200, other) if path.endswith("/evidence/0") else reply

    liar.alter = exchange
    portal.sweep()
    assert [(each.place, each.step, each.step_code) for each in portal.findings()] == [
        (0, 0, "mirror.differs")
    ]


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 4000, b"\xff", b'{"format":"rxledger.bundle/1"}'])
def test_evidence_that_is_no_bundle_counts_as_withheld(
    portal: PortalUnderTest, liar: LyingGateway, body: bytes
) -> None:
    portal.mirror()
    liar.alter = lambda path, reply: Reply(200, body) if is_evidence(path) else reply
    portal.sweep()
    assert set(portal.codes()) == {"evidence.withheld"}
    assert portal.log().withheld_count == portal.log().size


def test_evidence_that_is_not_ready_is_looked_at_again(portal: PortalUnderTest, liar: LyingGateway) -> None:
    portal.mirror()
    liar.alter = lambda path, reply: Reply(409, b"{}") if is_evidence(path) else reply
    portal.sweep()
    assert (portal.codes(), portal.log().could_not_check_count) == ([], portal.log().size)
    liar.alter = lambda _path, reply: reply
    portal.sweep()
    assert (portal.log().could_not_check_count, portal.log().passed_count) == (0, portal.log().size)


def test_a_sweep_that_nobody_answers_changes_nothing(portal: PortalUnderTest, liar: LyingGateway) -> None:
    portal.mirror()
    liar.alter = lambda path, reply: Reply(503, b"{}") if is_evidence(path) else reply
    job = portal.sweep()
    assert (job.state, job.problem) == (JobState.COULD_NOT_CHECK, "gateway.status_503")
    with portal.tools.database.reading() as session:
        entry = MirrorRepository(session).get_entry(FIRST_LOG, 0)
    assert entry.verdict == EntryVerdict.PENDING
    assert portal.log().pending_count == portal.log().size
