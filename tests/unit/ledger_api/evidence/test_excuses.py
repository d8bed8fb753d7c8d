"""Excuses: what is in time needs none, what is late needs an outage of its own institution or of all."""

from typing import Any, cast

import pytest

from ledger_api.evidence.excuses import find_excuse
from ledger_api.network import ChainSilent, Network
from ledger_chain.reader import ReaderUnreachable
from ledger_proofs.bounded_time import Outage
from ledger_proofs.errors import RecordLate

WINDOW, SIGNED = 86_400, 1_800_000_000
LATE = SIGNED + WINDOW + 1


class Outages:
    """A reader that knows of some outages, or doesn't answer."""

    def __init__(self, *outages: Outage, is_silent: bool = False) -> None:
        self.outages = outages
        self.is_silent = is_silent

    def numbered_outages(self) -> list[tuple[int, Outage]]:
        if self.is_silent:
            raise ReaderUnreachable("no answer")
        return list(enumerate(self.outages))


def excuse(anchored_at: int, *outages: Outage, is_silent: bool = False) -> int:
    reader = Outages(*outages, is_silent=is_silent)
    network = Network(cast("Any", None), cast("Any", reader), *(cast("Any", None),) * 4)
    return find_excuse(network, 201, SIGNED, anchored_at, WINDOW)


@pytest.mark.parametrize("anchored_at", [SIGNED - WINDOW, SIGNED, SIGNED + WINDOW])
def test_what_is_in_time_needs_no_excuse_and_asks_nobody(anchored_at: int) -> None:
    assert excuse(anchored_at, is_silent=True) == 0


def test_a_late_record_names_the_first_outage_that_excuses_it() -> None:
    other = Outage(202, SIGNED, LATE)
    over_before = Outage(201, SIGNED - 10, LATE - WINDOW - 1)
    not_begun = Outage(201, SIGNED + WINDOW + 1, LATE + 10)
    own, of_all = Outage(201, SIGNED, LATE), Outage(0, SIGNED, LATE)
    assert excuse(LATE, other, over_before, not_begun, own, of_all) == 4
    assert excuse(LATE, other, of_all) == 2


def test_a_late_record_without_an_outage_stays_late() -> None:
    with pytest.raises(RecordLate):
        excuse(LATE, Outage(202, SIGNED, LATE))


def test_while_the_chain_is_silent_lateness_is_not_judged() -> None:
    with pytest.raises(ChainSilent):
        excuse(LATE, is_silent=True)
