"""Sets up the chain and the gateway of an embedded stack: contracts, institutions, people. Repeatable.

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
    doctor_files,
    make_credentials,
    password_file,
    read_line,
    signer_of,
    token_file,
)
from ledger_cli.embedded.home import Home, advance, corrupt, read_marker, write_whole
from ledger_cli.embedded.people import ADMINISTRATORS, DOCTORS, INSTITUTIONS, Doctor, Institution
from ledger_cli.pinned_files import Profile, TrustFile, pinned_bytes
from ledger_proofs.kinds import PractitionerRole
from ledger_proofs.types import Address

AUTHORITY_THRESHOLD = 2
GRANT_DELAY_SECONDS = 0
DEVELOPMENT_NOTE = (
    "单节点开发链，对其所有者不具证明力 · single-node development chain: it proves nothing against its owner"
)


def find_or_deploy(home: Home, w3: Web3) -> Deployment:
    """The contracts of this home: deployed the first time, found and checked every other time."""
    if read_marker(home).reached("deployed"):
        deployment = _find_deployed(home, w3)
        if not home.trust.is_file():
            _write_trust(home, deployment)
        return deployment
    members = authority_members()
    deployment = deploy(
        w3, [address_of(member) for member in members], AUTHORITY_THRESHOLD, GRANT_DELAY_SECONDS, deployer()
    )
    Authority(w3, deployment, members).bind_checkpoint_log()
    deployment.save(home.deployment)
    _write_trust(home, deployment)
    advance(home, "deployed")
    return deployment


def _write_trust(home: Home, deployment: Deployment) -> None:
    write_whole(home.trust, pinned_bytes(build_trust_file(deployment, DEVELOPMENT_NOTE)).decode())


def build_trust_file(deployment: Deployment, note: str = "") -> TrustFile:
    """What a verifier needs to know of this deployment."""
    return TrustFile(**_pinned_chain(deployment), note=note)


def enrol(home: Home, w3: Web3, deployment: Deployment, settings: Settings) -> None:
    """Tenants and people at the gateway; institutions and credentials on the chain.

    A home of an earlier version gets what it lacks; nobody is enrolled twice.
    """
    make_credentials(home)
    anchoring = provision(settings, build_plan(home)).anchoring_addresses
    authority = Authority(w3, deployment, authority_members())
    reader = ChainReader(settings.rpc_url or "", deployment)
    for institution in INSTITUTIONS:
        _register(reader, authority, institution, Address(anchoring[institution.number]))
    for doctor in DOCTORS:
        _entitle(reader, authority, doctor.hospital.number, signer_of(home, doctor))


def write_profiles(home: Home, deployment: Deployment, gateway: str) -> None:
    """Each doctor's profile: what an institution hands her when it enrols her."""
    for doctor in DOCTORS:
        files = doctor_files(home, doctor)
        profile = Profile(
            **_pinned_chain(deployment),
            gateway=gateway,
            institution=doctor.hospital.number,
            institution_name=doctor.hospital.name_en,
            institution_name_zh=doctor.hospital.name_zh,
            username=doctor.username,
            signer="0x" + signer_of(home, doctor).hex(),
            keyfile=files.keyfile.name,
        )
        write_whole(files.profile, pinned_bytes(profile).decode())


def build_plan(home: Home) -> Sequence[InstitutionPlan]:
    """What the gateway is provisioned with."""
    return [
        InstitutionPlan(
            number=institution.number,
            name_zh=institution.name_zh,
            name_en=institution.name_en,
            roles=int(institution.role),
            people=_plan_people(home, institution),
            machines=[
                MachinePlan(
                    institution.machine,
                    roles=frozenset({institution.machine_role}),
                    token=read_line(token_file(home, institution)),
                )
            ],
        )
        for institution in INSTITUTIONS
    ]


def _plan_people(home: Home, institution: Institution) -> list[PersonPlan]:
    doctors = [_plan_doctor(home, doctor) for doctor in DOCTORS if doctor.hospital == institution]
    administrators = [
        PersonPlan(clerk.username, read_line(password_file(home, clerk)), clerk.name, frozenset({Role.ADMIN}))
        for clerk in ADMINISTRATORS
        if clerk.institution == institution
    ]
    return doctors + administrators


def _plan_doctor(home: Home, doctor: Doctor) -> PersonPlan:
    return PersonPlan(
        username=doctor.username,
        password=read_line(doctor_files(home, doctor).password),
        display_name=doctor.name,
        roles=frozenset({Role.DOCTOR}),
        practitioner_code=doctor.code,
        signing_address="0x" + signer_of(home, doctor).hex(),
        department_code=doctor.department_code,
        department_name=doctor.department_name,
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


def _entitle(reader: ChainReader, authority: Authority, institution: int, signer: Address) -> None:
    role = int(PractitionerRole.DOCTOR)
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
