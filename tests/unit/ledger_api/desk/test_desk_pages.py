"""The desk over HTTP, without a chain: signing in, whose is what, writing, lists, and its refusals."""

import re
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from ledger_api.desk.session_cookie import read_desk_path
from tests.desk_support import DeskBrowser, form_fields, line_fields, open_desk, text_of
from tests.gateway_support import FIRST, PASSWORD, SECOND, GatewayUnderTest
from tests.support.drafts import draft_value, new_key

NOBODY = "00000000-0000-4000-8000-000000000000"
PAGES = ("/desk", "/desk/browser", "/desk/drafts", "/desk/prescriptions", "/desk/prescriptions/new")


def _draft(gateway: GatewayUnderTest, **changes: object) -> str:
    answer = gateway.client("his-1").post("/v1/drafts", json=draft_value(**changes), headers=new_key())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _actions(gateway: GatewayUnderTest) -> list[str]:
    return [item["action"] for item in gateway.client("ada").get("/v1/audit?limit=100").json()["items"]]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "words"), [("zh", "工作台"), ("en", "Desk")])
def test_each_page_speaks_both_languages(
    gateway: GatewayUnderTest, path: str, language: str, words: str
) -> None:
    answer = open_desk(gateway, "anna", language).get(path)
    assert answer.status_code == 200
    assert words in text_of(answer)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert re.search(r"<(script|style)(?![^>]*(src=|importmap))", answer.text) is None
    assert " style=" not in answer.text


@pytest.mark.parametrize("path", [*PAGES, f"/desk/drafts/{NOBODY}/sign", f"/desk/prescriptions/{NOBODY}"])
def test_a_stranger_is_led_to_sign_in_and_then_back(gateway: GatewayUnderTest, path: str) -> None:
    browser = DeskBrowser(gateway)
    led = browser.get(path)
    assert led.status_code == 303
    target = urlsplit(led.headers["location"])
    assert target.path == "/desk/sign-in"
    assert parse_qs(target.query)["next"] == [path]
    assert browser.sign_in("anna", next_path=path).headers["location"] == path


def test_the_session_cookie_is_for_this_site_and_no_script(gateway: GatewayUnderTest) -> None:
    answer = DeskBrowser(gateway).sign_in("anna")
    session = next(
        each for each in answer.headers.get_list("set-cookie") if each.startswith("rxledger_desk=")
    )
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in session.split(";")}
    assert "session.opened" in _actions(gateway)


def test_a_wrong_password_keeps_what_else_was_typed(gateway: GatewayUnderTest) -> None:
    answer = DeskBrowser(gateway).post(
        "/desk/sign-in",
        institution=str(FIRST),
        username="anna",
        password="canary-password",
        next="/desk/drafts",
    )
    page = text_of(answer)
    assert answer.status_code == 401
    assert 'value="anna"' in page
    assert '<option value="1" selected>' in page
    assert 'value="/desk/drafts"' in page
    assert "canary-password" not in page
    assert "set-cookie" not in answer.headers


def test_many_wrong_passwords_have_to_wait(gateway: GatewayUnderTest) -> None:
    browser = DeskBrowser(gateway)
    statuses = [
        browser.post("/desk/sign-in", institution="1", username="anna", password="wrong").status_code
        for _ in range(7)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert browser.sign_in("anna").status_code == 429


def test_who_signs_no_records_has_no_place_at_the_desk(gateway: GatewayUnderTest) -> None:
    answer = DeskBrowser(gateway).sign_in("ada")
    assert answer.status_code == 403
    assert "This page is for others" in text_of(answer)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/desk/drafts", "/desk/prescriptions", "/desk/prescriptions/new"])
def test_the_doctors_pages_are_for_doctors(gateway: GatewayUnderTest, path: str) -> None:
    answer = open_desk(gateway, "pia").get(path)
    assert answer.status_code == 403
    assert "desk-role-missing" in text_of(answer)


@pytest.mark.parametrize(
    "sent", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {}]
)
def test_no_other_site_signs_anybody_in_or_changes_anything(
    gateway: GatewayUnderTest, sent: dict[str, str]
) -> None:
    browser = open_desk(gateway, "anna")
    draft = _draft(gateway)
    del browser.http.headers["Origin"]
    browser.http.headers.update(sent)
    for path in (
        "/desk/sign-in",
        "/desk/sign-out",
        f"/desk/drafts/{draft}/discard",
        "/desk/prescriptions/new",
    ):
        refused = browser.post(path, institution="1", username="anna", password=PASSWORD)
        assert refused.status_code == 403, path
        assert "cross-site-request" in refused.text
    for method, path in (("POST", "/v1/prescriptions/prepare"), ("DELETE", f"/v1/drafts/{draft}")):
        refused = browser.send(method, path, {"draft_id": draft} if method == "POST" else None)
        assert (refused.status_code, refused.json()["code"]) == (403, "cross-site-request")
    assert browser.send("GET", f"/v1/drafts/{draft}").status_code == 200


