import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.gateway_support import GatewayUnderTest
from tests.support.drafts import bundle_value, drug, import_bundle, new_key, upload_mapping

LISINOPRIL, OMEPRAZOLE = "314076", "198051"


@pytest.fixture
def mapped(gateway: GatewayUnderTest) -> GatewayUnderTest:
    answer = upload_mapping(gateway.client("ada"))
    assert answer.status_code == 200, answer.text
    return gateway


def test_an_order_becomes_a_draft_with_local_codes(mapped: GatewayUnderTest) -> None:
    answer = import_bundle(mapped.client("his-1"), bundle_value())
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert (result["drafted"], result["skipped"], result["refused"], result["drafts"]) == (1, 0, 0, 1)
    item = result["items"][0]
    assert item["entry"] == 1
    assert item["notes"] == ["usual_days_assumed", "usual_route_assumed"]
    draft = mapped.client("anna").get(f"/v1/drafts/{item['draft_id']}").json()
    line = draft["body"]["lines"][0]
    assert (line["code_system"], line["name"]) == ("rxledger-example-drug", "苯磺酸氨氯地平片")
    assert (line["dose"], line["frequency"], line["days"]) == ({"value": "5", "unit": "mg"}, "QD", 7)
    assert line["quantity"] == {"value": "1", "unit": "盒"}
    assert draft["body"]["diagnoses"][0]["system"] == "icd-10"
    assert draft["body"]["patient"]["id_type"] == "99"
    assert draft["origin"] == "fhir"


def test_orders_of_one_visit_share_a_draft_of_at_most_five_drugs(mapped: GatewayUnderTest) -> None:
    codes = ["861007", "310490", LISINOPRIL, "197361", "310798", "617310"]
    result = import_bundle(mapped.client("his-1"), bundle_value(*map(drug, codes))).json()
    drafts = [item["draft_id"] for item in result["items"]]
    assert result["drafted"] == 6
    assert [drafts.count(draft) for draft in dict.fromkeys(drafts)] == [5, 1]


def test_an_unmapped_drug_is_refused_by_name_of_its_code_and_the_rest_goes_on(
    mapped: GatewayUnderTest,
) -> None:
    result = import_bundle(mapped.client("his-1"), bundle_value(drug("999999"), drug(LISINOPRIL))).json()
    refused, drafted = result["items"]
    assert (refused["outcome"], refused["code"]) == ("refused", "no_mapping")
    assert "999999" in refused["message"]
    assert "999999" in refused["message_zh"]
    assert drafted["outcome"] == "drafted"


def test_without_any_mapping_every_order_is_refused_with_what_to_do(gateway: GatewayUnderTest) -> None:
    result = import_bundle(gateway.client("his-1"), bundle_value()).json()
    assert [item["code"] for item in result["items"]] == ["no_code_mapping"]
    assert "PUT /v1/code-mappings" in result["items"][0]["message"]


