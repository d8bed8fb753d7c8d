"""The portal's own node lies on a real network: each lie is noticed, shown and healed, no institution blamed.

Between the portal and a node of the network stands a proxy that alters what it passes on. The trust file
names the validators, and another institution's node is asked beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account

from ledger_chain.connection import connect
from ledger_chain.deployment import send_call
from ledger_chain.items import VoidItem, as_abi
from ledger_chain.transactions import batch_call
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.types import Commitment
from regulator_portal.app import build_app
from regulator_portal.building import build_parts
from regulator_portal.findings.codes import WORDS, FindingCode
from regulator_portal.identity.principal import Role
from regulator_portal.identity.provisioning import AuditorPlan, provision
from regulator_portal.jobs.models import JobKind
from regulator_portal.linking.following import Following
from regulator_portal.mirror.chain_checks import PINS_OF_A_ROUND
from regulator_portal.mirror.models import LogState
from regulator_portal.mirror.pinning import survey_logs
from regulator_portal.nodes.comparing import LAG_BLOCKS
from regulator_portal.nodes.looking import look_at_chain
from regulator_portal.pages.findings import CHAIN, NODE, build_finding_row
from regulator_portal.register.models import RegisterState
from regulator_portal.register.repository import RegisterRepository
from tests.gateway_stack import ChainUnderTest, Stack, deploy_for_test, raw_address
from tests.gateway_support import address_of, light_passwords, serve, signing_key
from tests.network.node_lies import (
    another_state,
    drop_events,
    false_words,
    forge_receipts,
    nobody_is_entitled,
    old_head,
    other_checkpoint,
    sealed_by,
    with_header,
)
from tests.network.running import RECOVERY_S, RunningNetwork
from tests.portal_support import PortalUnderTest, open_portal, run_regulated_stack
from tests.support.lying_node import Alter, LyingNode, build_sealed_trust, pass_on, run_lying_node
from tests.support.plain_http import NO_AUTHORITIES
from tests.support.waiting import wait_until

GATEWAY_NODE, PORTAL_NODE, OTHER_NODE = 0, 3, 2
ACTING = 3
"""An institution whose acts the register refuses: each refusal is an event, and nobody's record."""
ACTING_KEY = signing_key("whose acts are refused")
PASSWORD = "a long phrase to sign in with"


@dataclass
class Watching:
    """A portal by whose node a test can lie, the pages that show what it found, and an honest gateway."""

    portal: PortalUnderTest
    node: LyingNode
    stack: Stack
    pages: httpx.Client

    def round(self) -> RegisterState:
        """One round over the chain, the log with its evidence, and the register; how the register stands."""
        tools = self.portal.tools
        chain = look_at_chain(tools, PINS_OF_A_ROUND, "a round")
        if chain.is_trusted:
            survey_logs(tools)
        self.portal.run(JobKind.MIRROR)
        self.portal.run(JobKind.SWEEP)
        following = Following(tools)
        if chain.is_trusted:
            following.begin(chain)
        while not following.advance():
            pass
        with tools.database.reading() as session:
            return RegisterState(RegisterRepository(session).get_mirror().state)

    def issue(self) -> None:
        """A prescription that the honest chain has."""
        doctor = self.stack.doctor("anna")
        doctor.wait_until_final(str(doctor.issue()["id"]), RECOVERY_S)

    def act(self) -> int:
        """Have the register refuse an act; the block that tells of it."""
        chain = self.stack.chain
        item = VoidItem(1, Commitment(bytes(31) + b"\x01"), 0, (0,), Commitment(bytes(32)), bytes(32))
        receipt = send_call(
            connect(chain.engine.rpc_url),
            Account.from_key(ACTING_KEY),
            chain.deployment.claim_register,
            batch_call("voidClaims", [as_abi(item)]),
        )
        return int(receipt["blockNumber"])

    def wait_until_the_node_has(self, block: int) -> None:
        """Until the portal's node has come to a block."""
        wait_until(lambda: self.height() >= block, RECOVERY_S, f"block {block} at the portal's node")

    def height(self) -> int:
        """The honest height of the portal's node."""
        return int(self.node.ask("eth_blockNumber", []), 16)


