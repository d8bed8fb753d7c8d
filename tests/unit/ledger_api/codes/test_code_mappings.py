import json

import pytest

from ledger_api.codes.schemas import EXAMPLE_ROW
from tests.gateway_support import GatewayUnderTest
from tests.support.drafts import upload_mapping

JSON = {"Content-Type": "application/json"}


def _rows(count: int) -> bytes:
    rows = [{**EXAMPLE_ROW, "source_code": str(number)} for number in range(count)]
    return json.dumps({"rows": rows}).encode()


def test_an_upload_is_a_new_version_unless_nothing_changed(gateway: GatewayUnderTest) -> None:
    client = gateway.client("ada")
    first = upload_mapping(client).json()
    assert (first["version"], first["is_new"], first["drugs"], first["diagnoses"]) == (1, True, 25, 23)
    again = upload_mapping(client).json()
    assert (again["version"], again["is_new"]) == (1, False)
    changed = client.put("/v1/code-mappings", content=_rows(2), headers=JSON).json()
    assert (changed["version"], changed["is_new"], changed["drugs"]) == (2, True, 2)
    old = client.get("/v1/code-mappings", params={"version": 1, "limit": 200}).json()
    assert (old["version"], len(old["items"])) == (1, 48)
    actions = [item["action"] for item in client.get("/v1/audit").json()["items"]]
    assert actions.count("code_mapping.replaced") == 2


def test_the_rows_are_listed_page_by_page_in_the_order_of_the_file(gateway: GatewayUnderTest) -> None:
    client = gateway.client("his-1")
    assert client.put("/v1/code-mappings", content=_rows(7), headers=JSON).status_code == 200
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "3", **({} if cursor is None else {"cursor": cursor})}
        page = gateway.client("anna").get("/v1/code-mappings", params=query).json()
        seen += [item["source_code"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(number) for number in range(7)]


def test_each_institution_has_its_own(gateway: GatewayUnderTest) -> None:
    upload_mapping(gateway.client("ada"))
    answer = gateway.client("zoe").get("/v1/code-mappings")
    assert (answer.status_code, answer.json()["code"]) == (404, "code-mapping-not-found")
    assert upload_mapping(gateway.client("zoe")).json()["version"] == 1


def test_the_media_type_is_read_without_regard_to_case(gateway: GatewayUnderTest) -> None:
    answer = upload_mapping(gateway.client("ada"), media_type="Text/CSV; charset=UTF-8")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("name", "may_read"), [("anna", True), ("pia", False)])
def test_who_may_not_upload(gateway: GatewayUnderTest, name: str, may_read: bool) -> None:
    upload_mapping(gateway.client("ada"))
    assert upload_mapping(gateway.client(name)).status_code == 403
    assert gateway.client(name).get("/v1/code-mappings").status_code == (200 if may_read else 403)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "malformed-json"),
        (b'{"rows": [1.5]}', 400, "malformed-json"),
        (b"[]", 422, "invalid-request"),
        (b'{"rows": {}}', 422, "invalid-request"),
        (b'{"rows": [], "more": 1}', 422, "invalid-request"),
        (b'{"rows": []}', 422, "mapping-invalid"),
        (b'{"rows": [1, null, "x", [], {}]}', 422, "mapping-invalid"),
        (b" " * (8 * 1024 * 1024 + 1), 413, "body-too-large"),
    ],
)
def test_a_wrong_upload_is_refused_and_nothing_is_taken_over(
    gateway: GatewayUnderTest, content: bytes, status: int, code: str
) -> None:
    answer = gateway.client("ada").put("/v1/code-mappings", content=content, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert gateway.client("ada").get("/v1/code-mappings").status_code == 404


def test_another_content_type_is_refused(gateway: GatewayUnderTest) -> None:
    answer = gateway.client("ada").put(
        "/v1/code-mappings", content=b"x", headers={"Content-Type": "application/xml"}
    )
    assert answer.status_code == 415
