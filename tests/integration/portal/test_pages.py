"""The portal's pages against a real chain and a real gateway: an auditor's whole way, by HTTP."""

from __future__ import annotations

import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from ledger_api.log.models import LogEntry
from ledger_proofs.bundles import bundle_as_json, bundle_to_json
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.references import Reference, build_reference_text
from regulator_portal.app import build_app
from regulator_portal.building import build_parts
from regulator_portal.identity.principal import Role
from regulator_portal.identity.provisioning import AuditorPlan, provision
from tests.gateway_support import FIRST, light_passwords, serve
from tests.integration.portal.conftest import Issued
from tests.portal_support import FIRST_LOG, build_portal_home
from tests.support.waiting import wait_until

PASSWORD = "a long phrase to sign in with"
WITHIN_S = 60
PATIENT, DRUG = "王小明", "苯磺酸氨氯地平片"


@contextmanager
def sign_in(home: Path, issued: Issued, language: str = "en") -> Iterator[httpx.Client]:
    """A portal with its worker, and an auditor's browser in it."""
    settings = build_portal_home(home, issued.stack.gateway.url, issued.stack.chain)
    passwords = light_passwords()
    parts = build_parts(settings, passwords=passwords)
    plan = AuditorPlan(username="wu", password=PASSWORD, display_name="吴敏", roles=[Role.AUDITOR])
    provision(parts.database, [plan], parts.clock, passwords)
    with serve(build_app(parts)) as url:
        headers = {"Accept": "text/html", "Accept-Language": language, "Origin": url}
        with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as browser:
            answer = browser.post("/sign-in", data={"username": "wu", "password": PASSWORD})
            assert answer.status_code == 303
            yield browser


def wait_for_mirror(browser: httpx.Client) -> None:
    """Wait until the log's entries are mirrored and their evidence verified, as the overview says it."""

    def is_done() -> bool:
        logs = browser.get("/v1/overview").json()["logs"]
        return any(log["log"] == FIRST_LOG and log["evidence"]["passed"] == 3 for log in logs)

    wait_until(is_done, WITHIN_S, "the mirror and the sweep")


def send(browser: httpx.Client, way: str, **content: object) -> str:
    """Send one of the verify page's forms; gives the page of its result."""
    fields = {"key": str(uuid.uuid4()), **content.pop("data", {})}  # type: ignore[dict-item]
    answer = browser.post(f"/verify/{way}", data=fields, **content)  # type: ignore[arg-type]
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["location"]).text


def read_outcomes(page: str) -> list[str]:
    return re.findall(r'data-outcome="(\w+)"', page)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_an_auditor_sees_the_mirror_and_verifies_a_record_three_ways(
    tmp_path: Path, issued: Issued, language: str
) -> None:
    doctor = issued.stack.doctor("anna")
    bundle = doctor.get_bundle(issued.ids[0])
    reference = build_reference_text(Reference(FIRST, issued.ids[0], 0, bundle.commitment))
    file = {"bundle": ("bundle.json", bundle_to_json(bundle), "application/json")}
    with sign_in(tmp_path / "portal", issued, language) as browser:
        wait_for_mirror(browser)
        overview = browser.get("/").text
        pages = [
            send(browser, "record", data={"institution": str(FIRST), "record": issued.ids[0], "window": "0"}),
            send(browser, "reference", data={"reference": reference}),
            send(browser, "bundle", files=file),
        ]
        entry = browser.get(f"/logs/{FIRST_LOG}/entries/{bundle.inclusion.index}").text

    assert "Hospital 1" in overview or "医院 1" in overview
    assert "failed" not in read_outcomes(overview.split("<tbody>")[1])
    for page in (*pages, entry):
        assert set(read_outcomes(page)) == {"passed"}
        for step in range(8):
            assert f'data-testid="step-{step}"' in page
        assert bundle.commitment.hex() in page
        assert PATIENT not in page
        assert DRUG not in page


def test_an_uploaded_bundle_leaves_nothing_of_the_person_in_the_portals_files(
    tmp_path: Path, issued: Issued
) -> None:
    bundle = bundle_to_json(issued.stack.doctor("anna").get_bundle(issued.ids[0]))
    assert PATIENT.encode() in bundle, "the bundle of this test tells who the patient is"
    home = tmp_path / "portal"
    with sign_in(home, issued) as browser:
        page = send(browser, "bundle", files={"bundle": ("bundle.json", bundle, "application/json")})
        with sqlite3.connect(home / "portal.db") as connection:
            everything = "\n".join(connection.iterdump())

    assert "passed" in read_outcomes(page)
    for told in (page, everything):
        assert PATIENT not in told
        assert DRUG not in told
    assert PATIENT.encode().hex() not in everything.lower()


def test_a_bundle_of_another_chain_fails_at_the_step_that_says_so(tmp_path: Path, issued: Issued) -> None:
    document = bundle_as_json(issued.stack.doctor("anna").get_bundle(issued.ids[0]))
    document["anchor"]["chain_id"] = 7  # type: ignore[index]
    content = canonical_bytes(document, max_depth=16)
    with sign_in(tmp_path / "portal", issued) as browser:
        page = send(browser, "bundle", files={"bundle": ("bundle.json", content, "application/json")})

    step = page.split('data-testid="step-4"')[1].split('data-testid="step-5"')[0]
    assert 'data-outcome="failed"' in step
    assert "anchor.other_chain" in step
    assert read_outcomes(page)[0] == "failed"


def test_a_recheck_is_started_after_confirmation_and_followed_to_its_end(
    tmp_path: Path, issued: Issued
) -> None:
    with sign_in(tmp_path / "portal", issued) as browser:
        wait_for_mirror(browser)
        confirm = browser.get(f"/jobs/new?kind=recheck&log={FIRST_LOG}").text
        assert "from position 0" in confirm
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', confirm))
        first = browser.post("/jobs", data=fields)
        again = browser.post("/jobs", data=fields)
        assert first.headers["location"] == again.headers["location"]
        job = first.headers["location"]
        wait_until(lambda: "hx-get" not in browser.get(f"{job}/card").text, WITHIN_S, "the recheck")
        ended = browser.get(job).text

    assert ">done<" in ended
    assert re.search(r">(\d+) / \1 · 100", ended), "its progress is whole"


def test_a_field_changed_in_the_gateways_log_becomes_a_finding_with_its_evidence(
    tmp_path: Path, issued: Issued
) -> None:
    with sign_in(tmp_path / "portal", issued) as browser:
        wait_for_mirror(browser)
        database = issued.stack.gateway.parts.database
        with database.writing() as session:
            row = session.exec(select(LogEntry).where(LogEntry.position == 1)).one()
            row.entry = row.entry[:32] + bytes(32) + row.entry[64:]  # another commitment
            session.add(row)
        key = {"Idempotency-Key": str(uuid.uuid4())}
        started = browser.post(f"/v1/logs/{FIRST_LOG}/rechecks", headers=key)
        assert started.status_code == 202
        wait_until(lambda: browser.get("/v1/findings?state=open").json()["items"], WITHIN_S, "the finding")
        found = browser.get("/v1/findings?state=open&code=log.entry_changed").json()["items"]
        page = browser.get(f"/findings/{found[0]['id']}").text
        overview = browser.get("/").text

    assert found[0]["place"] == 1
    for each in found[0]["evidence"]:
        assert each["expected"] in page
        assert each["observed"] in page
    assert "failed" in read_outcomes(overview)
