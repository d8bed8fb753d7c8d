from sqlmodel import select

from ledger_api.housekeeping import (
    KEEP_ANSWERS_SECONDS,
    KEEP_PREPARATIONS_SECONDS,
    KEEP_SESSIONS_SECONDS,
    Housekeeping,
)
from ledger_api.idempotency.models import GivenAnswer
from ledger_api.identity.models import Person, PersonSession
from ledger_api.signing.models import Preparation
from ledger_api.signing.repository import MOST_CLEARED_AT_ONCE
from tests.gateway_support import GatewayUnderTest


def _counts(gateway: GatewayUnderTest) -> tuple[int, int]:
    with gateway.parts.database.reading() as session:
        return len(session.exec(select(GivenAnswer)).all()), len(session.exec(select(PersonSession)).all())


def _store_answer(gateway: GatewayUnderTest) -> None:
    with gateway.parts.database.writing() as session:
        session.add(
            GivenAnswer(
                scope="person:x",
                route="POST /x",
                key_sha256="0" * 64,
                fingerprint="0" * 64,
                status=201,
                created_at=gateway.clock(),
            )
        )


def test_old_answers_and_sessions_go_and_young_ones_stay(gateway: GatewayUnderTest) -> None:
    housekeeping = Housekeeping(gateway.parts.database, gateway.clock)
    gateway.client("anna")
    _store_answer(gateway)
    housekeeping.step()
    assert _counts(gateway) == (1, 1)
    gateway.clock.advance(max(KEEP_ANSWERS_SECONDS, KEEP_SESSIONS_SECONDS) - 3_600)
    housekeeping.step()
    assert _counts(gateway) == (1, 1)
    gateway.clock.advance(2 * 86_400)
    housekeeping.step()
    assert _counts(gateway) == (0, 0)


def test_what_was_prepared_and_never_signed_goes_after_a_day(gateway: GatewayUnderTest) -> None:
    housekeeping = Housekeeping(gateway.parts.database, gateway.clock)
    with gateway.parts.database.writing() as session:
        person = session.exec(select(Person).where(Person.username == "anna")).one()
        for number in range(MOST_CLEARED_AT_ONCE + 5):
            session.add(_preparation(person, number, gateway.clock()))
    housekeeping.step()
    assert _count_preparations(gateway) == MOST_CLEARED_AT_ONCE + 5
    gateway.clock.advance(KEEP_PREPARATIONS_SECONDS + 1)
    housekeeping.step()
    assert _count_preparations(gateway) == 0


def _preparation(person: Person, number: int, now: int) -> Preparation:
    return Preparation(
        id=f"preparation-{number}",
        institution=person.institution,
        kind=1,
        author_id=person.id,
        record_id=f"record-{number}",
        commitment=bytes(32),
        content=b"sealed",
        wrapped_key=b"wrapped",
        issued_at=now,
        expires_at=now,
    )


def _count_preparations(gateway: GatewayUnderTest) -> int:
    with gateway.parts.database.reading() as session:
        return len(session.exec(select(Preparation)).all())


def test_the_housekeeper_runs_with_the_gateway(gateway: GatewayUnderTest) -> None:
    (worker,) = [each for each in gateway.parts.workers if each.name == "housekeeping"]
    assert worker.is_alive
    assert worker.failures_in_a_row == 0