@pytest.fixture(scope="module")
def chain(whole_network: RunningNetwork) -> ChainUnderTest:
    whole_network.make_whole()
    chain = deploy_for_test(whole_network.node(GATEWAY_NODE))
    account = raw_address(address_of(ACTING_KEY))
    chain.authority.register_institution(ACTING, InstitutionRole.HOSPITAL, account)
    return chain


@pytest.fixture(scope="module")
def height_of_old(chain: ChainUnderTest) -> int:
    """A height before anything was anchored."""
    return chain.reader.block_number()


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, chain: ChainUnderTest, height_of_old: int
) -> Iterator[Stack]:
    with run_regulated_stack(tmp_path_factory.mktemp("gateway"), chain) as running:
        yield running


@pytest.fixture(scope="module")
def node(whole_network: RunningNetwork) -> Iterator[LyingNode]:
    with run_lying_node(whole_network.node(PORTAL_NODE).rpc_url) as running:
        yield running


@contextmanager
def opened(home: Path, network: RunningNetwork, stack: Stack, node: LyingNode) -> Iterator[Watching]:
    """A portal that proves by the validators' seals, and asks another node beside its own."""
    chain, other = stack.chain, network.node(OTHER_NODE).rpc_url
    trust = build_sealed_trust(chain.deployment, other)
    known: dict[str, Any] = {"trust_file": trust, "rpc_url": node.url, "other_rpc_urls": (other,)}
    with (
        open_portal(home, stack.gateway.url, chain, **known) as portal,
        served(portal) as url,
        httpx.Client(base_url=url, headers={"Origin": url}, trust_env=False, verify=NO_AUTHORITIES) as pages,
    ):
        pages.post("/sign-in", data={"username": "wu", "password": PASSWORD})
        yield Watching(portal, node, stack, pages)


@contextmanager
def served(portal: PortalUnderTest) -> Iterator[str]:
    """The portal's pages over what its checks keep."""
    passwords = light_passwords()
    parts = build_parts(portal.settings, passwords=passwords)
    auditor = AuditorPlan(username="wu", password=PASSWORD, display_name="吴敏", roles=[Role.AUDITOR])
    provision(parts.database, [auditor], parts.clock, passwords)
    parts.workers.clear()
    with serve(build_app(parts)) as url:
        yield url


@pytest.fixture(scope="module")
def whole_portal(
    tmp_path_factory: pytest.TempPathFactory, whole_network: RunningNetwork, stack: Stack, node: LyingNode
) -> Iterator[Watching]:
    with opened(tmp_path_factory.mktemp("portal"), whole_network, stack, node) as watching:
        watching.issue()
        assert_honest(watching)
        yield watching


@pytest.fixture
def watching(network: RunningNetwork, whole_portal: Watching) -> Watching:
    """The portal by an honest node: nothing is open, everything passed, whatever another test left."""
    whole_portal.node.alter = pass_on
    if whole_portal.portal.codes():
        assert_honest(whole_portal)
    return whole_portal


def assert_honest(watching: Watching) -> None:
    assert watching.round() == RegisterState.PASSED
    log = watching.portal.log()
    assert (watching.portal.codes(), log.state) == ([], LogState.PASSED)
    assert log.passed_count == log.size


def assert_noticed(watching: Watching, *codes: FindingCode) -> None:
    """The lie is what is open, shown as a node's, and the institution isn't accused of it."""
    watching.round()
    assert set(watching.portal.codes()) == set(codes)
    log = watching.portal.log()
    assert (log.failed_count, log.withheld_count) == (0, 0)
    assert log.state in (LogState.PASSED, LogState.COULD_NOT_CHECK)
    rows = [
        build_finding_row(each, watching.portal.tools.sources) for each in watching.portal.findings("open")
    ]
    assert all(row.institution in (NODE, CHAIN) and row.institution_number is None for row in rows)
    shown = watching.pages.get("/findings", headers={"Accept-Language": "zh-CN"}).text
    assert all(WORDS[code].title_zh in shown for code in codes)
    assert all(each.id in shown for each in watching.portal.findings("open"))


