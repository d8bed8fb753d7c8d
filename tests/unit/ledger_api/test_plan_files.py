import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_api.identity.principal import Role
from ledger_api.plan_files import load_plan, parse_plan
from ledger_web.errors import StartRefused

PERSON = {
    "username": "lin",
    "password": "correct horse battery",
    "display_name": "林",
    "roles": ["doctor"],
    "department_code": "A03",
    "department_name": "内科",
}
HOSPITAL = {
    "number": 1,
    "name_zh": "医院",
    "name_en": "Hospital",
    "roles": ["hospital", "pharmacy"],
    "people": [PERSON],
    "machines": [{"name": "his"}],
}
PLAN = {"format": "rxledger.plan/1", "institutions": [HOSPITAL]}


def _plan(**changes: Any) -> bytes:
    return json.dumps(PLAN | {"institutions": [HOSPITAL | changes]}).encode()


def test_a_plan_says_who_there_is(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.touch(mode=0o600)
    path.write_bytes(_plan())
    (institution,) = load_plan(path)
    assert (institution.number, institution.roles) == (1, 3)
    assert institution.people[0].roles == {Role.DOCTOR}
    assert (institution.people[0].department_code, institution.people[0].department_name) == ("A03", "内科")
    assert institution.machines[0].roles == {Role.INTEGRATION}


def test_a_plan_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(_plan())
    path.chmod(0o644)
    with pytest.raises(StartRefused, match="chmod 600"):
        load_plan(path)


def test_a_plan_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="can't be read"):
        load_plan(tmp_path / "plan.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "not strict JSON"),
        (b'{"format": 1.5}', "not strict JSON"),
        (b"[]", "the document must be an object"),
        (_plan(surprise=1), "/institutions/0/surprise is not a known member"),
        (_plan(roles=["castle"]), "/institutions/0/roles/0 must be one of"),
        (_plan(people=[PERSON | {"roles": ["wizard"]}]), "/institutions/0/people/0/roles/0 must be one of"),
        (_plan(people=[PERSON | {"password": 12345}]), "/institutions/0/people/0/password must be a string"),
        (_plan(number="1"), "/institutions/0/number must be an integer"),
    ],
)
def test_a_fault_is_named_by_its_place_without_its_value(text: bytes, said: str) -> None:
    with pytest.raises(StartRefused) as refusal:
        parse_plan(text)
    assert said in str(refusal.value)
    for value in ("castle", "wizard", "12345", "correct horse"):
        assert value not in str(refusal.value)


@settings(max_examples=200, deadline=None)
@given(text=st.binary(max_size=100) | st.builds(lambda value: json.dumps(value).encode(), st.text()))
def test_no_bytes_make_it_fail_otherwise(text: bytes) -> None:
    with pytest.raises(StartRefused):
        parse_plan(text)
