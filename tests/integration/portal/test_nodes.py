"""The portal's node lies by JSON-RPC: proofs and another node tell, and no institution is accused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ledger_chain.connection import ask, connect
from ledger_chain.contracts import ContractName
from ledger_chain.engines import AnvilEngine
from ledger_chain.views import get_view
from ledger_proofs.trust_files import TrustFile
from ledger_web.clock import system_clock
from regulator_portal.audit.service import AuditTrail
from regulator_portal.findings.service import FindingRepository
from regulator_portal.jobs.models import JobKind, JobState
from regulator_portal.jobs.rounds import Cadence, Rounds
from regulator_portal.mirror.models import LogState, PinnedBlock, PinnedCheckpoint
from regulator_portal.mirror.repository import MirrorRepository
from regulator_portal.nodes.comparing import LAG_BLOCKS
from regulator_portal.nodes.standings import AGREES, CONTRADICTS, list_standings
from regulator_portal.pages.findings import NODE, build_finding_row
from tests.gateway_stack import deploy_for_test
from tests.integration.portal.conftest import Issued
from tests.portal_support import FIRST_LOG, PortalUnderTest, open_portal, run_regulated_stack
from tests.support.lying_node import LyingNode, Sealer, build_sealed_trust, pass_on, run_lying_node

pytestmark = [pytest.mark.integration, pytest.mark.chain]

ISSUED = 2
FORGED_ROOT = bytes.fromhex("05" * 32)
Alter = Callable[[str, list[Any], Any], Any]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, chain_engine: AnvilEngine) -> Iterator[Issued]:
    """A gateway whose first log has two checkpoints."""
    with run_regulated_stack(tmp_path_factory.mktemp("nodes"), deploy_for_test(chain_engine)) as stack:
        anna = stack.doctor("anna")
        ids = []
        for _ in range(ISSUED):
            ids.append(str(anna.issue()["id"]))
            anna.wait_until_final(ids[-1])
        yield Issued(stack, tuple(ids))


@pytest.fixture
def node(shared: Issued) -> Iterator[LyingNode]:
    """The regulator's node, on a chain that nobody seals."""
    with run_lying_node(shared.stack.chain.engine.rpc_url) as running:
        yield running


@pytest.fixture(scope="module")
def sealer(shared: Issued) -> Sealer:
    return Sealer(shared.stack.chain.trust)


@pytest.fixture
def sealed(shared: Issued, sealer: Sealer) -> Iterator[LyingNode]:
    """The regulator's node, on the same chain as validators would have sealed it."""
    with run_lying_node(shared.stack.chain.engine.rpc_url, sealer) as running:
        yield running


@pytest.fixture(scope="module")
def trust(shared: Issued, sealer: Sealer) -> TrustFile:
    """The trust file of the sealed chain, with its validators."""
    with run_lying_node(shared.stack.chain.engine.rpc_url, sealer) as honest:
        return build_sealed_trust(shared.stack.chain.deployment, honest.url)


@contextmanager
def opened(home: Path, shared: Issued, node: LyingNode, **changes: Any) -> Iterator[PortalUnderTest]:
    stack = shared.stack
    with open_portal(home / "portal", stack.gateway.url, stack.chain, rpc_url=node.url, **changes) as portal:
        yield portal


@pytest.fixture
def portal(tmp_path: Path, shared: Issued, node: LyingNode) -> Iterator[PortalUnderTest]:
    """A portal with another, honest node beside its own."""
    honest = shared.stack.chain.engine.rpc_url
    with opened(tmp_path, shared, node, other_rpc_urls=(honest,)) as running:
        yield running


@pytest.fixture
def proving(tmp_path: Path, shared: Issued, sealed: LyingNode, trust: TrustFile) -> Iterator[PortalUnderTest]:
    """A portal whose trust file names the validators; it has no other node."""
    with opened(tmp_path, shared, sealed, trust_file=trust) as running:
        yield running


