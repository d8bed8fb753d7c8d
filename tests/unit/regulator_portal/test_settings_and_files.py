"""Settings, trust, sources and plans: refused with the place of the fault, never with a secret."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from argon2 import PasswordHasher

from ledger_chain.development_keys import address_of, development_account
from ledger_proofs.types import Address
from ledger_proofs.validators import ValidatorHistory, ValidatorSet
from ledger_web.clock import system_clock
from ledger_web.database import Database
from ledger_web.errors import StartRefused
from ledger_web.passwords import Passwords
from ledger_web.throttle import SignInThrottle, SignInThrottled
from regulator_portal import migrations
from regulator_portal.audit.service import AuditTrail
from regulator_portal.config import load_settings
from regulator_portal.identity.errors import CredentialsWrong, RoleMissing, TokenInvalid
from regulator_portal.identity.principal import Role
from regulator_portal.identity.provisioning import load_plan, parse_plan, provision
from regulator_portal.identity.repository import IdentityRepository
from regulator_portal.identity.service import (
    IdentityService,
    authenticate,
    verify_password,
    verify_role,
)
from regulator_portal.sources.files import load_sources
from regulator_portal.tables import METADATA
from regulator_portal.trust import parse_trust, verify_own_validators

PASSWORD = "correct horse battery"
HASH, ADDRESS = "0x" + "ab" * 32, "0x" + "cd" * 20
TRUST: dict[str, Any] = {
    "format": "rxledger.trust/1",
    "chain_id": 1,
    "genesis_hash": HASH,
    "directory": ADDRESS,
    "checkpoint_log": ADDRESS,
    "claim_register": ADDRESS,
    "note": "a note",
}


def light() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def test_the_migrations_make_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert differences == []


def test_the_schema_can_be_taken_back(database: Database) -> None:
    migrations.downgrade(database, "base")
    migrations.upgrade(database)
    migrations.verify_current(database)


def test_production_needs_a_node() -> None:
    with pytest.raises(StartRefused, match="RXLEDGER_PORTAL_RPC_URL"):
        load_settings({"RXLEDGER_PORTAL_ENVIRONMENT": "production"})
    with pytest.raises(StartRefused, match="RXLEDGER_PORTAL_PORT"):
        load_settings({"RXLEDGER_PORTAL_PORT": "99999"})


@pytest.mark.parametrize(
    "change",
    [{"format": "x"}, {"chain_id": "1"}, {"genesis_hash": "0x12"}, {"directory": None}, {"more": 1}],
)
def test_a_trust_file_that_is_not_one_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(StartRefused, match=next(iter(change))):
        parse_trust(json.dumps(TRUST | change).encode())
    assert parse_trust(json.dumps(TRUST).encode()).note == "a note"


def write_sources(folder: Path, mode: int = 0o600, **change: Any) -> Path:
    token = folder / "t.token"
    token.touch(mode=mode)
    token.chmod(mode)
    token.write_text("rxm_secret\n")
    source = {
        "name_en": "G",
        "name_zh": "网",
        "gateway": "http://127.0.0.1:8400/",
        "token_file": "t.token",
        "institutions": [{"number": 1, "name_en": "H", "name_zh": "医"}],
    }
    path = folder / "sources.json"
    path.write_text(json.dumps([source | change]), encoding="utf-8")
    return path


def test_sources_name_gateways_and_institutions(tmp_path: Path) -> None:
    sources = load_sources(write_sources(tmp_path))
    found = sources.find(1)
    assert found is not None
    assert (found.gateway, found.token) == ("http://127.0.0.1:8400", "rxm_secret")
    assert "rxm_secret" not in repr(found)
    assert sources.find(2) is None
    assert sources.name_of(2).name_zh == "机构 2"


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="chmod 600"):
        load_sources(write_sources(tmp_path, 0o644))


@pytest.mark.parametrize("change", [{"gateway": "ftp://x"}, {"institutions": []}, {"token_file": "none"}])
def test_sources_that_can_not_be_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(StartRefused):
        load_sources(write_sources(tmp_path, **change))


def a_plan(**changes: Any) -> bytes:
    auditor = {
        "username": "wu",
        "password": PASSWORD,
        "display_name": "吴敏",
        "roles": ["auditor"],
        **changes,
    }
    return json.dumps({"format": "rxledger.portal-plan/1", "auditors": [auditor]}).encode()


def test_a_plan_brings_auditors_once_and_is_audited(database: Database) -> None:
    assert provision(database, parse_plan(a_plan()), system_clock, light()) == 1
    assert provision(database, parse_plan(a_plan()), system_clock, light()) == 0
    assert provision(database, parse_plan(a_plan(active=False)), system_clock, light()) == 1
    with database.reading() as session:
        actions = [row.action for row in AuditTrail(session, system_clock, "r").list_page(None, 9)]
    assert actions == ["auditor.changed", "auditor.added"]


@pytest.mark.parametrize("change", [{"password": "short"}, {"roles": ["king"]}, {"username": "W U"}])
def test_a_plan_that_is_not_valid_is_refused_without_its_values(change: dict[str, Any]) -> None:
    with pytest.raises(StartRefused) as refusal:
        parse_plan(a_plan(**change))
    assert f"/auditors/0/{next(iter(change))}" in str(refusal.value)
    assert PASSWORD not in str(refusal.value)
    assert "short" not in str(refusal.value)


def test_a_plan_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(a_plan())
    path.chmod(0o644)
    with pytest.raises(StartRefused, match="chmod 600"):
        load_plan(path)


def test_signing_in_and_out(database: Database) -> None:
    passwords, throttle = light(), SignInThrottle(system_clock)
    provision(database, parse_plan(a_plan()), system_clock, passwords)
    with database.writing() as session:
        repository = IdentityRepository(session)
        with pytest.raises(CredentialsWrong):
            verify_password(repository, passwords, throttle, "wu", "wrong password")
        auditor = verify_password(repository, passwords, throttle, "wu", PASSWORD)
        service = IdentityService(repository, AuditTrail(session, system_clock, "r"), system_clock)
        opened = service.open_session(auditor, 60)
    principal = authenticate(database, system_clock, opened.token)
    assert principal.display_name == "吴敏"
    verify_role(principal, Role.AUDITOR)
    with pytest.raises(RoleMissing):
        verify_role(principal, Role.ADMIN)
    with pytest.raises(TokenInvalid):
        authenticate(database, lambda: system_clock() + 61, opened.token)
    with database.writing() as session:
        repository = IdentityRepository(session)
        service = IdentityService(repository, AuditTrail(session, system_clock, "r"), system_clock)
        service.end_session(principal)
    with pytest.raises(TokenInvalid):
        authenticate(database, system_clock, opened.token)


def test_guessing_is_slowed_down(database: Database) -> None:
    passwords, throttle = light(), SignInThrottle(system_clock)
    with database.reading() as session:
        for _ in range(6):
            with pytest.raises(CredentialsWrong):
                verify_password(IdentityRepository(session), passwords, throttle, "nobody", PASSWORD)
        with pytest.raises(SignInThrottled):
            verify_password(IdentityRepository(session), passwords, throttle, "nobody", PASSWORD)


def test_validators_with_development_keys_are_refused() -> None:
    pinned = parse_trust(json.dumps(TRUST).encode())
    verify_own_validators(pinned)
    own, known = Address(bytes(19) + b"\x01"), address_of(development_account(5))
    for validators, refused in (((own,), False), ((own, known), True)):
        history = ValidatorHistory(0, 1, (ValidatorSet(1, validators),))
        sealed = replace(pinned, trust=replace(pinned.trust, validators=history))
        with pytest.raises(StartRefused, match=known.hex()) if refused else nullcontext():
            verify_own_validators(sealed)