def test_an_old_head_of_a_log_is_known_by_its_proof_and_by_the_other_node(watching: Watching) -> None:
    watching.node.alter = old_head
    assert_noticed(watching, FindingCode.NODE_DISAGREES, FindingCode.NODE_PROOF_FAILS)
    watching.node.alter = pass_on
    assert_honest(watching)


@pytest.mark.parametrize("lie", [false_words, other_checkpoint])
def test_what_the_node_does_not_prove_is_noticed_and_healed(watching: Watching, lie: Alter) -> None:
    watching.issue()
    watching.node.alter = lie
    assert_noticed(watching, FindingCode.NODE_PROOF_FAILS)
    watching.node.alter = pass_on
    assert_honest(watching)


def test_what_the_node_says_of_credentials_without_proof_fails_nobody_s_evidence(watching: Watching) -> None:
    watching.issue()
    watching.node.alter = nobody_is_entitled
    assert_honest(watching)


def test_a_side_chain_that_one_validator_seals_alone_is_not_believed(
    watching: Watching, network: RunningNetwork
) -> None:
    fork = watching.height()
    watching.wait_until_the_node_has(fork + 1)
    watching.node.alter = with_header(sealed_by(network.node(1).key), above=fork)
    assert_noticed(watching, FindingCode.NODE_PROOF_FAILS)
    said = watching.portal.findings("open")[0].evidence[0]
    assert said["observed"] == "qbft.seals_few"
    watching.node.alter = pass_on
    assert_honest(watching)


def test_forged_headers_under_true_seals_contradict_the_seals_and_the_pins(watching: Watching) -> None:
    watching.node.alter = with_header(another_state)
    assert_noticed(watching, FindingCode.CHAIN_REPLACED, FindingCode.NODE_PROOF_FAILS)
    watching.node.alter = pass_on
    assert_honest(watching)


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (drop_events, FindingCode.NODE_EVENTS_MISSING),
        (forge_receipts, FindingCode.NODE_RECEIPTS_FORGED),
    ],
)
def test_events_that_the_node_keeps_back_are_missed(
    watching: Watching, lie: Alter, code: FindingCode
) -> None:
    watching.wait_until_the_node_has(watching.act())
    watching.node.alter = lie
    assert_noticed(watching, code)
    watching.node.alter = pass_on
    assert_honest(watching)


def frozen_at(watching: Watching, height: int) -> Alter:
    """All as it was at a height, the whole state with it."""

    def alter(method: str, parameters: list[Any], result: Any) -> Any:
        if method == "eth_blockNumber":
            return hex(height)
        if method == "eth_call" and parameters[1] == "latest":
            return watching.node.ask(method, [parameters[0], hex(height)])
        return result

    return alter


def test_a_node_that_goes_back_behind_what_was_pinned_is_noticed(
    watching: Watching, height_of_old: int
) -> None:
    watching.node.alter = frozen_at(watching, height_of_old)
    assert_noticed(watching, FindingCode.CHAIN_ROLLED_BACK)
    watching.node.alter = pass_on
    assert_honest(watching)


def test_an_old_state_that_proves_itself_is_known_by_the_other_node(
    tmp_path: Path, network: RunningNetwork, stack: Stack, node: LyingNode, height_of_old: int
) -> None:
    with opened(tmp_path / "portal", network, stack, node) as watching:
        watching.wait_until_the_node_has(height_of_old + LAG_BLOCKS + 1)
        node.alter = frozen_at(watching, height_of_old)
        assert_noticed(watching, FindingCode.NODE_STALE)
        assert watching.portal.log().head_size == 0
        node.alter = pass_on
        assert_honest(watching)
        assert watching.portal.log().head_size > 0
