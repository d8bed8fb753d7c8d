"""Two gateways as separate applications with databases and keystores of their own, on one chain.

Gateway A holds hospitals 1 and 2 and the regulator 900, gateway B the pharmacies 201 and 202, the insurer 301
and the manufacturer 401. They know each other by a peers file, and talk by HTTP only. Everybody who signs is
enrolled on the chain. `tests/conftest.py` has `two_gateways`, one for a whole session: for tests that don't
mind what others did. `run_two_gateways` makes one of a test's own.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import APIRouter

from ledger_api.identity.principal import Role
from ledger_api.provisioning import InstitutionPlan, MachinePlan, PersonPlan, build_machine_token
from ledger_chain.connection import ask, connect
from ledger_chain.deployment import deploy
from ledger_chain.development_keys import address_of as account_address
from ledger_chain.development_keys import authority_members, deployer
from ledger_chain.engines import AnvilEngine, ChainEngine
from ledger_proofs.kinds import InstitutionRole, PractitionerRole
from ledger_proofs.types import Address
from ledger_web.listening import open_listener
from tests.gateway_stack import ChainUnderTest, raw_address
from tests.gateway_support import PASSWORD, GatewayUnderTest, address_of, run_gateway, signing_key

HOSPITAL, OTHER_HOSPITAL, REGULATOR = 1, 2, 900
PHARMACY, OTHER_PHARMACY, INSURER, MANUFACTURER = 201, 202, 301, 401

_CREDENTIALS = {
    Role.DOCTOR: PractitionerRole.DOCTOR,
    Role.PHARMACIST: PractitionerRole.PHARMACIST,
    Role.ADJUDICATOR: PractitionerRole.ADJUDICATOR,
    Role.RELEASER: PractitionerRole.RELEASER,
    Role.OFFICER: PractitionerRole.OFFICER,
    Role.CLERK: PractitionerRole.CLERK,
}


def _person(name: str, role: Role) -> PersonPlan:
    is_practitioner = role in _CREDENTIALS
    return PersonPlan(
        username=name,
        password=PASSWORD,
        display_name=f"{name.title()} (example)",
        roles=frozenset({role}),
        practitioner_code=f"{role.value[0].upper()}-{name}" if is_practitioner else None,
        signing_address=address_of(signing_key(name)) if is_practitioner else None,
        department_code="A03" if role is Role.DOCTOR else None,
        department_name="内科" if role is Role.DOCTOR else None,
    )


def _institution(number: int, name: str, roles: InstitutionRole, people: dict[str, Role]) -> InstitutionPlan:
    machines = [MachinePlan(f"his-{number}", token=build_machine_token())]
    if InstitutionRole.REGULATOR in roles:
        machines.append(MachinePlan("mirror", frozenset({Role.REGULATOR}), token=build_machine_token()))
    return InstitutionPlan(
        number=number,
        name_zh=f"测试机构{name}",
        name_en=f"Test {name}",
        roles=int(roles),
        people=tuple(_person(username, role) for username, role in people.items()),
        machines=tuple(machines),
        anchoring_key=signing_key(f"anchor of {number}"),
    )


def build_hospitals_plan() -> list[InstitutionPlan]:
    """Hospital 1: ada, doctors anna and ben, pharmacist pia, clerk cleo. 2: zoe, dora, pat. 900: otto."""
    first = {
        "ada": Role.ADMIN,
        "anna": Role.DOCTOR,
        "ben": Role.DOCTOR,
        "pia": Role.PHARMACIST,
        "cleo": Role.CLERK,
    }
    second = {"zoe": Role.ADMIN, "dora": Role.DOCTOR, "pat": Role.PHARMACIST}
    return [
        _institution(HOSPITAL, "Hospital One", InstitutionRole.HOSPITAL, first),
        _institution(OTHER_HOSPITAL, "Hospital Two", InstitutionRole.HOSPITAL, second),
        _institution(REGULATOR, "Regulator", InstitutionRole.REGULATOR, {"otto": Role.OFFICER}),
    ]


def build_counters_plan() -> list[InstitutionPlan]:
    """Pharmacy 201: amy, pharmacists phil and phoebe, clerk cora. 202: rita. 301: adam, cyrus. 401: rosa."""
    first = {
        "amy": Role.ADMIN,
        "phil": Role.PHARMACIST,
        "phoebe": Role.PHARMACIST,
        "cora": Role.CLERK,
    }
    return [
        _institution(PHARMACY, "Pharmacy One", InstitutionRole.PHARMACY, first),
        _institution(OTHER_PHARMACY, "Pharmacy Two", InstitutionRole.PHARMACY, {"rita": Role.PHARMACIST}),
        _institution(
            INSURER, "Insurer", InstitutionRole.INSURER, {"adam": Role.ADJUDICATOR, "cyrus": Role.CLERK}
        ),
        _institution(MANUFACTURER, "Maker", InstitutionRole.MANUFACTURER, {"rosa": Role.RELEASER}),
    ]


@dataclass(frozen=True)
class TwoGateways:
    """Both gateways and their chain."""

    chain: ChainUnderTest
    hospitals: GatewayUnderTest
    counters: GatewayUnderTest

    def gateway_of(self, name: str) -> GatewayUnderTest:
        """The gateway at which a person or machine client works."""
        for gateway in (self.hospitals, self.counters):
            for institution in gateway.plan:
                members = (*institution.people, *institution.machines)
                if any(getattr(each, "username", getattr(each, "name", "")) == name for each in members):
                    return gateway
        raise LookupError(f"nobody is called {name}")

    def client(self, name: str) -> httpx.Client:
        """A client signed in as somebody, at whichever gateway."""
        return self.gateway_of(name).client(name)

    def advance(self, seconds: int) -> None:
        """Move the clocks of both gateways; the chain's own stays."""
        self.hospitals.clock.advance(seconds)
        self.counters.clock.advance(seconds)


