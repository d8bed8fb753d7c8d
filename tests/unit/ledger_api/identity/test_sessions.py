from tests.gateway_support import GatewayUnderTest


def test_a_person_signs_in_and_out(gateway: GatewayUnderTest) -> None:
    client = gateway.client("anna")
    me = client.get("/v1/sessions/current")
    assert me.status_code == 200
    assert me.json()["roles"] == ["doctor"]
    assert client.delete("/v1/sessions/current").status_code == 204
    assert client.get("/v1/sessions/current").json()["code"] == "token-invalid"
