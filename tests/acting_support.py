"""Signing over HTTP as somebody of two gateways: prepare, recompute, sign, submit, wait."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from tests.gateway_stack import FINAL_SECONDS, sign_prepared
from tests.gateway_support import signing_key
from tests.support.waiting import wait_until
from tests.two_gateways import TwoGateways


def post(client: httpx.Client, path: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    """Send a request that changes state."""
    return client.post(path, json=body, headers={"Idempotency-Key": key or str(uuid.uuid4())})


def refusal_of(answer: httpx.Response, status: int) -> str:
    """The stable code of a refusal, which has both languages."""
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["detail"] and problem["detail_zh"]
    return str(problem["code"])


@dataclass(frozen=True)
class Signer:
    """Somebody's client at their own gateway, with their own key."""

    name: str
    two: TwoGateways

    @property
    def http(self) -> httpx.Client:
        """Their client, signed in."""
        return self.two.client(self.name)

    def prepare(self, noun: str, body: dict[str, Any]) -> dict[str, Any]:
        """Prepare a record of a noun; gives what the gateway answered."""
        answer = post(self.http, f"/v1/{noun}/prepare", body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def refused(self, noun: str, body: dict[str, Any], status: int) -> str:
        """The code with which preparing is refused."""
        return refusal_of(post(self.http, f"/v1/{noun}/prepare", body), status)

    def sign(self, prepared: dict[str, Any]) -> dict[str, Any]:
        """Recompute and sign what was prepared; gives the body of a submission."""
        signatures = sign_prepared(prepared, self.two.chain.deployment, signing_key(self.name))
        return {"preparation_id": prepared["preparation_id"], "signatures": signatures}

    def submit(self, noun: str, submission: dict[str, Any]) -> dict[str, Any]:
        """Hand a submission in; gives the accepted record's answer."""
        answer = post(self.http, f"/v1/{noun}", submission)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def issue(self, noun: str, body: dict[str, Any]) -> dict[str, Any]:
        """Prepare, sign and submit."""
        return self.submit(noun, self.sign(self.prepare(noun, body)))

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Read something; it must be there."""
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait_until_final(self, noun: str, record_id: str) -> dict[str, Any]:
        """Wait until a record is final on the chain."""
        wait_until(
            lambda: self.get(f"/v1/{noun}/{record_id}")["status"] == "final", FINAL_SECONDS, f"final {noun}"
        )
        return self.get(f"/v1/{noun}/{record_id}")

    def wait_for_outcome(self, noun: str, record_id: str) -> str:
        """Wait until the chain has said what became of a record's act."""
        path = f"/v1/{noun}/{record_id}"
        wait_until(
            lambda: self.get(path)["act"]["outcome"] != "unknown", FINAL_SECONDS, f"the outcome of {noun}"
        )
        return str(self.get(path)["act"]["outcome"])
