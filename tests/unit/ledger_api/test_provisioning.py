from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from ledger_api.app import build_parts
from ledger_api.config import Settings
from ledger_api.identity.principal import Role
from ledger_api.provisioning import InstitutionPlan, MachinePlan, PersonPlan, Provisioned, provision
from ledger_chain.development_keys import anchoring_account
from ledger_web.database import Database
from ledger_web.errors import StartRefused
from tests.gateway_support import (
    FIRST,
    LIGHT_KEYSTORE_COST,
    PASSWORD,
    address_of,
    build_test_plan,
    build_test_settings,
    light_passwords,
    run_gateway,
    signing_key,
)

PERSON = PersonPlan("lin", PASSWORD, "Lin", frozenset({Role.DOCTOR}), "D-1", address_of(signing_key("lin")))
HOSPITAL = InstitutionPlan(FIRST, "医院", "Hospital", 1, people=(PERSON,), machines=(MachinePlan("his"),))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return build_test_settings(tmp_path / "home")


def _provision(settings: Settings, *plan: InstitutionPlan) -> Provisioned:
    return provision(settings, plan, passwords=light_passwords(), keystore_cost=LIGHT_KEYSTORE_COST)


def _query(settings: Settings, query: str) -> list[tuple[object, ...]]:
    database = Database(settings.database_url)
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(query)).all()]


def test_what_is_planned_can_sign_in(tmp_path: Path) -> None:
    with run_gateway(tmp_path / "home", build_test_plan()) as gateway:
        assert gateway.client("anna").get("/v1/sessions/current").status_code == 200
        assert gateway.client("his-2").get("/v1/sessions/current").status_code == 200


def test_a_made_machine_token_is_returned_once(settings: Settings) -> None:
    first = _provision(settings, HOSPITAL)
    again = _provision(settings, HOSPITAL)
    assert first.machine_tokens[FIRST, "his"].startswith("rxm_")
    assert again.machine_tokens == {}


def test_doing_it_again_changes_nothing(settings: Settings) -> None:
    first = _provision(settings, HOSPITAL)
    before = _query(settings, "SELECT * FROM person"), _query(settings, "SELECT * FROM audit_entry")
    again = _provision(settings, HOSPITAL)
    assert (first.changes, again.changes) == (3, 0)
    assert again.anchoring_addresses == first.anchoring_addresses
    assert before == (_query(settings, "SELECT * FROM person"), _query(settings, "SELECT * FROM audit_entry"))


def test_a_changed_plan_is_brought_up_to_date_and_audited(settings: Settings) -> None:
    _provision(settings, HOSPITAL)
    changed = replace(PERSON, display_name="Lin Wei", signing_address=address_of(signing_key("new")))
    result = _provision(settings, replace(HOSPITAL, name_en="General Hospital", people=(changed,)))
    assert result.changes == 2
    assert _query(settings, "SELECT display_name FROM person") == [("Lin Wei",)]
    actions = [row[0] for row in _query(settings, "SELECT action FROM audit_entry ORDER BY id")]
    assert actions[-2:] == ["institution.changed", "person.changed"]


def test_a_password_that_exists_is_kept(settings: Settings) -> None:
    _provision(settings, HOSPITAL)
    before = _query(settings, "SELECT password_hash FROM person")
    _provision(settings, replace(HOSPITAL, people=(replace(PERSON, password="another password"),)))
    assert _query(settings, "SELECT password_hash FROM person") == before


def test_a_password_is_reset_when_the_plan_says_so_and_sessions_end(tmp_path: Path) -> None:
    plan = build_test_plan()
    with run_gateway(tmp_path / "home", plan) as gateway:
        doctor, other = gateway.client("anna"), gateway.client("ben")
        people = tuple(
            replace(person, password="a password of her own", reset_password=person.username == "anna")
            for person in plan[0].people
        )
        _provision(gateway.parts.settings, replace(plan[0], people=people))
        assert doctor.get("/v1/sessions/current").status_code == 401
        assert other.get("/v1/sessions/current").status_code == 200
        answers = {
            (name, password): gateway.anonymous()
            .post("/v1/sessions", json={"institution": FIRST, "username": name, "password": password})
            .status_code
            for name in ("anna", "ben")
            for password in (PASSWORD, "a password of her own")
        }
        assert answers == {
            ("anna", PASSWORD): 401,
            ("anna", "a password of her own"): 201,
            ("ben", PASSWORD): 201,
            ("ben", "a password of her own"): 401,
        }
    actions = [row[0] for row in _query(gateway.parts.settings, "SELECT action FROM audit_entry")]
    assert actions.count("person.password-reset") == 1


