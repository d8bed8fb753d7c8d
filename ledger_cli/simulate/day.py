"""A whole simulated day: import, plan, make packs, and play every prescription's course, many at a time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ledger_cli.acting.maker import commission, recall
from ledger_cli.embedded.credentials import read_line, token_file
from ledger_cli.embedded.home import Home
from ledger_cli.embedded.people import HOSPITALS, PRACTITIONERS, TANG, Institution
from ledger_cli.embedded.scenario import VISITS, build_draft
from ledger_cli.embedded.seeding import person_at_work
from ledger_cli.errors import CommandError, Refused
from ledger_cli.gateway_client import GatewayClient, member
from ledger_cli.import_records import import_items, upload_mapping
from ledger_cli.import_source import SourceItem
from ledger_cli.prescription_view import SHOWN_ZONE
from ledger_cli.simulate.dice import Dice
from ledger_cli.simulate.journeys import Cast, Journey
from ledger_cli.simulate.patients import Patients
from ledger_cli.simulate.plan import DraftToSign, PlannedPrescription, plan_day
from ledger_cli.simulate.shelf import Shelf
from ledger_cli.simulate.tally import Tally

FIRST_HOSPITAL_SHARE = 0.8
FIRST_VISIT_NUMBER = 100_000
"""Above the numbers of all other examples, so that no Idempotency-Key is used for both."""
VISITS_OF_A_DAY = 12
ANSWER_SECONDS = 180.0
"""A day with much going on at once on one machine: everybody waits longer for an answer."""
READING_THREADS = 4
WAIT_SECONDS = 1.0


@dataclass(frozen=True)
class DayOptions:
    """Which day, on which stack. `parallel`: how many prescriptions are on their way at once."""

    home: Home
    gateway: str
    patients: Patients
    seed: int
    mapping: Path
    parallel: int


@dataclass(frozen=True)
class Progress:
    """Whom to tell: what goes on now and of how many, that one more is done, that no more are begun."""

    begin: Callable[[str, str, int], None]
    advance: Callable[[], None]
    stop: Callable[[], None]


@dataclass(frozen=True)
class Day:
    """What happened. `not_begun`: prescriptions that were left as drafts because the day was interrupted."""

    imported: Mapping[str, int]
    drafts: int
    tally: Tally
    journeys: Sequence[Journey]
    seconds: float
    not_begun: int

    @property
    def is_good(self) -> bool:
        """Whether nothing went otherwise than planned."""
        return not self.tally.failures and not self.not_begun


def simulate_day(options: DayOptions, progress: Progress) -> Day:
    """Play a day on a running stack. Raises `Refused` where this very day was played there before."""
    begun = time.monotonic()
    dice, tally = Dice(options.seed), Tally()
    with ExitStack() as clients:
        machines = _open_machines(options, clients)
        imported = _import_patients(options, machines, dice, progress)
        drafts = _list_drafts(options, machines, imported, dice)
        shelf = Shelf(dice, datetime.now(SHOWN_ZONE).date())
        planned = plan_day(drafts, shelf, dice)
        cast = clients.enter_context(_everybody_at_work(options.home))
        _make_packs(cast, shelf, tally, progress)
        journeys = [Journey(plan, cast, tally) for plan in planned]
        not_begun = play_journeys(journeys, options.parallel, tally, progress)
    counts = Counter(str(result["outcome"]) for results in imported.values() for result in results)
    return Day(counts, len(drafts), tally, journeys, time.monotonic() - begun, not_begun)


def _open_machines(options: DayOptions, clients: ExitStack) -> dict[int, GatewayClient]:
    """Each hospital's information system at its gateway, with the code mapping uploaded."""
    machines = {}
    for hospital in HOSPITALS:
        token = read_line(token_file(options.home, hospital))
        machine = clients.enter_context(GatewayClient(options.gateway, token))
        upload_mapping(machine, options.mapping)
        machines[hospital.number] = machine
    return machines


def _import_patients(
    options: DayOptions, machines: Mapping[int, GatewayClient], dice: Dice, progress: Progress
) -> dict[int, list[dict[str, Any]]]:
    """Import each patient's bundle at one of the hospitals; what the gateway made of every order."""
    progress.begin("importing patients", "导入患者", options.patients.count)
    hospitals = list(HOSPITALS)

    def items_of(hospital: Institution) -> Iterator[SourceItem]:
        for place, item in enumerate(options.patients.items()):
            is_first = dice.chance(FIRST_HOSPITAL_SHARE, "hospital", place)
            if (hospitals[0] if is_first else hospitals[1]) is hospital:
                yield item

    return {
        hospital.number: list(
            import_items(machines[hospital.number], items_of(hospital), on_item=progress.advance)
        )
        for hospital in hospitals
    }


