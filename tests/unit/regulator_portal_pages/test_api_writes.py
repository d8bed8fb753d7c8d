"""The API's writes: idempotent, audited, refused as problems in both languages."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger_web.problems import PROBLEM_MEDIA_TYPE
from tests.support.portal_site import PASSWORD, PortalSite


def keyed() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_signing_in_gives_a_token_that_works_until_it_is_ended(site: PortalSite) -> None:
    program = site.program("wu")
    assert program.get("/v1/sessions/current").json()["display_name"] == "吴敏"

    assert program.delete("/v1/sessions/current").status_code == 204
    assert program.get("/v1/sessions/current").status_code == 401


def test_a_wrong_password_is_a_problem(site: PortalSite) -> None:
    answer = site.program(None).post("/v1/sessions", json={"username": "wu", "password": PASSWORD + "x"})

    assert answer.status_code == 401
    assert answer.headers["content-type"] == PROBLEM_MEDIA_TYPE
    assert answer.json()["code"] == "credentials-wrong"


@pytest.mark.parametrize("kind", ["mirrorings", "rechecks", "sweeps"])
def test_a_job_is_started_once_per_key_and_one_of_a_kind_at_a_time(site: PortalSite, kind: str) -> None:
    filling = site.fill(20)
    program, key = site.program(), keyed()
    path = f"/v1/logs/{filling.log}/{kind}"

    first = program.post(path, headers=key)
    again = program.post(path, headers=key)
    other_key = program.post(path, headers=keyed())

    assert first.status_code == 202
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert other_key.json()["id"] == first.json()["id"], "one of a kind is under way per log"
    assert program.get(f"/v1/jobs/{first.json()['id']}").json()["state"] == "queued"


def test_a_started_job_stands_in_the_audit_trail(site: PortalSite) -> None:
    filling = site.fill(20)
    job = site.program().post(f"/v1/logs/{filling.log}/rechecks", headers=keyed()).json()

    trail = site.program("zhao").get("/v1/audit").json()["items"]
    assert [each["subject"] for each in trail if each["action"] == "job.started"] == [f"job:{job['id']}"]


@pytest.mark.parametrize("key", [None, "", "with blank", "x" * 201])
def test_a_write_without_a_proper_key_is_refused(site: PortalSite, key: str | None) -> None:
    filling = site.fill(20)
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = site.program().post(f"/v1/logs/{filling.log}/rechecks", headers=headers)

    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency-key-missing"
    assert site.program().get("/v1/jobs").json()["items"] == []


def test_a_key_is_good_for_one_request(site: PortalSite) -> None:
    site.fill(100, findings=22)
    program, key = site.program(), keyed()
    first, second = program.get("/v1/findings").json()["items"][:2]
    noted = program.post(f"/v1/findings/{first['id']}/acknowledgements", json={"note": "seen"}, headers=key)
    assert noted.status_code == 201

    other_note = program.post(
        f"/v1/findings/{first['id']}/acknowledgements", json={"note": "other"}, headers=key
    )
    other_finding = program.post(
        f"/v1/findings/{second['id']}/acknowledgements", json={"note": "seen"}, headers=key
    )
    assert other_note.json()["code"] == other_finding.json()["code"] == "idempotency-key-reused"


def test_a_job_of_no_log_is_not_found(site: PortalSite) -> None:
    answer = site.program().post("/v1/logs/77/rechecks", headers=keyed())

    assert answer.status_code == 404
    assert answer.json()["code"] == "log-not-found"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"{}", 422, "not-a-bundle"), (b"\xff", 422, "not-a-bundle"), (b" " * 4_194_305, 413, "body-too-large")],
)
def test_what_is_no_bundle_is_refused_and_nothing_is_kept(
    site: PortalSite, content: bytes, status: int, code: str
) -> None:
    answer = site.program().post(
        "/v1/verifications", content=content, headers=keyed() | {"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert site.program().get("/v1/verifications").json()["items"] == []


def test_an_acknowledged_finding_keeps_its_note_and_stays_open(site: PortalSite) -> None:
    site.fill(100, findings=11)
    program = site.program()
    found = program.get("/v1/findings?state=open").json()["items"][0]
    answer = program.post(
        f"/v1/findings/{found['id']}/acknowledgements", json={"note": "called them"}, headers=keyed()
    ).json()

    assert (answer["acknowledged_note"], answer["state"]) == ("called them", "open")
    assert answer["acknowledged_by"].startswith("auditor:")
    page = site.browser("wu", "zh-CN").get(f"/findings/{found['id']}").text
    assert "called them" in page
    assert "吴敏" in page


@pytest.mark.parametrize("note", ["", "   ", "x" * 1001])
def test_the_page_refuses_a_note_that_says_nothing_and_keeps_what_was_typed(
    site: PortalSite, note: str
) -> None:
    site.fill(100, findings=11)
    found = site.program().get("/v1/findings?state=open").json()["items"][0]
    page = f"/findings/{found['id']}"
    answer = site.send(site.browser("wu"), page, f"{page}/acknowledgement", data={"note": note})

    assert answer.status_code == 422
    assert 'data-testid="error-state"' in answer.text
    assert note.strip() in answer.text


def test_lists_are_paged_by_cursor(site: PortalSite) -> None:
    filling = site.fill(130, findings=30, jobs=30, verifications=30)
    program = site.program()
    for path, count in (
        (f"/v1/logs/{filling.log}/entries", 130),
        ("/v1/findings", 30),
        ("/v1/jobs", 30),
        ("/v1/verifications", 30),
    ):
        seen: list[Any] = []
        cursor: str | None = None
        while True:
            query = {"limit": "20"} | ({} if cursor is None else {"cursor": cursor})
            page = program.get(path, params=query).json()
            seen += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len({str(each) for each in seen}) == count, path


def test_every_operation_is_named_in_both_languages(site: PortalSite) -> None:
    document = site.program(None).get("/openapi.json").json()
    operations = [each for path in document["paths"].values() for each in path.values()]

    assert len(operations) > 20
    for operation in operations:
        english, separator, chinese = operation["summary"].partition(" · ")
        assert english.isascii()
        assert separator
        assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
    assert all(not path.startswith("/findings") for path in document["paths"]), "pages are no operations"


def test_health_and_metrics_need_nobody_and_say_nothing_of_records(site: PortalSite) -> None:
    site.fill(20)
    site.browser("wu").get("/findings/0198e0a2-0000-4000-8000-000000000001")
    anyone = site.program(None)

    assert anyone.get("/healthz").json() == {"status": "ok"}
    assert anyone.get("/readyz").json()["parts"]["database"]["state"] == "ok"
    metrics = anyone.get("/metrics").text
    assert 'route="/findings/{finding_id}"' in metrics
    assert "0198e0a2" not in metrics
