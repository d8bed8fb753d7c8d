from sqlmodel import select

from ledger_api.housekeeping import KEEP_ANSWERS_SECONDS, KEEP_SESSIONS_SECONDS, Housekeeping
from ledger_api.idempotency.models import GivenAnswer
from ledger_api.identity.models import PersonSession
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


def test_the_housekeeper_runs_with_the_gateway(gateway: GatewayUnderTest) -> None:
    (worker,) = [each for each in gateway.parts.workers if each.name == "housekeeping"]
    assert worker.is_alive
    assert worker.failures_in_a_row == 0
