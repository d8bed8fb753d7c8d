"""The portal follows the whole loop of two gateways: register, links, rules, drill-down, by real parts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger_api.identity.principal import Role
from ledger_api.provisioning import InstitutionPlan, MachinePlan, build_machine_token, provision
from ledger_chain.engines import AnvilEngine
from ledger_chain.register_events import Act
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.records import format_utc_time
from regulator_portal.building import build_tools, open_database
from regulator_portal.contents.service import Content, ContentService
from regulator_portal.drilldown.view import Viewing
from regulator_portal.linking.models import LinkedRecord
from regulator_portal.linking.repository import LinkRepository
from regulator_portal.register.models import RegisterState
from regulator_portal.register.repository import RegisterRepository
from regulator_portal.sources.gateway import Gateways
from regulator_portal.verification.service import Asked
from tests.gateway_stack import FINAL_SECONDS
from tests.gateway_support import LIGHT_KEYSTORE_COST, light_passwords
from tests.portal_support import PortalUnderTest, build_portal_home
from tests.support.acting import signer
from tests.support.counter import build_dispensing, open_window, prescribe, sign_use
from tests.support.packs import commission, new_codes
from tests.support.payer import Dispensed, bill, in_full, read, settle
from tests.support.waiting import wait_until
from tests.two_gateways import (
    HOSPITAL,
    INSURER,
    MANUFACTURER,
    OTHER_HOSPITAL,
    OTHER_PHARMACY,
    PHARMACY,
    REGULATOR,
    TwoGateways,
    deploy_for_two,
    run_two_gateways,
)

pytestmark = [pytest.mark.integration, pytest.mark.chain]


@dataclass(frozen=True)
class Looped:
    """Two gateways after one prescription's whole way, and a portal that reads from both."""

    two: TwoGateways
    portal: PortalUnderTest
    dispensed: Dispensed
    settled: dict[str, Any]
    lot: dict[str, Any]


@pytest.fixture(scope="module")
def looped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looped]:
    home: Path = tmp_path_factory.mktemp("links")
    with (
        AnvilEngine(home / "chain") as engine,
        run_two_gateways(home / "home", deploy_for_two(engine)) as two,
    ):
        codes = new_codes(2)
        lot = commission(signer(two, "rosa"), codes)
        dispensed = dispense_with_pack(two, codes[0])
        settled = settle(two, in_full(two, bill(two, dispensed)))
        signer(two, "adam").wait_until_final("settlements", settled["id"])
        portal = open_portal_of_two(home / "portal", two)
        yield Looped(two, portal, dispensed, settled, lot)
        portal.close()


def dispense_with_pack(two: TwoGateways, code: str) -> Dispensed:
    """Prescribe, approve, fetch, approve, dispense one pack to the insurer's account; wait for the end."""
    made = prescribe(two)
    open_window(two, made)
    counter = signer(two, "phil")
    packs = [{"code": code, "units_used": 1, "line": {"prescription": 0, "line": 1}}]
    request = build_dispensing(made, packs=packs, payer=INSURER)
    prepared = counter.prepare("dispensings", request)
    submission = {**counter.sign(prepared), "presentations": sign_use(prepared, counter, [made])}
    accepted = counter.submit("dispensings", submission)
    assert accepted.status_code == 201, accepted.text
    found = accepted.json()
    assert counter.wait_for_outcome("dispensings", found["id"])["outcome"] == "done"
    counter.wait_until_final("dispensings", found["id"])
    return Dispensed(found["id"], found["commitment"], made)


def open_portal_of_two(home: Path, two: TwoGateways) -> PortalUnderTest:
    """A portal with a machine client's token at each gateway."""
    token = build_machine_token()
    machine = MachinePlan("portal-b", frozenset({Role.REGULATOR}), token=token)
    regulator = InstitutionPlan(
        number=REGULATOR,
        name_zh="测试医保局",
        name_en="Test Regulator",
        roles=int(InstitutionRole.REGULATOR),
        machines=(machine,),
    )
    provision(
        two.counters.parts.settings,
        [regulator],
        passwords=light_passwords(),
        keystore_cost=LIGHT_KEYSTORE_COST,
    )
    settings = build_portal_home(home, two.hospitals.url, two.chain)
    sources = []
    for name, url, own, numbers in (
        ("a", two.hospitals.url, two.hospitals.token("mirror"), (HOSPITAL, OTHER_HOSPITAL, REGULATOR)),
        ("b", two.counters.url, token, (PHARMACY, OTHER_PHARMACY, INSURER, MANUFACTURER)),
    ):
        file = home / f"{name}.token"
        file.touch(mode=0o600)
        file.write_text(own + "\n", encoding="utf-8")
        institutions = [{"number": n, "name_en": f"Institution {n}", "name_zh": f"机构 {n}"} for n in numbers]
        source = {"name_en": name, "name_zh": name, "gateway": url, "token_file": file.name}
        sources.append({**source, "institutions": institutions})
    (home / "sources.json").write_text(json.dumps(sources), encoding="utf-8")
    database = open_database(settings)
    tools = build_tools(settings, database, lambda: int(time.time()), Gateways())
    return PortalUnderTest(settings, tools)


def find(looped: Looped, commitment: str, institution: int) -> LinkedRecord:
    tools = looped.portal.tools
    with tools.database.reading() as session:
        found = LinkRepository(session, tools.clock).find(bytes.fromhex(commitment[2:]), institution)
    assert found is not None
    return found


