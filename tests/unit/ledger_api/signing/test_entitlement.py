"""The directory's word on a key: remembered for seconds, never waited for twice, never invented."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger_api.signing.entitlement import GOOD_FOR_SECONDS, SILENT_FOR_SECONDS, Entitlements
from ledger_chain.errors import ChainUnreachable
from ledger_proofs.kinds import PractitionerRole

KEY, OTHER = b"\x01" * 20, b"\x02" * 20
DOCTOR = PractitionerRole.DOCTOR


@dataclass
class Directory:
    """A directory in memory that can fall silent, and counts who asks."""

    entitled: set[bytes] = field(default_factory=lambda: {KEY})
    is_silent: bool = False
    asked: int = 0

    def is_entitled(self, address: bytes, institution: int, role: int, at: int) -> bool:
        self.asked += 1
        if self.is_silent:
            raise ChainUnreachable("no answer")
        return (address in self.entitled) and institution == 1 and role == 1


@dataclass
class Stopwatch:
    """Seconds that pass when told to."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_entitled_key_is_not_refused_and_another_is() -> None:
    entitlements = Entitlements(Directory())
    assert not entitlements.is_refused(KEY, 1, DOCTOR, 0)
    assert entitlements.is_refused(OTHER, 1, DOCTOR, 0)
    assert entitlements.is_refused(KEY, 2, DOCTOR, 0)


def test_an_answer_serves_for_some_seconds_and_then_is_asked_anew() -> None:
    directory, watch = Directory(), Stopwatch()
    entitlements = Entitlements(directory, watch)
    assert not entitlements.is_refused(KEY, 1, DOCTOR, 0)
    directory.entitled.clear()
    assert not entitlements.is_refused(KEY, 1, DOCTOR, 0)
    assert directory.asked == 1
    watch.now += GOOD_FOR_SECONDS
    assert entitlements.is_refused(KEY, 1, DOCTOR, 0)


def test_a_silent_chain_refuses_nobody_and_is_left_alone_for_a_while() -> None:
    directory, watch = Directory(is_silent=True), Stopwatch()
    entitlements = Entitlements(directory, watch)
    assert [entitlements.is_refused(OTHER, 1, DOCTOR, 0) for _ in range(3)] == [False] * 3
    assert directory.asked == 1
    directory.is_silent = False
    watch.now += SILENT_FOR_SECONDS
    assert entitlements.is_refused(OTHER, 1, DOCTOR, 0)


def test_after_a_silence_only_one_request_tries_at_a_time() -> None:
    watch = Stopwatch()
    during: list[bool] = []

    class Slow(Directory):
        def is_entitled(self, address: bytes, institution: int, role: int, at: int) -> bool:
            if self.asked == 1:  # while the second one waits for an answer, a third comes
                self.asked += 1
                during.append(entitlements.is_refused(OTHER, 1, DOCTOR, 0))
            return super().is_entitled(address, institution, role, at)

    directory = Slow(is_silent=True)
    entitlements = Entitlements(directory, watch)
    entitlements.is_refused(OTHER, 1, DOCTOR, 0)
    watch.now += SILENT_FOR_SECONDS
    directory.is_silent = False
    assert entitlements.is_refused(OTHER, 1, DOCTOR, 0)
    assert during == [False]
    assert directory.asked == 3


def test_without_a_chain_nobody_is_refused() -> None:
    assert not Entitlements(None).is_refused(OTHER, 1, DOCTOR, 0)