def test_the_cookie_opens_the_api_for_the_pages_own_script(gateway: GatewayUnderTest) -> None:
    browser = open_desk(gateway, "anna")
    created = browser.send("POST", "/v1/drafts", draft_value())
    assert created.status_code == 201
    assert browser.send("DELETE", f"/v1/drafts/{created.json()['id']}").status_code == 204


def test_a_machines_token_is_no_cookie(gateway: GatewayUnderTest) -> None:
    browser = DeskBrowser(gateway)
    browser.http.cookies.set("rxledger_desk", gateway.token("his-1"))
    assert browser.send("GET", "/v1/drafts").status_code == 401
    assert browser.get("/desk").status_code == 303


def test_a_header_is_not_helped_by_a_cookie(gateway: GatewayUnderTest) -> None:
    browser = open_desk(gateway, "anna")
    assert browser.send("GET", "/v1/drafts", None, Authorization="Bearer " + "0" * 64).status_code == 401


def test_an_expired_session_is_led_to_sign_in_and_the_script_is_told(gateway: GatewayUnderTest) -> None:
    browser = open_desk(gateway, "anna")
    gateway.clock.advance(13 * 3600)
    assert browser.get("/desk/drafts").headers["location"].startswith("/desk/sign-in?next=")
    told = browser.send("POST", "/v1/prescriptions/prepare", {"draft_id": NOBODY})
    assert (told.status_code, told.json()["code"]) == (401, "not-signed-in")
    again = browser.send(
        "POST", "/desk/sessions", {"institution": FIRST, "username": "anna", "password": PASSWORD}
    )
    assert again.status_code == 204
    assert browser.get("/desk/drafts").status_code == 200


def test_signing_out_ends_the_session_at_the_gateway(gateway: GatewayUnderTest) -> None:
    browser = open_desk(gateway, "anna")
    token = browser.http.cookies["rxledger_desk"]
    assert browser.post("/desk/sign-out").headers["location"] == "/desk/sign-in"
    browser.http.cookies.set("rxledger_desk", token)
    assert browser.get("/desk").status_code == 303
    assert "session.ended" in _actions(gateway)


@pytest.mark.parametrize(
    "offered",
    [
        None,
        "",
        "https://elsewhere.example",
        "//elsewhere.example/desk",
        "/\\elsewhere.example",
        "/v1/drafts",
        "/deskx",
        "/desk/sign-out",
        "/desk/sign-in?next=/desk",
        "/desk\n/x",
        "javascript:alert(1)",
    ],
)
def test_after_signing_in_nobody_is_led_elsewhere(offered: str | None) -> None:
    assert read_desk_path(offered) == "/desk"


@pytest.mark.parametrize("offered", ["/desk", "/desk/drafts?status=signed", f"/desk/drafts/{NOBODY}/sign"])
def test_after_signing_in_one_is_led_where_one_wanted(offered: str) -> None:
    assert read_desk_path(offered) == offered


def test_what_is_written_becomes_a_draft_to_sign(gateway: GatewayUnderTest) -> None:
    browser = open_desk(gateway, "anna")
    fields = form_fields()
    saved = browser.post("/desk/prescriptions/new", **fields, intent="sign")
    assert saved.status_code == 303
    assert saved.headers["location"] == f"/desk/drafts/{fields['draft_id']}/sign"
    kept = browser.send("GET", f"/v1/drafts/{fields['draft_id']}").json()
    assert kept["body"]["patient"]["name"] == "王小明（示例）"
    assert kept["status"] == "draft"


