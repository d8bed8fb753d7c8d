"""What tests of spends look at: outcomes as the API says them, and the register's events on the chain."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from ledger_api.records.models import StoredRecord
from ledger_api.spends.answers import ActAnswer, Outcome, build_act_answer
from ledger_chain.reader import ChainReader
from ledger_chain.register_events import RegisterEvent, read_register_events
from ledger_cli.bench.act_world import ActWorld
from tests.support.waiting import wait_until

OUTCOME_SECONDS = 40


def answer_of(world: ActWorld, record: StoredRecord) -> ActAnswer:
    """What the API says now of the act that a record states."""
    return build_act_answer(world.find_intent(record))


def outcome_of(world: ActWorld, record: StoredRecord, within_s: float = OUTCOME_SECONDS) -> ActAnswer:
    """What the API says once it knows."""
    wait_until(lambda: answer_of(world, record).outcome is not Outcome.UNKNOWN, within_s, "the act's outcome")
    return answer_of(world, record)


def outcomes_of(world: ActWorld, records: Sequence[StoredRecord]) -> list[str]:
    """The outcomes of several acts, once they are known: `done`, or the code of the refusal."""
    answers = [outcome_of(world, record) for record in records]
    return [answer.outcome.value if answer.reason is None else answer.reason.code for answer in answers]


def events_on_chain(world: ActWorld) -> list[RegisterEvent]:
    """All events of the register, oldest first."""
    reader = ChainReader(world.rpc_url, world.deployment)
    return list(read_register_events(reader, world.deployment.block, reader.block_number()))


def names_on_chain(world: ActWorld) -> list[str]:
    """The names of all events of the register, oldest first."""
    return [type(event).__name__ for event in events_on_chain(world)]


def run_sql(world: ActWorld, statement: str) -> None:
    """Change rows behind the gateway's back."""
    with world.parts.database.writing() as session:
        session.connection().execute(text(statement))


def read_column(world: ActWorld, query: str) -> list[object]:
    """The first column of a query's rows."""
    with world.parts.database.reading() as session:
        return [row[0] for row in session.connection().execute(text(query))]