def look(portal: PortalUnderTest) -> list[str]:
    """One round's look at the chain; the codes of what is open then."""
    Rounds(portal.tools, Cadence(0, 3_600)).survey()
    return portal.codes()


def pins(portal: PortalUnderTest) -> list[PinnedBlock]:
    with portal.tools.database.reading() as session:
        return list(MirrorRepository(session).list_latest_blocks(100))


def checkpoints(portal: PortalUnderTest) -> list[PinnedCheckpoint]:
    with portal.tools.database.reading() as session:
        return list(MirrorRepository(session).list_checkpoints(FIRST_LOG, 0, 100))


def other_hashes(method: str, _parameters: list[Any], result: Any) -> Any:
    """Every block but the first has another hash."""
    if method == "eth_getBlockByNumber" and int(result["number"], 16):
        return {**result, "hash": "0x" + "07" * 32}
    return result


def answering(function: str, words: tuple[int, int, int, int]) -> Alter:
    """A checkpoint that is asked for by a function is said to be this one."""
    arguments = (FIRST_LOG, 1) if function == "checkpoint" else (FIRST_LOG,)
    selector = get_view(ContractName.CHECKPOINT_LOG, function).encode(*arguments)[:10]

    def alter(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_call" and parameters[0]["data"].startswith(selector):
            return "0x" + b"".join(each.to_bytes(32, "big") for each in words).hex()
        return result

    return alter


def is_about_a_node(portal: PortalUnderTest) -> bool:
    """Whether every open finding is shown as a node's, never as an institution's."""
    rows = [build_finding_row(each, portal.tools.sources) for each in portal.findings("open")]
    return bool(rows) and all((row.institution, row.institution_number) == (NODE, None) for row in rows)


def test_nodes_that_agree_are_nothing_to_tell(portal: PortalUnderTest) -> None:
    assert portal.mirror().state == JobState.DONE
    assert (look(portal), portal.log().state) == ([], LogState.PASSED)


def test_a_block_that_another_node_does_not_have_is_not_pinned(
    portal: PortalUnderTest, node: LyingNode
) -> None:
    node.alter = other_hashes
    assert look(portal) == ["node.disagrees"]
    assert is_about_a_node(portal)
    assert pins(portal) == []
    node.alter = pass_on
    assert look(portal) == []
    assert len(pins(portal)) == 1


def test_a_checkpoint_that_only_another_node_tells_of_is_noticed(
    portal: PortalUnderTest, node: LyingNode
) -> None:
    portal.mirror()
    node.alter = answering("head", (0, 0, 0, 0))
    assert look(portal) == ["node.disagrees"]
    assert portal.log().state == LogState.COULD_NOT_CHECK
    node.alter = pass_on
    portal.mirror()
    assert (look(portal), portal.log().state) == ([], LogState.PASSED)


def test_a_disagreement_stays_while_the_other_node_is_silent(
    portal: PortalUnderTest, node: LyingNode
) -> None:
    portal.survey()
    node.alter = answering("head", (0, 0, 0, 0))
    assert look(portal) == ["node.disagrees"]
    node.alter = pass_on
    others = portal.tools.others
    object.__setattr__(portal.tools, "others", (type(others[0])("http://127.0.0.1:9", others[0].deployment),))
    assert look(portal) == ["node.disagrees"]
    object.__setattr__(portal.tools, "others", others)
    assert look(portal) == []


def test_a_node_that_is_far_behind_another_is_stale(
    portal: PortalUnderTest, node: LyingNode, shared: Issued
) -> None:
    chain = shared.stack.chain
    old = hex(chain.reader.block_number())
    node.alter = lambda method, _parameters, result: old if method == "eth_blockNumber" else result
    assert look(portal) == []
    url = chain.engine.rpc_url
    ask(connect(url), url, "anvil_mine", [hex(LAG_BLOCKS + 1), "0x0"])
    assert look(portal) == ["node.stale"]
    assert is_about_a_node(portal)
    node.alter = pass_on
    assert look(portal) == []


def test_on_a_sealed_chain_what_is_pinned_is_proven(proving: PortalUnderTest) -> None:
    job = proving.mirror()
    assert (job.state, job.problem, [f.evidence for f in proving.findings("open")]) == (
        JobState.DONE,
        None,
        [],
    )
    assert (look(proving), proving.log().state) == ([], LogState.PASSED)
    assert pins(proving) and all(each.is_sealed for each in pins(proving))
    assert checkpoints(proving) and all(each.is_proven for each in checkpoints(proving))


def test_a_block_with_too_few_seals_is_not_pinned(tmp_path: Path, shared: Issued, trust: TrustFile) -> None:
    with (
        run_lying_node(
            shared.stack.chain.engine.rpc_url, Sealer(shared.stack.chain.trust, sealers=(0, 1))
        ) as node,
        opened(tmp_path, shared, node, trust_file=trust) as portal,
    ):
        assert look(portal) == ["node.proof_fails"]
        assert is_about_a_node(portal)
        assert portal.findings()[0].evidence[0]["observed"] == "qbft.seals_few"
        assert pins(portal) == []


@pytest.mark.parametrize("function", ["head", "checkpoint"])
def test_a_checkpoint_that_the_node_does_not_prove_is_not_pinned(
    proving: PortalUnderTest, sealed: LyingNode, function: str
) -> None:
    proving.survey()
    told = proving.tools.node.reader.head(FIRST_LOG)
    assert told is not None
    root = int.from_bytes(FORGED_ROOT, "big")
    sealed.alter = answering(function, (root, told.previous_size, told.size, told.anchored_at))
    job = proving.run(JobKind.MIRROR)
    assert (job.state, job.problem) == (JobState.COULD_NOT_CHECK, "node.proof_fails")
    assert (proving.codes(), proving.log().state) == (["node.proof_fails"], LogState.COULD_NOT_CHECK)
    assert is_about_a_node(proving)
    assert checkpoints(proving) == []
    sealed.alter = pass_on
    proving.run(JobKind.MIRROR)
    assert (proving.codes(), proving.log().state) == ([], LogState.PASSED)


def test_an_old_head_of_a_log_is_noticed_though_the_node_tells_nothing_false_besides(
    proving: PortalUnderTest, sealed: LyingNode
) -> None:
    proving.survey()
    last = proving.tools.node.reader.head(FIRST_LOG)
    assert last is not None
    first = proving.tools.node.reader.find_checkpoint(FIRST_LOG, last.previous_size)
    assert first is not None
    words = (int.from_bytes(first.root, "big"), first.previous_size, first.size, first.anchored_at)
    sealed.alter = answering("head", words)
    proving.run(JobKind.MIRROR)
    assert proving.codes() == ["node.proof_fails"]


@pytest.mark.parametrize("kind", [JobKind.MIRROR, JobKind.RECHECK])
def test_a_lie_about_a_pinned_checkpoint_is_the_nodes_and_makes_no_log_fail(
    proving: PortalUnderTest, sealed: LyingNode, kind: JobKind
) -> None:
    proving.mirror()
    pinned = checkpoints(proving)[-1]
    root = int.from_bytes(FORGED_ROOT, "big")
    sealed.alter = answering("checkpoint", (root, pinned.previous_size, pinned.size, pinned.anchored_at))
    job = proving.run(kind)
    assert (job.state, job.problem) == (JobState.COULD_NOT_CHECK, "node.proof_fails")
    assert (proving.codes(), proving.log().state) == (["node.proof_fails"], LogState.COULD_NOT_CHECK)
    assert own_standing(proving) == (CONTRADICTS, "node.proof_fails")
    sealed.alter = pass_on
    proving.run(JobKind.MIRROR)
    assert (proving.codes(), proving.log().state) == ([], LogState.PASSED)
    assert own_standing(proving) == (AGREES, None)


def own_standing(portal: PortalUnderTest) -> tuple[str, str | None]:
    """How the own node stands after a look that it answers honestly."""
    look(portal)
    with portal.tools.database.reading() as session:
        own = list_standings(session)[0]
        return own.outcome, own.problem


def test_on_a_sealed_chain_another_node_that_lies_of_a_log_stops_nothing(
    tmp_path: Path, shared: Issued, sealed: LyingNode, sealer: Sealer, trust: TrustFile
) -> None:
    with (
        run_lying_node(shared.stack.chain.engine.rpc_url, sealer) as other,
        opened(tmp_path, shared, sealed, trust_file=trust, other_rpc_urls=(other.url,)) as portal,
    ):
        portal.survey()
        other.alter = answering("head", (0, 0, 0, 0))
        assert portal.run(JobKind.MIRROR).state == JobState.DONE
        assert (portal.codes(), portal.log().state) == (["node.disagrees"], LogState.PASSED)
        other.alter = pass_on
        assert look(portal) == []


def test_a_proof_that_was_tampered_with_proves_nothing(proving: PortalUnderTest, sealed: LyingNode) -> None:
    proving.survey()

    def alter(method: str, _parameters: list[Any], result: Any) -> Any:
        if method == "eth_getProof":
            for each in result["storageProof"]:
                each["value"] = hex(int(each["value"], 16) ^ 1)
        return result

    sealed.alter = alter
    proving.run(JobKind.MIRROR)
    assert proving.codes() == ["node.proof_fails"]


def test_a_sealed_chain_whose_latest_block_is_old_is_an_old_state(
    tmp_path: Path, shared: Issued, sealed: LyingNode, trust: TrustFile
) -> None:
    with opened(tmp_path, shared, sealed, trust_file=trust, clock=lambda: system_clock() + 86_400) as portal:
        assert look(portal) == ["node.stale"]
        assert is_about_a_node(portal)
    with opened(tmp_path / "now", shared, sealed, trust_file=trust, stale_seconds=2_592_000) as portal:
        assert look(portal) == []


def test_pins_that_a_lying_node_left_are_retired_once_seals_can_be_checked(
    tmp_path: Path, shared: Issued, sealed: LyingNode, trust: TrustFile
) -> None:
    plain = TrustFile(type(trust.trust)(*(getattr(trust.trust, each) for each in _PLAIN)), "no validators")
    root = int.from_bytes(FORGED_ROOT, "big")
    with opened(tmp_path, shared, sealed, trust_file=plain) as portal:
        last = portal.tools.node.reader.head(FIRST_LOG)
        assert last is not None
        forged = answering("head", (root, last.size, last.size + 3, last.anchored_at))
        longer = answering("checkpoint", (root, last.size, last.size + 3, last.anchored_at))

        def alter(method: str, parameters: list[Any], result: Any) -> Any:
            said = forged(method, parameters, other_hashes(method, parameters, result))
            if method == "eth_call" and parameters[0]["data"].endswith(f"{last.size + 3:064x}"):
                return longer(method, parameters, said)
            return said

        sealed.alter = alter
        portal.mirror()
        assert portal.log().pinned_size == last.size + 3
    sealed.alter = pass_on
    with opened(tmp_path, shared, sealed, trust_file=trust) as portal:
        portal.mirror()
        codes = portal.codes()
        assert codes.count("node.pin_retired") == len(codes) >= 2
        assert is_about_a_node(portal)
        assert (portal.log().state, portal.log().pinned_size) == (LogState.PASSED, last.size)
        assert all(each.is_proven for each in checkpoints(portal))
        with portal.tools.database.writing() as session:
            findings = FindingRepository(session, system_clock)
            trail = AuditTrail(session, system_clock, "test")
            for each in portal.findings("open"):
                findings.acknowledge(each.id, "auditor", "looked into", trail)
        assert look(portal) == []


_PLAIN = ("chain_id", "genesis_hash", "directory", "checkpoint_log", "claim_register")