def test_a_form_sent_twice_is_one_draft_and_sent_changed_is_that_draft_changed(
    gateway: GatewayUnderTest,
) -> None:
    browser = open_desk(gateway, "anna")
    fields = form_fields()
    for note in ("", "", "with food"):
        saved = browser.post("/desk/prescriptions/new", **{**fields, "note": note}, intent="save")
        assert saved.headers["location"] == "/desk/drafts"
    drafts = browser.send("GET", "/v1/drafts").json()["items"]
    assert [item["id"] for item in drafts] == [fields["draft_id"]]
    assert browser.send("GET", f"/v1/drafts/{fields['draft_id']}").json()["body"]["note"] == "with food"
    assert _actions(gateway).count("draft.created") == 1
    assert _actions(gateway).count("draft.changed") == 2


def test_faults_stand_at_their_fields_by_the_rules_of_prepare_and_nothing_typed_is_lost(
    gateway: GatewayUnderTest,
) -> None:
    browser = open_desk(gateway, "anna")
    fields = form_fields(lines__0__days="30", note="keep me") | line_fields(1, name="", dose__value="a lot")
    refused = browser.post("/desk/prescriptions/new", **fields)
    page = text_of(refused)
    assert refused.status_code == 422
    assert re.search(r'id="lines-1-name"[^>]*aria-invalid="true"', page)
    assert re.search(r'id="lines-1-dose-value"[^>]*value="a lot"[^>]*aria-invalid="true"', page)
    assert "keep me" in page
    assert browser.send("GET", "/v1/drafts").json()["items"] == []
    ruled = text_of(browser.post("/desk/prescriptions/new", **form_fields(lines__0__days="30")))
    assert re.search(r'id="lines-0-days"[^>]*aria-invalid="true"', ruled)
    assert "7 days' supply" in ruled


def test_a_draft_of_the_hospitals_system_is_changed_in_place(gateway: GatewayUnderTest) -> None:
    browser = open_desk(gateway, "anna")
    draft = _draft(gateway)
    page = text_of(browser.get(f"/desk/drafts/{draft}/edit"))
    assert 'value="苯磺酸氨氯地平片"' in page
    assert browser.post("/desk/prescriptions/new", **form_fields(draft)).status_code == 303
    assert len(browser.send("GET", "/v1/drafts").json()["items"]) == 1


def test_drafts_of_others_are_not_there(gateway: GatewayUnderTest) -> None:
    bens = _draft(gateway, prescriber={"name": "B", "code": "D-ben"})
    for name, institution in (("anna", FIRST), ("dora", SECOND)):
        browser = open_desk(gateway, name, institution=institution)
        for path in (f"/desk/drafts/{bens}/sign", f"/desk/drafts/{bens}/edit"):
            answer = browser.get(path)
            assert answer.status_code == 404
            assert "There is no such draft" in text_of(answer)
        assert browser.post("/desk/prescriptions/new", **form_fields(bens)).status_code == 404
        assert browser.post(f"/desk/drafts/{bens}/discard").status_code == 303
    assert gateway.client("ben").get(f"/v1/drafts/{bens}").json()["status"] == "draft"


def test_discarding_twice_is_discarding_once(gateway: GatewayUnderTest) -> None:
    browser = open_desk(gateway, "anna")
    draft = _draft(gateway)
    assert "王小明" in browser.get("/desk/drafts").text
    for _ in range(2):
        assert browser.post(f"/desk/drafts/{draft}/discard").headers["location"] == "/desk/drafts"
    assert 'data-testid="empty"' in browser.get("/desk/drafts").text
    assert _actions(gateway).count("draft.deleted") == 1


