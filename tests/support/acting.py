"""People who sign acts as their own clients do: prepare, recompute, sign, submit; and their refusals."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from ledger_chain.deployment import Deployment
from ledger_proofs.bundles import Bundle, parse_bundle
from tests.gateway_stack import sign_prepared
from tests.gateway_support import signing_key
from tests.support.waiting import wait_until
from tests.two_gateways import TwoGateways

FINAL_SECONDS = 30


@dataclass(frozen=True)
class Signer:
    """Somebody's client at their gateway."""

    name: str
    http: httpx.Client
    deployment: Deployment

    def post(self, path: str, body: Any, key: str | None = None) -> httpx.Response:
        """Send a body under a key of its own, or the given one."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.http.post(path, json=body, headers=headers)

    def prepare(self, noun: str, request: Any, key: str | None = None) -> dict[str, Any]:
        """Have a record prepared."""
        answer = self.post(f"/v1/{noun}/prepare", request, key)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def sign(self, prepared: dict[str, Any]) -> dict[str, Any]:
        """Recompute what was prepared and sign it; gives the body of a submission."""
        signatures = sign_prepared(prepared, self.deployment, signing_key(self.name))
        return {"preparation_id": prepared["preparation_id"], "signatures": signatures}

    def submit(self, noun: str, submission: Any, key: str | None = None) -> httpx.Response:
        """Hand in a submission."""
        return self.post(f"/v1/{noun}", submission, key)

    def act(self, noun: str, request: Any) -> dict[str, Any]:
        """Prepare, sign and submit; gives the accepted record's answer."""
        answer = self.submit(noun, self.sign(self.prepare(noun, request)))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def follow(self, noun: str, record_id: str) -> dict[str, Any]:
        """How far a record, and its act, has come."""
        answer = self.http.get(f"/v1/{noun}/{record_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def read(self, noun: str, record_id: str) -> dict[str, Any]:
        """A record's content."""
        answer = self.http.get(f"/v1/{noun}/{record_id}/record")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["record"])

    def wait_until_final(self, noun: str, record_id: str) -> None:
        """Wait until every entry of a record is final."""
        wait_until(
            lambda: self.follow(noun, record_id)["status"] == "final", FINAL_SECONDS, f"a final {noun}"
        )

    def wait_for_outcome(self, noun: str, record_id: str) -> dict[str, Any]:
        """Wait until the chain has done or refused a record's act; gives its answer."""
        wait_until(
            lambda: self.follow(noun, record_id)["act"]["outcome"] != "unknown",
            FINAL_SECONDS,
            f"the outcome of one of the {noun}",
        )
        return dict(self.follow(noun, record_id)["act"])

    def get_bundle(self, noun: str, record_id: str, window: int = 0) -> Bundle:
        """Fetch and parse a bundle."""
        answer = self.http.get(f"/v1/{noun}/{record_id}/bundle", params={"window": window})
        assert answer.status_code == 200, answer.text
        return parse_bundle(answer.content)


def signer(gateways: TwoGateways, name: str) -> Signer:
    """Somebody of the test plans, at whichever gateway."""
    return Signer(name, gateways.client(name), gateways.chain.deployment)


def read_refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal, which speaks both languages and says what to do."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"] and problem["title_zh"] and problem["detail"] and problem["detail_zh"]
    return answer.status_code, str(problem["code"])