def test_the_whole_loop_is_mirrored_linked_and_passes(looped: Looped) -> None:
    checked = looped.portal.check()
    assert [(each.code, each.evidence) for each in checked.findings] == []
    assert [(log, each.code) for log, each in checked.unchecked] == []
    settlement = find(looped, looped.settled["commitment"], INSURER)
    dispensing = find(looped, looped.dispensed.commitment, PHARMACY)
    assert {str(each["outcome"]) for each in (*settlement.rulings, *dispensing.rulings)} == {"passed"}
    assert len(dispensing.rulings) == 9
    assert settlement.amount_minor is not None
    assert settlement.counterpart == PHARMACY


def test_a_settlement_is_drilled_down_to_the_maker_each_node_with_verdict_and_block(looped: Looped) -> None:
    looped.portal.check()
    tools = looped.portal.tools
    with tools.database.reading() as session:
        viewing = Viewing(session, tools.clock, tools.sources)
        view = viewing.get_record(bytes.fromhex(looped.settled["commitment"][2:]))
        nodes = {(node.kind.value, node.name[0].split()[0]) for node in view.trail.nodes}
        pack = next(node for node in view.trail.nodes if node.kind == "pack")
        shown = viewing.get_pack(bytes.fromhex(pack.key.removeprefix("pack:0x")))
    assert nodes == {
        ("record", "Settlement"),
        ("record", "Dispensing"),
        ("record", "Prescription"),
        ("record", "Review"),
        ("credential", "Adjudicator"),
        ("credential", "Pharmacist"),
        ("credential", "Doctor"),
        ("credential", "Releaser"),
        ("pack", "Pack"),
        ("lot", "Lot"),
        ("maker", "Maker"),
    }
    assert {node.verdict for node in view.trail.nodes} == {"passed"}
    assert all(node.block is not None for node in view.trail.nodes)
    assert {each.state for each in view.claims} == {"settled"}
    assert (shown.used_units, shown.lots[0].commitment.hex()) == (1, looped.lot["commitment"][2:])


def test_nothing_of_a_person_comes_into_the_portals_database(looped: Looped) -> None:
    looped.portal.check()
    content = signer(looped.two, "phil").read("dispensings", looped.dispensed.id)
    name = content["body"]["pharmacist"]["name"]
    kept = looped.portal.settings.home.joinpath("portal.db").read_bytes()
    assert name.encode() not in kept
    assert content["body"]["packs"][0]["code"].encode() not in kept


def test_the_register_is_rechecked_and_an_event_that_changed_is_found(looped: Looped) -> None:
    looped.portal.check()
    tools = looped.portal.tools
    with tools.database.writing() as session:
        register = RegisterRepository(session)
        act = register.list_acts_of(bytes.fromhex(looped.dispensed.commitment[2:]))[0]
        kept, act.digest = act.digest, bytes(32)
        place = act.block_number
        session.add(act)
    checked = looped.portal.check()
    assert [(each.code, each.place) for each in checked.findings] == [("register.event_changed", place)]
    with tools.database.writing() as session:
        act = RegisterRepository(session).list_acts_of(bytes.fromhex(looped.dispensed.commitment[2:]))[0]
        act.digest = kept
        session.add(act)
    assert looped.portal.check().findings == ()


def test_a_demand_is_judged_by_its_time_and_by_the_answer_on_record(looped: Looped) -> None:
    otto = signer(looped.two, "otto")
    subject = {"institution": PHARMACY, "commitment": looped.dispensed.commitment}
    by = format_utc_time(int(time.time()) + 3600)
    request = {"subject": subject, "purpose": "audit", "grounds": "抽查（测试）", "answer_by": by}
    demand = otto.act("demands", request)
    otto.wait_until_final("demands", demand["id"])
    looped.portal.check()
    found = find(looped, demand["commitment"], REGULATOR)
    assert [(each["code"], each["outcome"]) for each in found.rulings] == [("content.withheld", "pending")]
    assert read_content(looped, demand["commitment"]).outcome == "pending"
    cora = signer(looped.two, "cora")
    wait_until(
        lambda: any(row["id"] == demand["id"] for row in read(cora, "/v1/incoming-demands")["items"]),
        FINAL_SECONDS,
        "the demand to be delivered",
    )
    named = {"institution": REGULATOR, "id": demand["id"]}
    access = cora.act("accesses", {"demand": named, "decision": "granted"})
    cora.wait_until_final("accesses", access["id"])
    wait_until(
        lambda: read_content(looped, demand["commitment"]).outcome == "passed", FINAL_SECONDS, "the content"
    )
    content = read_content(looped, demand["commitment"]).record
    assert isinstance(content, dict)
    assert content["id"] == looped.dispensed.id
    assert looped.portal.check().findings == ()
    found = find(looped, demand["commitment"], REGULATOR)
    assert [(each["code"], each["outcome"]) for each in found.rulings] == [("content.withheld", "passed")]


def read_content(looped: Looped, demand: str) -> Content:
    """Read what was handed over, as an auditor."""
    tools = looped.portal.tools
    service = ContentService(tools.database, tools.clock, tools.sources, tools.gateways)
    return service.read(bytes.fromhex(demand[2:]), Asked("auditor:test", "test"))


def test_the_mirror_of_the_register_goes_on_where_it_was_and_takes_nothing_twice(looped: Looped) -> None:
    looped.portal.check()
    tools = looped.portal.tools

    def read_mirror() -> tuple[int, int, str]:
        with tools.database.reading() as session:
            row = RegisterRepository(session).find_mirror()
        assert row is not None
        return row.act_count, row.next_block, row.state

    before = read_mirror()
    looped.portal.check()
    after = read_mirror()
    assert after[0] == before[0]
    assert after[1] >= before[1]
    assert after[2] == RegisterState.PASSED
    with tools.database.reading() as session:
        acts = RegisterRepository(session).list_acts_of(bytes.fromhex(looped.dispensed.commitment[2:]))
    assert [act.act for act in acts] == [Act.DISPENSE, Act.SETTLE]
