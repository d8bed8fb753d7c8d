"""The page of nodes in its states: nothing yet, sealed, unsealed, contradicted, and with very many pins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_proofs.reports import Comparison
from ledger_proofs.trust_files import TrustFile, trust_file_as_json
from ledger_proofs.types import LogId
from regulator_portal.findings.codes import FindingCode
from regulator_portal.findings.service import FindingRepository, Found
from regulator_portal.mirror.models import PinnedBlock
from regulator_portal.nodes.models import PinKind, RetiredPin
from regulator_portal.nodes.standings import (
    AGREES,
    BEHIND,
    CONTRADICTS,
    OWN_NODE,
    SILENT,
    build_standing,
    keep_standings,
)
from tests.support.portal_site import PortalSite, run_portal_site
from tests.support.sealed_chain import build_sealed_scene

OTHERS = ("http://node.second.example:8545", "http://node.third.example:8545")
SECOND, THIRD = "node.second.example:8545", "node.third.example:8545"
LOG = LogId(1 << 32 | 1)
PINS = 60


@pytest.fixture(scope="module")
def trust() -> TrustFile:
    return TrustFile(build_sealed_scene().trust, "a network of four institutions")


@pytest.fixture
def sealed_site(tmp_path: Path, trust: TrustFile) -> Iterator[PortalSite]:
    """A portal whose trust file names validators, and that asks two other nodes."""
    with run_portal_site(
        tmp_path / "portal", trust=trust_file_as_json(trust), other_rpc_urls=OTHERS
    ) as running:
        yield running


def addresses(trust: TrustFile) -> list[str]:
    assert trust.trust.validators is not None
    return ["0x" + each.hex() for each in trust.trust.validators.sets[-1].validators]


def stand(site: PortalSite, trust: TrustFile, second: str = AGREES) -> None:
    """How nodes stood at the last look: the third is silent. One validator never sealed."""
    own = build_standing(OWN_NODE, AGREES, block=(1_000, site.clock() - 2))
    own.sealers = addresses(trust)[:3]
    problem = FindingCode.NODE_DISAGREES if second == CONTRADICTS else None
    other = build_standing(SECOND, second, problem, block=(999, site.clock() - 4))
    silent = build_standing(THIRD, SILENT, "chain-unreachable")
    tools = site.parts
    keep_standings(tools.database, site.clock, [own, other, silent], [OWN_NODE, SECOND, THIRD])


def pin(site: PortalSite, trust: TrustFile, count: int) -> None:
    with site.parts.database.writing() as session:
        for number in range(1, count + 1):
            session.add(
                PinnedBlock(
                    number=900 + number,
                    hash=bytes([number]) * 32,
                    pinned_at=site.clock(),
                    is_sealed=True,
                    sealers=addresses(trust)[:3],
                )
            )


def retire(site: PortalSite, count: int) -> None:
    with site.parts.database.writing() as session:
        for number in range(count):
            is_block = number % 2 == 0
            session.add(
                RetiredPin(
                    id=f"pin-{number:03}",
                    kind=PinKind.BLOCK if is_block else PinKind.CHECKPOINT,
                    log=None if is_block else LOG,
                    place=number,
                    content={"hash": "0x" + "07" * 32, "pinned_at": site.clock()},
                    contradicted_by=f"block {number} is 0x" + "08" * 32,
                    as_of_block=1_000,
                    retired_at=site.clock() - number,
                )
            )


def note(site: PortalSite, code: FindingCode, log: LogId | None = None) -> None:
    with site.parts.database.writing() as session:
        said = Comparison("hash of block 7", "0x01", "0x02")
        FindingRepository(session, site.clock).note(Found(code, log, None, (said,), 7), "a check")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("page", ["/nodes", "/nodes/retired-pins"])
def test_before_the_first_look_the_pages_say_so(site: PortalSite, page: str, language: str) -> None:
    answer = site.browser("wu", language).get(page)
    assert answer.status_code == 200
    assert 'data-testid="empty"' in answer.text


@pytest.mark.parametrize(
    ("language", "said", "stands"),
    [("en", "write it anew with", "can&#39;t be checked"), ("zh-CN", "更新信任文件并重启", "无法核对")],
)
def test_a_trust_file_that_is_too_old_is_named_and_vouches_for_nothing(
    sealed_site: PortalSite, language: str, said: str, stands: str
) -> None:
    own = build_standing(OWN_NODE, SILENT, "validators.trust_outdated")
    keep_standings(sealed_site.parts.database, sealed_site.clock, [own], [OWN_NODE])
    text = sealed_site.browser("wu", language).get("/nodes").text
    assert said in text
    assert stands in text
    assert 'data-testid="outdated"' in text
    assert 'data-testid="sealed"' not in text


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "what the own node says can&#39;t be proven"), ("zh-CN", "本方节点所述无法证明")],
)
def test_a_chain_that_nobody_seals_is_labelled_so(site: PortalSite, language: str, said: str) -> None:
    text = site.browser("wu", language).get("/nodes").text
    assert said in text
    assert "RXLEDGER_PORTAL_OTHER_RPC_URLS" in text
    assert 'data-testid="sealed"' not in text


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_sealed_chain_shows_who_sealed_what_and_who_never_did(
    sealed_site: PortalSite, trust: TrustFile, language: str
) -> None:
    stand(sealed_site, trust)
    pin(sealed_site, trust, 3)
    text = sealed_site.browser("wu", language).get("/nodes").text
    assert 'data-testid="sealed"' in text
    assert all(each in text for each in (SECOND, THIRD, *addresses(trust)))
    assert ("3 of 4", "3 个（共 4 个）")[language != "en"] in text
    assert text.count(("none of them", "均未封签")[language != "en"]) == 1, "the fourth never sealed"
    assert text.count(addresses(trust)[3] + '"') >= 3, "each block names who didn't seal it"


def test_a_node_that_contradicts_is_named_and_the_chain_is_not_called_replaced(
    sealed_site: PortalSite, trust: TrustFile
) -> None:
    stand(sealed_site, trust, CONTRADICTS)
    note(sealed_site, FindingCode.NODE_DISAGREES)
    note(sealed_site, FindingCode.NODE_PROOF_FAILS, LOG)
    browser = sealed_site.browser("wu")
    page = browser.get("/nodes").text
    assert 'data-testid="node-findings"' in page
    assert "node.disagrees" in page and "node.proof_fails" in page
    overview = browser.get("/").text
    assert 'data-testid="node-findings"' in overview
    assert 'data-testid="chain-wrong"' not in overview
    answer = sealed_site.program().get("/v1/overview").json()
    assert (answer["open_findings"], answer["chain"]["open_findings"]) == (2, 0)


def test_pinned_blocks_and_retired_pins_are_paged(sealed_site: PortalSite, trust: TrustFile) -> None:
    pin(sealed_site, trust, PINS)
    retire(sealed_site, PINS)
    browser = sealed_site.browser("wu")
    first = browser.get("/nodes").text
    assert "below=911" in first
    assert ">910<" in browser.get("/nodes?below=911").text
    assert "offset=50" in browser.get("/nodes/retired-pins").text
    assert "区块 50 为 0x08" in sealed_site.browser("wu", "zh-CN").get("/nodes/retired-pins?offset=50").text
    last = browser.get("/nodes/retired-pins?offset=50").text
    assert "checkpoint 59 of log 4294967297" in last and "First Test Hospital" in last


@pytest.mark.parametrize("page", ["/nodes?below=x", "/nodes/retired-pins?offset=-1"])
def test_a_page_that_can_not_be_is_refused(site: PortalSite, page: str) -> None:
    assert site.browser("wu").get(page).status_code == 422


def test_programs_get_the_same(sealed_site: PortalSite, trust: TrustFile) -> None:
    stand(sealed_site, trust)
    pin(sealed_site, trust, 2)
    retire(sealed_site, 3)
    answer = sealed_site.program().get("/v1/nodes").json()
    assert (answer["quorum"], [each["name"] for each in answer["nodes"]]) == (3, [OWN_NODE, SECOND, THIRD])
    assert [each["sealed"] for each in answer["validators"]] == [2, 2, 2, 0]
    pins = sealed_site.program().get("/v1/nodes/retired-pins").json()
    assert ([each["place"] for each in pins["items"]], pins["next_cursor"]) == ([0, 1, 2], None)


def test_readiness_tells_of_other_nodes_where_there_are_any(
    site: PortalSite, sealed_site: PortalSite, trust: TrustFile
) -> None:
    assert "other_nodes" not in site.browser(None).get("/readyz").json()["parts"]
    stand(sealed_site, trust)
    part = sealed_site.browser(None).get("/readyz").json()["parts"]["other_nodes"]
    assert part["state"] == "degraded"
    assert THIRD in part["note"] and SECOND not in part["note"]


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (SILENT, "validators.trust_outdated"),
        (CONTRADICTS, FindingCode.NODE_PROOF_FAILS),
        (BEHIND, FindingCode.NODE_STALE),
    ],
)
def test_readiness_tells_of_an_own_node_that_answers_and_that_nothing_can_be_concluded_from(
    sealed_site: PortalSite,
    trust: TrustFile,
    monkeypatch: pytest.MonkeyPatch,
    outcome: str,
    problem: str,
) -> None:
    monkeypatch.setattr(sealed_site.parts.reader, "block_number", lambda: 1_000)
    stand(sealed_site, trust)
    assert sealed_site.browser(None).get("/readyz").json()["parts"]["chain"]["state"] == "ok"
    keep_standings(
        sealed_site.parts.database,
        sealed_site.clock,
        [build_standing(OWN_NODE, outcome, problem)],
        [OWN_NODE],
    )
    part = sealed_site.browser(None).get("/readyz").json()["parts"]["chain"]
    assert part == {"state": "degraded", "note": problem}


def test_a_silent_node_keeps_what_it_last_said_and_one_no_longer_asked_goes(
    sealed_site: PortalSite, trust: TrustFile
) -> None:
    stand(sealed_site, trust)
    database, clock = sealed_site.parts.database, sealed_site.clock
    sealed_site.clock.advance(60)
    keep_standings(database, clock, [build_standing(SECOND, SILENT, "chain-unreachable")], [OWN_NODE, SECOND])
    nodes = {each["name"]: each for each in sealed_site.program().get("/v1/nodes").json()["nodes"]}
    assert set(nodes) == {OWN_NODE, SECOND}
    assert (nodes[SECOND]["block_number"], nodes[SECOND]["looked_at"] - nodes[SECOND]["answered_at"]) == (
        999,
        60,
    )
