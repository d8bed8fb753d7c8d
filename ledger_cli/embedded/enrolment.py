"""Sets up the chain and the gateways of an embedded stack: contracts, institutions, people. Repeatable.

Every step first looks whether it is done already, on the chain or on disk: a set-up that was killed goes on.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from web3 import Web3

from ledger_api.config import Settings
from ledger_api.identity.principal import Role
from ledger_api.provisioning import InstitutionPlan, MachinePlan, PersonPlan, provision
from ledger_chain.deployment import Authority, Deployment, deploy, load_deployment, verify_deployment
from ledger_chain.development_keys import address_of, authority_members, deployer
from ledger_chain.errors import ChainUnreachable, ContractMismatch
from ledger_chain.reader import ChainReader
from ledger_cli.embedded.credentials import (
    make_credentials,
    password_file,
    read_line,
    second_portal_token_file,
    signer_files,
    signer_of,
    token_file,
)
from ledger_cli.embedded.gateways import GatewayPlace
from ledger_cli.embedded.home import Home, advance, corrupt, read_marker, write_whole
from ledger_cli.embedded.people import (
    ADMINISTRATORS,
    PRACTITIONERS,
    REGULATOR,
    ROLES_AT_GATEWAY,
    Doctor,
    Institution,
    Practitioner,
)
from ledger_cli.pinned_files import Profile, TrustFile, pinned_bytes
from ledger_proofs.types import Address

AUTHORITY_THRESHOLD = 2
GRANT_DELAY_SECONDS = 0
DEVELOPMENT_NOTE = (
    "单节点开发链，对其所有者不具证明力 · single-node development chain: it proves nothing against its owner"
)
NETWORK_NOTE = (
    "示例网络，各方密钥均公开 · example network: the keys of its authority and of its institutions are public"
)


def find_or_deploy(home: Home, w3: Web3, note: str = DEVELOPMENT_NOTE) -> Deployment:
    """The contracts of this home: deployed the first time, found and checked every other time.

    :param note: what the trust file says of the chain
    """
    if read_marker(home).reached("deployed"):
        deployment = _find_deployed(home, w3)
        if not home.trust.is_file():
            _write_trust(home, deployment, note)
        return deployment
    members = authority_members()
    deployment = deploy(
        w3, [address_of(member) for member in members], AUTHORITY_THRESHOLD, GRANT_DELAY_SECONDS, deployer()
    )
    Authority(w3, deployment, members).bind_checkpoint_log()
    deployment.save(home.deployment)
    _write_trust(home, deployment, note)
    advance(home, "deployed")
    return deployment


def _write_trust(home: Home, deployment: Deployment, note: str) -> None:
    write_whole(home.trust, pinned_bytes(build_trust_file(deployment, note)).decode())


def build_trust_file(deployment: Deployment, note: str = "") -> TrustFile:
    """What a verifier needs to know of this deployment."""
    return TrustFile(**_pinned_chain(deployment), note=note)


def enrol(
    home: Home, w3: Web3, deployment: Deployment, gateways: Sequence[tuple[GatewayPlace, Settings]]
) -> None:
    """Tenants and people at each gateway; institutions and credentials on the chain.

    A home of an earlier version gets what it lacks; nobody is enrolled twice.
    """
    make_credentials(home)
    authority = Authority(w3, deployment, authority_members())
    for place, settings in gateways:
        reader = ChainReader(settings.rpc_url or "", deployment)
        anchoring = provision(settings, build_plan(home, place)).anchoring_addresses
        for institution in place.tenants:
            _register(reader, authority, institution, Address(anchoring[institution.number]))
        for person in list_signers(place.tenants):
            _entitle(reader, authority, person, signer_of(home, person))


def list_signers(tenants: Sequence[Institution]) -> list[Practitioner]:
    """Whoever signs at one of these institutions."""
    return [person for person in PRACTITIONERS if person.institution in tenants]


def write_profiles(home: Home, deployment: Deployment, gateways: Sequence[tuple[GatewayPlace, str]]) -> None:
    """Each signer's profile: what an institution hands her when it enrols her. Takes each gateway's URL."""
    for place, url in gateways:
        for person in list_signers(place.tenants):
            files = signer_files(home, person)
            profile = Profile(
                **_pinned_chain(deployment),
                gateway=url,
                institution=person.institution.number,
                institution_name=person.institution.name_en,
                institution_name_zh=person.institution.name_zh,
                username=person.username,
                signer="0x" + signer_of(home, person).hex(),
                keyfile=files.keyfile.name,
            )
            write_whole(files.profile, pinned_bytes(profile).decode())


def build_plan(home: Home, place: GatewayPlace) -> Sequence[InstitutionPlan]:
    """What a gateway is provisioned with."""
    plans = [_plan_tenant(home, institution) for institution in place.tenants]
    if REGULATOR not in place.tenants:
        plans.append(_plan_reading_regulator(home))
    return plans


def _plan_tenant(home: Home, institution: Institution) -> InstitutionPlan:
    machine = MachinePlan(
        institution.machine,
        roles=frozenset({institution.machine_role}),
        token=read_line(token_file(home, institution)),
    )
    return _institution_plan(institution, machine, _plan_people(home, institution))


def _plan_reading_regulator(home: Home) -> InstitutionPlan:
    """The regulator as a gateway knows it that isn't its own: its portal reads, and nobody else signs in."""
    token = read_line(second_portal_token_file(home))
    machine = MachinePlan(REGULATOR.machine, roles=frozenset({REGULATOR.machine_role}), token=token)
    return _institution_plan(REGULATOR, machine, [])