@pytest.mark.parametrize(("language", "words"), [("zh", "没有该处方"), ("en", "No such prescription")])
@pytest.mark.parametrize("part", ["", "/print", "/progress", "/bundle"])
def test_a_prescription_that_is_not_there_has_its_page(
    gateway: GatewayUnderTest, part: str, language: str, words: str
) -> None:
    answer = open_desk(gateway, "anna", language).get(f"/desk/prescriptions/{NOBODY}{part}")
    assert answer.status_code == 404
    assert words in text_of(answer)


@pytest.mark.parametrize("query", ["status=lost&from=yesterday", "to=9999-12-31"])
@pytest.mark.parametrize("page", ["/desk/prescriptions", "/desk/prescriptions.csv"])
def test_a_filter_that_is_none_is_refused_in_words(gateway: GatewayUnderTest, page: str, query: str) -> None:
    answer = open_desk(gateway, "anna").get(f"{page}?{query}")
    assert answer.status_code == 422
    assert 'data-testid="error-state"' in answer.text


def test_what_a_doctor_writes_is_hers_alone(gateway: GatewayUnderTest) -> None:
    anna, ben = open_desk(gateway, "anna"), open_desk(gateway, "ben")
    fields = form_fields()
    draft = fields["draft_id"]
    assert anna.post("/desk/prescriptions/new", **fields).status_code == 303
    for page in ("/desk", "/desk/drafts"):
        assert "王小明" in anna.get(page).text
        assert "王小明" not in ben.get(page).text
    for page in ("sign", "edit"):
        assert ben.get(f"/desk/drafts/{draft}/{page}").status_code == 404
    assert ben.post("/desk/prescriptions/new", **form_fields(draft, note="changed")).status_code == 404
    assert ben.send("POST", "/v1/prescriptions/prepare", {"draft_id": draft}).status_code in (404, 503)
    ben.post(f"/desk/drafts/{draft}/discard")
    assert anna.send("GET", f"/v1/drafts/{draft}").status_code == 200


def test_a_form_that_one_doctor_opened_is_not_saved_for_the_next_who_signs_in(
    gateway: GatewayUnderTest,
) -> None:
    browser = open_desk(gateway, "anna")
    page = browser.get("/desk/prescriptions/new").text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page))
    browser.sign_in("ben")
    refused = browser.post(
        "/desk/prescriptions/new", **form_fields(hidden["draft_id"]), writer=hidden["writer"]
    )
    assert refused.status_code == 409
    assert "Somebody else has signed in" in text_of(refused)
    assert browser.send("GET", "/v1/drafts").json()["items"] == []
    browser.sign_in("anna")
    saved = browser.post(
        "/desk/prescriptions/new", **form_fields(hidden["draft_id"]), writer=hidden["writer"]
    )
    assert saved.status_code == 303


def test_a_draft_for_any_doctor_stays_so_when_one_of_them_changed_it(gateway: GatewayUnderTest) -> None:
    draft = _draft(gateway)
    anna, ben = open_desk(gateway, "anna"), open_desk(gateway, "ben")
    assert anna.post("/desk/prescriptions/new", **form_fields(draft, note="by anna")).status_code == 303
    assert "by anna" in text_of(ben.get(f"/desk/drafts/{draft}/edit"))


def test_no_patient_is_named_in_logs_of_reading(gateway: GatewayUnderTest) -> None:
    browser = open_desk(gateway, "anna")
    draft = _draft(gateway)
    browser.get("/desk/drafts")
    browser.get(f"/desk/drafts/{draft}/edit")
    assert {"draft.listed", "draft.read"} <= set(_actions(gateway))
    with gateway.parts.database.reading() as session:
        noted = repr(session.execute(text("SELECT * FROM audit_entry")).all())
    assert "王小明" not in noted


def test_a_draft_is_not_stored_under_an_id_that_is_anothers(gateway: GatewayUnderTest) -> None:
    draft = str(uuid.uuid4())
    dora = open_desk(gateway, "dora", institution=SECOND)
    assert dora.post("/desk/prescriptions/new", **form_fields(draft)).status_code == 303
    assert open_desk(gateway, "anna").post("/desk/prescriptions/new", **form_fields(draft)).status_code == 404
    assert dora.send("GET", f"/v1/drafts/{draft}").status_code == 200
