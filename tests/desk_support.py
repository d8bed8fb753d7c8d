"""A doctor's browser for tests without one: keeps cookies, says which site it sends from, asks for HTML."""

from __future__ import annotations

import uuid
from html import unescape
from typing import Any

import httpx

from tests.gateway_support import FIRST, PASSWORD, GatewayUnderTest
from tests.support.plain_http import NO_AUTHORITIES


class DeskBrowser:
    """Cookies of one browser at one gateway's desk."""

    def __init__(self, gateway: GatewayUnderTest, language: str = "en") -> None:
        self.origin = gateway.url
        self.http = httpx.Client(
            base_url=gateway.url,
            headers={"Accept": "text/html", "Accept-Language": language, "Origin": gateway.url},
            timeout=30,
            trust_env=False,
            verify=NO_AUTHORITIES,
        )

    def sign_in(self, name: str, institution: int = FIRST, next_path: str = "/desk") -> httpx.Response:
        """Send the sign-in form."""
        return self.http.post(
            "/desk/sign-in",
            data={"institution": institution, "username": name, "password": PASSWORD, "next": next_path},
        )

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self.http.get(path)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form."""
        return self.http.post(path, data=fields)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Ask the API as the page's script does."""
        sent = {"Accept": "application/json", "Idempotency-Key": str(uuid.uuid4()), **headers}
        return self.http.request(method, path, json=body, headers=sent)


def open_desk(
    gateway: GatewayUnderTest, name: str, language: str = "en", institution: int = FIRST
) -> DeskBrowser:
    """A browser in which a doctor is signed in."""
    browser = DeskBrowser(gateway, language)
    answer = browser.sign_in(name, institution)
    assert answer.status_code == 303, answer.text
    return browser


def text_of(answer: httpx.Response) -> str:
    """A page's source with its entities resolved."""
    return unescape(answer.text)


def form_fields(draft_id: str | None = None, **changes: str | None) -> dict[str, str]:
    """The fields of a form that can be signed; `changes` by path with `__` for `/`; None leaves one out."""
    fields: dict[str, str | None] = {
        "draft_id": draft_id or str(uuid.uuid4()),
        "type": "ordinary",
        "patient/name": "王小明（示例）",
        "patient/id_type": "01",
        "patient/id_number": "110101199003070017",
        "patient/sex": "male",
        "patient/birth_date": "1990-03-07",
        "patient/insurance_number": "",
        "diagnoses/0/name": "高血压",
        "diagnoses/0/code": "I10",
        "diagnoses/0/system": "icd-10",
        **line_fields(0),
        "validity_days": "3",
        "repeats/count": "1",
        "repeats/interval_days": "",
        "supply_reason/code": "",
        "supply_reason/text": "",
        "note": "",
    }
    fields |= {path.replace("__", "/"): value for path, value in changes.items()}
    return {path: value for path, value in fields.items() if value is not None}


def line_fields(number: int, **changes: str) -> dict[str, str]:
    """The fields of one drug's row."""
    values = {
        "name": "苯磺酸氨氯地平片",
        "specification": "5mg*7片",
        "code": f"EX-{number:04d}",
        "code_system": "rxledger-example-drug",
        "item_type": "11",
        "dose/value": "5",
        "dose/unit": "mg",
        "frequency": "QD",
        "route": "口服",
        "days": "7",
        "quantity/value": "1",
        "quantity/unit": "盒",
        "control/class": "",
        "control/form": "other",
        "control/indication": "",
        "note": "",
        **{name.replace("__", "/"): value for name, value in changes.items()},
    }
    return {f"lines/{number}/{name}": value for name, value in values.items()}
