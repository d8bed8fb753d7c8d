import re
from collections.abc import Iterator

import pytest

from tests.gateway_support import GatewayUnderTest, run_gateway


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayUnderTest]:
    with run_gateway(tmp_path_factory.mktemp("docs") / "home") as running:
        yield running


def test_the_page_loads_everything_from_this_gateway(gateway: GatewayUnderTest) -> None:
    page = gateway.anonymous().get("/docs")
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) >= 4
    for address in addresses:
        assert address.startswith("/")
        answer = gateway.anonymous().get(address)
        assert answer.status_code == 200
        assert answer.content


def test_no_script_but_the_gateways_own_may_run_on_it(gateway: GatewayUnderTest) -> None:
    page = gateway.anonymous().get("/docs")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert re.search(r"<script(?![^>]*\bsrc=)", page.text) is None
    assert "http" not in policy