def _institution_plan(
    institution: Institution, machine: MachinePlan, people: Sequence[PersonPlan]
) -> InstitutionPlan:
    return InstitutionPlan(
        number=institution.number,
        name_zh=institution.name_zh,
        name_en=institution.name_en,
        roles=int(institution.role),
        people=people,
        machines=[machine],
    )


def _plan_people(home: Home, institution: Institution) -> list[PersonPlan]:
    signers = [_plan_signer(home, person) for person in list_signers([institution])]
    administrators = [
        PersonPlan(clerk.username, read_line(password_file(home, clerk)), clerk.name, frozenset({Role.ADMIN}))
        for clerk in ADMINISTRATORS
        if clerk.institution == institution
    ]
    return signers + administrators


def _plan_signer(home: Home, person: Practitioner) -> PersonPlan:
    doctor = person if isinstance(person, Doctor) else None
    return PersonPlan(
        username=person.username,
        password=read_line(signer_files(home, person).password),
        display_name=person.name,
        roles=frozenset({ROLES_AT_GATEWAY[person.role]}),
        practitioner_code=person.code,
        signing_address="0x" + signer_of(home, person).hex(),
        department_code=doctor.department_code if doctor else None,
        department_name=doctor.department_name if doctor else None,
    )


def _find_deployed(home: Home, w3: Web3) -> Deployment:
    try:
        deployment = load_deployment(home.deployment)
        verify_deployment(w3, deployment)
    except ChainUnreachable:
        raise
    except ContractMismatch as fault:
        said = str(fault).rstrip(".")
        raise corrupt(
            home, f"deployment.json and the chain don't fit: {said}", f"deployment.json 与链不符：{said}"
        ) from fault
    return deployment


def _register(reader: ChainReader, authority: Authority, institution: Institution, account: Address) -> None:
    registered = reader.find_account(institution.number)
    if registered is None:
        authority.register_institution(institution.number, int(institution.role), account)
    elif registered != account:
        authority.assign_account(institution.number, account)


def _entitle(reader: ChainReader, authority: Authority, person: Practitioner, signer: Address) -> None:
    institution, role = person.institution.number, int(person.role)
    # A grant is in force from its block's time on, which a moment ahead certainly covers.
    if not reader.is_entitled(signer, institution, role, int(time.time()) + 60):
        authority.grant_credential(signer, institution, role)


def _pinned_chain(deployment: Deployment) -> dict[str, Any]:
    return {
        "chain_id": deployment.chain_id,
        "genesis_hash": "0x" + deployment.genesis_hash.hex(),
        "directory": "0x" + deployment.directory.hex(),
        "checkpoint_log": "0x" + deployment.checkpoint_log.hex(),
        "claim_register": "0x" + deployment.claim_register.hex(),
    }