def test_who_is_planned_inactive_can_neither_go_on_nor_sign_in(tmp_path: Path) -> None:
    plan = build_test_plan()
    with run_gateway(tmp_path / "home", plan) as gateway:
        doctor, machine = gateway.client("anna"), gateway.client("his-1")
        people = tuple(replace(person, active=person.username != "anna") for person in plan[0].people)
        machines = (replace(plan[0].machines[0], active=False),)
        _provision(gateway.parts.settings, replace(plan[0], people=people, machines=machines))
        assert doctor.get("/v1/sessions/current").status_code == 401
        assert machine.get("/v1/sessions/current").status_code == 401
        assert gateway.client("ben").get("/v1/sessions/current").status_code == 200


def test_one_key_cannot_become_two_peoples(settings: Settings) -> None:
    twin = replace(PERSON, username="twin")
    with pytest.raises(StartRefused, match="same address"):
        _provision(settings, replace(HOSPITAL, people=(PERSON, twin)))
    _provision(settings, HOSPITAL)
    with pytest.raises(StartRefused, match="somebody else's"):
        _provision(settings, replace(HOSPITAL, people=(twin,)))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (replace(HOSPITAL, number=0), "number"),
        (replace(HOSPITAL, number=2**21), "number"),
        (replace(HOSPITAL, roles=0), "roles"),
        (replace(HOSPITAL, people=(replace(PERSON, username="Has Space"),)), "username"),
        (replace(HOSPITAL, people=(replace(PERSON, password="short"),)), "password"),
        (replace(HOSPITAL, people=(replace(PERSON, signing_address="0xABC"),)), "address"),
        (replace(HOSPITAL, people=(replace(PERSON, display_name="王" * 51),)), "display_name"),
        (replace(HOSPITAL, people=(replace(PERSON, practitioner_code=" D-1"),)), "practitioner_code"),
        (replace(HOSPITAL, people=(replace(PERSON, department_code="A\u200b03"),)), "department_code"),
        (replace(HOSPITAL, people=(replace(PERSON, department_name=""),)), "department_name"),
        (replace(HOSPITAL, machines=(MachinePlan("his", token="rxm_1_2"),)), "token"),
    ],
)
def test_a_bad_plan_is_refused_as_a_whole(settings: Settings, plan: InstitutionPlan, said: str) -> None:
    with pytest.raises(StartRefused, match=said):
        _provision(settings, replace(HOSPITAL, number=2), plan)
    assert not settings.keystore.exists()


def test_secrets_are_not_in_the_printed_form_of_a_plan() -> None:
    plan = replace(HOSPITAL, anchoring_key=signing_key("anchor"))
    assert PASSWORD not in repr(plan)
    assert signing_key("anchor").hex() not in repr(plan)


def test_production_refuses_a_keystore_with_a_development_key(settings: Settings, tmp_path: Path) -> None:
    development = bytes(anchoring_account(0).key)
    passphrase = "a passphrase of our very own"
    secret = settings.model_copy(update={"keystore_passphrase": SecretStr(passphrase)})
    _provision(secret, replace(HOSPITAL, anchoring_key=development))
    production = Settings.model_validate(
        {
            "environment": "production",
            "home": settings.home,
            "keystore_passphrase": passphrase,
            "rpc_url": "http://127.0.0.1:1",
            "deployment": tmp_path / "deployment.json",
        }
    )
    with pytest.raises(StartRefused, match="development key"):
        build_parts(production, passwords=light_passwords())