def deploy_for_two(engine: ChainEngine) -> ChainUnderTest:
    """Deploy contracts and enrol everybody of both plans; all in one second of the chain."""
    w3 = connect(engine.rpc_url)
    if isinstance(engine, AnvilEngine):
        # Else every block is a second later than the one before, and the chain's clock runs ahead of ours.
        ask(w3, engine.rpc_url, "anvil_setBlockTimestampInterval", [0])
    members = authority_members()[:1]
    deployment = deploy(w3, [account_address(member) for member in members], 1, 0, deployer())
    chain = ChainUnderTest(engine, deployment)
    chain.authority.bind_checkpoint_log()
    for institution in (*build_hospitals_plan(), *build_counters_plan()):
        _enrol(chain, institution)
    if isinstance(engine, AnvilEngine):
        ask(w3, engine.rpc_url, "anvil_removeBlockTimestampInterval", [])
    return chain


def _enrol(chain: ChainUnderTest, institution: InstitutionPlan) -> None:
    account = address_of(signing_key(f"anchor of {institution.number}"))
    chain.authority.register_institution(institution.number, institution.roles, raw_address(account))
    for person in institution.people:
        for role in person.roles & _CREDENTIALS.keys():
            holder: Address = raw_address(person.signing_address or "")
            chain.authority.grant_credential(holder, institution.number, _CREDENTIALS[role])


@contextmanager
def run_two_gateways(
    home: Path, chain: ChainUnderTest, *, routers: Sequence[APIRouter] = (), **changes: Any
) -> Iterator[TwoGateways]:
    """Run both gateways on a chain; their files lie under `home`, in folders of their own."""
    home.mkdir(parents=True, exist_ok=True)
    deployment = home / "deployment.json"
    chain.deployment.save(deployment)
    listeners = [open_listener("127.0.0.1", 0) for _ in range(2)]
    peers = write_peers_file(home / "peers.json", listeners)
    settings = {
        "deployment": deployment,
        "rpc_url": chain.engine.rpc_url,
        "checkpoint_interval_ms": 50,
        "peers": peers,
        **changes,
    }
    plans = (build_hospitals_plan(), build_counters_plan())
    with ExitStack() as running:
        hospitals, counters = (
            running.enter_context(
                run_gateway(home / name, plan, routers=routers, listener=listener, **settings)
            )
            for name, plan, listener in zip(("a", "b"), plans, listeners, strict=True)
        )
        yield TwoGateways(chain, hospitals, counters)


def write_peers_file(file: Path, listeners: list[socket.socket]) -> Path:
    """Write which institutions are at which of the two listeners."""
    plans = (build_hospitals_plan(), build_counters_plan())
    peers = [
        {
            "url": f"http://127.0.0.1:{listener.getsockname()[1]}",
            "institutions": [institution.number for institution in plan],
        }
        for plan, listener in zip(plans, listeners, strict=True)
    ]
    file.write_text(json.dumps({"format": "rxledger.peers/1", "peers": peers}), encoding="utf-8")
    return file
