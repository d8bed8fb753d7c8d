"""Who comes to the counter and to the page that records are signed on; what they find, without a chain."""

import re

import pytest

from ledger_api.desk.order_pages import SIGNERS
from ledger_api.desk.records.known_nouns import NOUNS
from ledger_api.desk.wording import PACK_FLAGS, flags_in
from ledger_api.packs.policy import PackFlag
from ledger_proofs.kinds import KINDS
from tests.desk_support import DeskBrowser, open_desk, text_of
from tests.gateway_support import GatewayUnderTest

NOBODY = "00000000-0000-4000-8000-000000000000"
COUNTER = "/desk/counter"
FETCHED = f"/desk/counter/1/{NOBODY}"


@pytest.mark.parametrize("path", [COUNTER, FETCHED, "/desk/sign/reviews"])
def test_a_stranger_is_led_to_sign_in(gateway: GatewayUnderTest, path: str) -> None:
    led = DeskBrowser(gateway).get(path)
    assert led.status_code == 303
    assert led.headers["location"].startswith("/desk/sign-in?next=")


@pytest.mark.parametrize("path", [COUNTER, FETCHED, "/desk/sign/reviews", "/desk/sign/dispensings"])
def test_a_doctor_has_no_business_at_the_counter(gateway: GatewayUnderTest, path: str) -> None:
    answer = open_desk(gateway, "anna").get(path)
    assert answer.status_code == 403
    assert "desk-role-missing" in text_of(answer)


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "尚未获取任何处方"), ("en", "Nothing was fetched yet")]
)
def test_a_pharmacist_finds_an_empty_counter(gateway: GatewayUnderTest, language: str, words: str) -> None:
    answer = open_desk(gateway, "pia", language).get(COUNTER)
    assert answer.status_code == 200
    assert words in text_of(answer)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert re.search(r"<(script|style)(?![^>]*(src=|importmap))", answer.text) is None
    assert " style=" not in answer.text


def test_what_was_never_fetched_isn_t_shown(gateway: GatewayUnderTest) -> None:
    answer = open_desk(gateway, "pia").get(FETCHED)
    assert answer.status_code == 404


@pytest.mark.parametrize("noun", ["prescriptions", "nothing"])
def test_nothing_else_is_signed_on_that_page(gateway: GatewayUnderTest, noun: str) -> None:
    answer = open_desk(gateway, "pia").get(f"/desk/sign/{noun}")
    assert answer.status_code == 404
    assert "desk-nothing-to-sign" in text_of(answer)


def test_every_noun_is_signed_by_who_the_protocol_says() -> None:
    authors = {known.noun.plural: known.noun.author for known in NOUNS.values()}
    assert {noun: SIGNERS[noun] for noun in authors} == authors
    assert len(SIGNERS) == len([kind for kind in KINDS.values() if not kind.carries_claims])


def test_every_flag_of_a_pack_has_words_in_both_languages() -> None:
    assert set(PACK_FLAGS) == {flag.value for flag in PackFlag}
    assert flags_in("zh")["pack.expired"] == "已过有效期"
    assert flags_in("en")["pack.expired"] == "expired"
