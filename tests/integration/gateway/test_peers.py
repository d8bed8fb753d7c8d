"""Requests between gateways: proved to come from the institution that asks, and answered in bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from ledger_api.peers import client as peer_client
from ledger_api.peers.client import PeerClient, PeerParts
from ledger_api.peers.content_digest import build_content_digest
from ledger_api.peers.dependencies import Peer, PeerDep, require_peer
from ledger_api.peers.errors import PeerAnswerUnusable, PeerRefused, PeerUnknown, PeerUnreachable
from ledger_chain.engines import ChainEngine
from ledger_proofs.kinds import InstitutionRole
from ledger_proofs.peer_requests import build_peer_authorization, build_peer_request
from ledger_proofs.signatures import sign_digest
from ledger_web.bodies import JSON_MEDIA_TYPE, StrictRoute, takes_body
from ledger_web.clock import system_clock
from ledger_web.errors import StateConflict
from ledger_web.listening import open_listener
from tests.gateway_support import signing_key
from tests.support.waiting import wait_until
from tests.two_gateways import (
    HOSPITAL,
    INSURER,
    OTHER_HOSPITAL,
    OTHER_PHARMACY,
    PHARMACY,
    TwoGateways,
    deploy_for_two,
    run_two_gateways,
)

ECHO = "/v1/peer/echo"
LARGE = 600_000
router = APIRouter(route_class=StrictRoute)


class Spoken(BaseModel):
    text: str


class EchoRefused(StateConflict):
    code = "echo-refused"


@router.post(ECHO)
@takes_body(max_bytes=2 * LARGE)
def echo(spoken: Spoken, peer: PeerDep) -> dict[str, str | int]:
    if spoken.text == "refuse":
        raise EchoRefused("Not today.", "今天不行。")
    return {"sender": peer.number, "recipient": peer.recipient, "text": spoken.text}


@router.get(ECHO)
def read_echo(peer: PeerDep, say: str = "") -> Response:
    answers = {"list": b"[]", "float": b'{"a": 1.5}', "large": b" " * (peer_client.MAX_ANSWER_BYTES + 1)}
    return Response(answers.get(say, b'{"said": "%s"}' % say.encode()), media_type=JSON_MEDIA_TYPE)


@router.get("/v1/peer/insurers-only")
def read_as_insurer(
    peer: Annotated[Peer, Depends(require_peer(InstitutionRole.INSURER))],
) -> dict[str, int]:
    return {"sender": peer.number}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, chain_engine: ChainEngine) -> Iterator[TwoGateways]:
    chain = deploy_for_two(chain_engine)
    with run_two_gateways(tmp_path_factory.mktemp("peers"), chain, routers=[router]) as running:
        yield running


def _ask_by_hand(
    pair: TwoGateways,
    *,
    target: str = ECHO,
    body: bytes = b'{"text":"hello"}',
    sent: bytes | None = None,
    sender: int = PHARMACY,
    recipient: int = HOSPITAL,
    key: str = f"anchor of {PHARMACY}",
    method: str = "POST",
    time_shift: int = 0,
) -> httpx.Response:
    """Send a request whose parts are chosen one by one."""
    request = build_peer_request(sender, recipient, method, target, body, system_clock() + time_shift)
    signature = sign_digest(request.digest(pair.chain.deployment.domain()), signing_key(key))
    headers = {
        "Authorization": build_peer_authorization(request, signature),
        "Content-Type": JSON_MEDIA_TYPE,
        "Content-Digest": build_content_digest(body),
    }
    content = body if sent is None else sent
    return httpx.request("POST", pair.hospitals.url + ECHO, headers=headers, content=content)


def _verify_not_authentic(answer: httpx.Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.json()["code"] == "peer-not-authentic"


def test_a_gateway_asks_another_and_is_known_by_its_account(pair: TwoGateways) -> None:
    asked = pair.counters.parts.peers.post(PHARMACY, HOSPITAL, ECHO, {"text": "您好"})
    assert asked == {"sender": PHARMACY, "recipient": HOSPITAL, "text": "您好"}


def test_tenants_of_one_gateway_speak_by_http_too(pair: TwoGateways) -> None:
    asked = pair.counters.parts.peers.get(PHARMACY, INSURER, f"{ECHO}?say=a%20b")
    assert asked == {"said": "a b"}


def test_a_large_body_is_taken_from_a_peer_only(pair: TwoGateways) -> None:
    text = "x" * LARGE
    assert pair.counters.parts.peers.post(INSURER, HOSPITAL, ECHO, {"text": text})["text"] == text
    body = b'{"text":"' + text.encode() + b'"}'
    _verify_not_authentic(_ask_by_hand(pair, body=body, key="anchor of 202"))
    assert httpx.post(pair.hospitals.url + ECHO, json={"text": text}).status_code == 401


def test_a_request_by_hand_with_nothing_wrong_is_answered(pair: TwoGateways) -> None:
    assert _ask_by_hand(pair).json() == {"sender": PHARMACY, "recipient": HOSPITAL, "text": "hello"}


def test_another_institutions_account_does_not_do(pair: TwoGateways) -> None:
    _verify_not_authentic(_ask_by_hand(pair, key=f"anchor of {OTHER_PHARMACY}"))


def test_a_request_made_for_another_recipient_does_not_do(pair: TwoGateways) -> None:
    _verify_not_authentic(_ask_by_hand(pair, recipient=INSURER))
    other = _ask_by_hand(pair, recipient=OTHER_HOSPITAL)  # a tenant too: it is that one's business then
    assert other.json()["recipient"] == OTHER_HOSPITAL


def test_another_target_method_or_body_does_not_do(pair: TwoGateways) -> None:
    _verify_not_authentic(_ask_by_hand(pair, target=f"{ECHO}?x=1"))
    _verify_not_authentic(_ask_by_hand(pair, method="GET"))
    _verify_not_authentic(_ask_by_hand(pair, sent=b'{"text":"other"}'))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_request_of_another_time_does_not_do(pair: TwoGateways, seconds: int) -> None:
    _verify_not_authentic(_ask_by_hand(pair, time_shift=2 * seconds if seconds > 0 else seconds - 5))


def test_an_unknown_institution_does_not_do(pair: TwoGateways) -> None:
    _verify_not_authentic(_ask_by_hand(pair, sender=77))


@pytest.mark.parametrize("header", ["", "RxLedger-Peer", "RxLedger-Peer sender=1", "Bearer x"])
def test_a_header_of_another_form_does_not_do(pair: TwoGateways, header: str) -> None:
    answer = httpx.post(pair.hospitals.url + ECHO, json={"text": "x"}, headers={"Authorization": header})
    assert answer.status_code == 401, answer.text


def test_a_persons_token_is_no_peer(pair: TwoGateways) -> None:
    _verify_not_authentic(pair.client("anna").post(ECHO, json={"text": "x"}))


def test_only_institutions_of_the_right_kind_may_ask(pair: TwoGateways) -> None:
    peers = pair.counters.parts.peers
    assert peers.get(INSURER, HOSPITAL, "/v1/peer/insurers-only") == {"sender": INSURER}
    with pytest.raises(PeerRefused) as refused:
        peers.get(PHARMACY, HOSPITAL, "/v1/peer/insurers-only")
    assert (refused.value.peer_status, refused.value.peer_code) == (403, "peer-role-missing")


def test_a_refusal_comes_with_the_peers_own_code_and_words(pair: TwoGateways) -> None:
    with pytest.raises(PeerRefused) as refused:
        pair.counters.parts.peers.post(PHARMACY, HOSPITAL, ECHO, {"text": "refuse"})
    assert refused.value.peer_code == "echo-refused"
    assert "Not today." in refused.value.detail
    assert "今天不行。" in refused.value.detail_zh


@pytest.mark.parametrize("say", ["list", "float", "large"])
def test_an_answer_of_another_form_is_not_used(pair: TwoGateways, say: str) -> None:
    with pytest.raises(PeerAnswerUnusable):
        pair.counters.parts.peers.get(PHARMACY, HOSPITAL, f"{ECHO}?say={say}")


def test_an_institution_without_address_is_unknown(pair: TwoGateways) -> None:
    assert not pair.counters.parts.peers.knows(77)
    with pytest.raises(PeerUnknown):
        pair.counters.parts.peers.get(PHARMACY, 77, ECHO)


def test_a_gateway_that_is_not_there_or_never_answers_is_unreachable(pair: TwoGateways) -> None:
    silent = open_listener("127.0.0.1", 0)  # takes connections and says nothing
    port = silent.getsockname()[1]
    parts = pair.counters.parts
    addresses = {8: f"http://127.0.0.1:{port}", 9: "http://127.0.0.1:1"}
    domain = pair.chain.deployment.domain()
    asking = PeerClient(PeerParts(addresses, parts.anchoring_keys, domain, parts.clock))
    for institution in addresses:
        with pytest.raises(PeerUnreachable):
            asking.get(PHARMACY, institution, ECHO, seconds=0.5)
    asking.close()
    silent.close()


def test_a_suspended_institution_is_shut_out(tmp_path: Path, chain_engine: ChainEngine) -> None:
    chain = deploy_for_two(chain_engine)
    with run_two_gateways(tmp_path, chain, routers=[router]) as pair:
        assert _ask_by_hand(pair).status_code == 200
        chain.authority.suspend_institution(PHARMACY)
        wait_until(lambda: _ask_by_hand(pair).status_code == 401, 10, "the suspension to be noticed")
        _verify_not_authentic(_ask_by_hand(pair))