def _list_drafts(
    options: DayOptions,
    machines: Mapping[int, GatewayClient],
    imported: Mapping[int, Sequence[Mapping[str, Any]]],
    dice: Dice,
) -> list[DraftToSign]:
    """The drafts of this day, with the scenario's own; raises `Refused` where they were signed before."""
    wanted = [
        (hospital, str(draft_id))
        for hospital, results in imported.items()
        for draft_id in dict.fromkeys(each["draft_id"] for each in results if each["outcome"] == "drafted")
    ]
    wanted += _draft_visits(options, machines, dice)
    with ThreadPoolExecutor(READING_THREADS) as pool:
        found = list(pool.map(lambda each: _read_draft(machines[each[0]], *each), wanted))
    drafts = [draft for draft in found if draft is not None]
    if wanted and not drafts:
        raise Refused(
            "simulate.played",
            f"the day of seed {options.seed} was played on this stack before; choose another --seed",
            f"种子 {options.seed} 的一天已在此环境中演示过；请用 --seed 另选",
        )
    return drafts


def _draft_visits(
    options: DayOptions, machines: Mapping[int, GatewayClient], dice: Dice
) -> list[tuple[int, str]]:
    """The scenario's own visits, for patients of their own."""
    made = []
    for place in range(VISITS_OF_A_DAY):
        visit = VISITS[place % len(VISITS)]
        hospital = visit.doctor.hospital.number
        number = FIRST_VISIT_NUMBER + dice.number("visit", place) % 10**6
        reply = machines[hospital].post(
            "/v1/drafts",
            build_draft(visit, number),
            idempotency_key=f"simulate-{options.seed}-{place}",
        )
        made.append((hospital, str(member(reply.document, "id", str))))
    return made


def _read_draft(machine: GatewayClient, hospital: int, draft_id: str) -> DraftToSign | None:
    document = machine.get(f"/v1/drafts/{draft_id}").document
    if member(document, "status", str) != "draft":
        return None
    lines = member(member(document, "body", dict), "lines", list)
    return DraftToSign(hospital, draft_id, lines, document.get("prescriber_code"))


@contextmanager
def _everybody_at_work(home: Home) -> Iterator[Cast]:
    with ExitStack() as people:
        yield Cast(
            {
                person.username: people.enter_context(
                    person_at_work(home, person, answer_seconds=ANSWER_SECONDS)
                )
                for person in PRACTITIONERS
            }
        )


def _make_packs(cast: Cast, shelf: Shelf, tally: Tally, progress: Progress) -> None:
    """The manufacturer commissions all lots, and calls back those that are to be called back."""
    lots, recalled = shelf.lots(), shelf.recalled_lots()
    progress.begin("commissioning packs", "药品赋码", len(lots) + len(recalled))
    releaser = cast.get(TANG)
    for lot, codes in [*lots, *recalled]:
        tally.note_record(commission(releaser, lot, codes))
        tally.count("lots.commissioned")
        tally.count("packs.commissioned", len(codes))
        progress.advance()
    for lot, _ in recalled:
        tally.note_record(recall(releaser, lot, reason="synthetic recall"))
        tally.count("lots.recalled")


def _as_they_end(plays: Iterable[Future[None]]) -> Iterator[Future[None]]:
    """Each when it has ended. The wait is begun anew now and then: Ctrl-C just as one begins goes unseen."""
    waiting = set(plays)
    while waiting:
        try:
            for done in as_completed(waiting, WAIT_SECONDS):
                waiting.discard(done)
                yield done
        except TimeoutError:
            continue


def play_journeys(journeys: Sequence[Journey], parallel: int, tally: Tally, progress: Progress) -> int:
    """Play each to its end; how many weren't begun, because Ctrl-C stopped the day.

    Those under way then still go to their end, so that what is told of the day is what the chain holds. A
    second Ctrl-C ends it at once.
    """
    progress.begin("prescriptions on their way", "处方流转", len(journeys))
    begun: list[Journey] = []

    def play(journey: Journey) -> None:
        begun.append(journey)
        plan: PlannedPrescription = journey.plan
        try:
            journey.play()
        except CommandError as error:
            where = f"{plan.fate.value} of draft {plan.draft.id}"
            tally.note_failure(where, error.code, error.text.en, error.text.zh)

    with ThreadPoolExecutor(parallel) as pool:
        try:
            for done in _as_they_end([pool.submit(play, journey) for journey in journeys]):
                done.result()
                progress.advance()
        except BaseException as fault:
            pool.shutdown(wait=False, cancel_futures=True)
            if not isinstance(fault, KeyboardInterrupt):
                raise
            progress.stop()
    return len(journeys) - len(begun)