@pytest.mark.parametrize(
    ("change", "outcome", "code"),
    [
        ({"status": "stopped"}, "skipped", "not_active"),
        ({"intent": "plan"}, "skipped", "not_an_order"),
        ({"doNotPerform": True}, "skipped", "do_not_perform"),
        ({"reportedBoolean": True}, "skipped", "reported_only"),
        ({"subject": {"reference": "urn:uuid:nobody"}}, "refused", "patient_missing"),
        ({"reasonCode": None}, "refused", "diagnosis_missing"),
        ({"dosageInstruction": [{}, {}]}, "refused", "dosage_unclear"),
        ({"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}, "refused", "modifier_extension"),
        ({"medicationCodeableConcept": {"text": "some drug"}}, "refused", "drug_missing"),
        ({"intent": None}, "refused", "not_fhir_r4"),
        ({"bogus": 1}, "refused", "not_fhir_r4"),
        (
            {"dispenseRequest": {"expectedSupplyDuration": {"value": 30, "code": "d", "unit": "d"}}},
            "refused",
            "supply_needs_reason",
        ),
        (
            {"dispenseRequest": {"expectedSupplyDuration": {"value": 5, "unit": "fortnight"}}},
            "refused",
            "supply_unclear",
        ),
        ({"dispenseRequest": {"numberOfRepeatsAllowed": 40}}, "refused", "repeats_out_of_range"),
    ],
)
def test_an_order_that_cannot_be_signed_is_left_out_with_its_reason(
    mapped: GatewayUnderTest, change: dict[str, Any], outcome: str, code: str
) -> None:
    result = import_bundle(mapped.client("his-1"), bundle_value(change))
    assert result.status_code == 200, result.text
    item = result.json()["items"][0]
    assert (item["outcome"], item["code"]) == (outcome, code)
    assert item["draft_id"] is None
    assert item["message"]
    assert item["message_zh"]


def test_a_continuous_therapy_is_the_reason_for_a_longer_supply(mapped: GatewayUnderTest) -> None:
    change = {
        "dispenseRequest": {"expectedSupplyDuration": {"value": 4, "code": "wk", "unit": "week"}},
        "courseOfTherapyType": {"coding": [{"system": "urn:x", "code": "continuous"}]},
    }
    item = import_bundle(mapped.client("his-1"), bundle_value(change)).json()["items"][0]
    assert item["outcome"] == "drafted"
    body = mapped.client("anna").get(f"/v1/drafts/{item['draft_id']}").json()["body"]
    assert body["lines"][0]["days"] == 28
    assert body["lines"][0]["quantity"] == {"value": "4", "unit": "盒"}
    assert body["supply_reason"]["code"] == "chronic"


def test_the_same_order_is_not_drafted_twice_whatever_the_key(mapped: GatewayUnderTest) -> None:
    client = mapped.client("his-1")
    first = import_bundle(client, bundle_value()).json()["items"][0]
    again = import_bundle(client, bundle_value()).json()
    assert again["drafts"] == 0
    assert again["items"][0]["code"] == "already_imported"
    assert again["items"][0]["draft_id"] == first["draft_id"]
    client.delete(f"/v1/drafts/{first['draft_id']}")
    assert import_bundle(client, bundle_value()).json()["drafted"] == 1


def test_the_same_key_gets_the_same_answer(mapped: GatewayUnderTest) -> None:
    key = new_key()
    client = mapped.client("his-1")
    first = import_bundle(client, bundle_value(), **key)
    again = import_bundle(client, bundle_value(), **key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    other = import_bundle(client, bundle_value(drug(LISINOPRIL)), **key)
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency-key-reused"


def test_another_institution_has_its_own_mapping_and_its_own_orders(mapped: GatewayUnderTest) -> None:
    assert import_bundle(mapped.client("his-1"), bundle_value()).json()["drafted"] == 1
    assert (
        import_bundle(mapped.client("his-2"), bundle_value()).json()["items"][0]["code"] == "no_code_mapping"
    )
    upload_mapping(mapped.client("zoe"))
    assert import_bundle(mapped.client("his-2"), bundle_value()).json()["drafted"] == 1


def test_nothing_of_the_patient_is_in_the_answer_the_audit_trail_or_the_tables(
    mapped: GatewayUnderTest,
) -> None:
    secret = "CANARY-73519"
    bundle = bundle_value({}, drug("999999"), {"bogus": secret}, {"status": secret})
    patient = bundle["entry"][0]["resource"]
    patient["name"] = [{"text": secret}]
    patient["identifier"] = [{"value": secret}]
    answer = import_bundle(mapped.client("his-1"), bundle)
    assert answer.json()["drafted"] == 1
    assert secret not in answer.text
    with mapped.parts.database.reading() as session:
        tables = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        for table in tables:
            for row in session.execute(text(f'SELECT * FROM "{table}"')):
                assert secret.encode() not in repr(tuple(row)).encode()


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "malformed-fhir-json"),
        (b"{", 400, "malformed-fhir-json"),
        (b'{"resourceType": "Bundle", "resourceType": "Bundle"}', 400, "malformed-fhir-json"),
        (b'{"resourceType": "Bundle", "total": NaN}', 400, "malformed-fhir-json"),
        (b'{"resourceType": "\\ud800"}', 400, "malformed-fhir-json"),
        (b"[" * 100_000, 400, "malformed-fhir-json"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, 400, "malformed-fhir-json"),
        (b"\xff\xfe", 400, "malformed-fhir-json"),
        (b'{"total": 1e999999999}', 400, "malformed-fhir-json"),
        (b"1" * 5_000, 400, "malformed-fhir-json"),
        (b"null", 422, "fhir-bundle-invalid"),
        (b'{"resourceType": "Patient"}', 422, "fhir-bundle-invalid"),
        (b'{"resourceType": "Bundle", "entry": {}}', 422, "fhir-bundle-invalid"),
        (b'{"resourceType": "Bundle", "entry": [1]}', 422, "fhir-bundle-invalid"),
        (b'{"resourceType": "Bundle", "entry": [{"resource": []}]}', 422, "fhir-bundle-invalid"),
    ],
)
def test_what_is_no_bundle_is_refused_as_a_whole(
    gateway: GatewayUnderTest, content: bytes, status: int, code: str
) -> None:
    answer = import_bundle(gateway.client("his-1"), content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["title_zh"]


def test_too_many_orders_or_bytes_are_refused(gateway: GatewayUnderTest) -> None:
    order = {"resource": {"resourceType": "MedicationRequest"}}
    many = json.dumps({"resourceType": "Bundle", "entry": [order] * 1001}).encode()
    assert import_bundle(gateway.client("his-1"), many).json()["code"] == "fhir-bundle-invalid"
    large = b'{"resourceType": "Bundle", "id": "' + b"x" * (16 * 1024 * 1024) + b'"}'
    assert import_bundle(gateway.client("his-1"), large).status_code == 413


def test_an_empty_bundle_is_a_good_one_with_nothing_in_it(gateway: GatewayUnderTest) -> None:
    answer = import_bundle(gateway.client("his-1"), {"resourceType": "Bundle", "type": "collection"})
    assert answer.status_code == 200
    assert answer.json()["items"] == []


@pytest.mark.parametrize("name", ["ada", "pia"])
def test_only_doctors_and_systems_import(gateway: GatewayUnderTest, name: str) -> None:
    answer = import_bundle(gateway.client(name), bundle_value())
    assert (answer.status_code, answer.json()["code"]) == (403, "role-missing")


def test_import_needs_a_key_and_its_content_type(gateway: GatewayUnderTest) -> None:
    client = gateway.client("his-1")
    content = json.dumps(bundle_value()).encode()
    headers = {"Content-Type": "application/fhir+json"}
    assert client.post("/v1/imports/fhir", content=content, headers=headers).json()["code"] == (
        "idempotency-key-missing"
    )
    wrong = {"Content-Type": "text/xml", "Idempotency-Key": str(uuid.uuid4())}
    assert client.post("/v1/imports/fhir", content=content, headers=wrong).status_code == 415


def test_another_systems_order_numbers_are_answered_and_not_stored(mapped: GatewayUnderTest) -> None:
    bundle = bundle_value({}, drug("999999"))
    for place, entry in enumerate(bundle["entry"][1:]):
        del entry["fullUrl"]
        entry["resource"]["id"] = f"110101199003079999-{place}"
    headers = new_key()
    first = import_bundle(mapped.client("his-1"), bundle, **headers)
    again = import_bundle(mapped.client("his-1"), bundle, **headers)
    assert [item["source"][-2:] for item in first.json()["items"]] == ["-0", "-1"]
    assert (again.headers["Idempotency-Replayed"], again.content) == ("true", first.content)
    files = Path(str(mapped.parts.database.engine.url.database)).parent.glob("gateway.db*")
    assert not [path.name for path in files if b"110101199003079999" in path.read_bytes()]
