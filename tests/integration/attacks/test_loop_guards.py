"""Twice, too late, without the right to: each is stopped by one guard of a contract, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger_chain.connection import ask, connect
from ledger_cli.attacks import counter_copy
from ledger_cli.attacks.attack import Attack
from ledger_cli.attacks.chain_copy import ChainCopy, copied_chain
from ledger_cli.attacks.loop_catalogue import (
    COPIED_CODE,
    EXPIRED,
    INFLATED_CLAIMS,
    LOOP_ATTACKS,
    NEVER_DISPENSED,
    NEVER_RECORDED,
    REPLAYED_PRESENTATION,
    SAME_PACK_TWICE,
    SECOND_DISPENSING,
    SETTLED_THEN_RESTORED,
    WRONG_ROLE,
)
from ledger_cli.attacks.results import CONTRACT, Ending
from ledger_cli.attacks.stage import Stage
from tests.integration.contracts import mutations
from tests.support.contract_mutants import Mutation, compile_mutant, compile_original

pytestmark = [
    pytest.mark.integration,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

NO_STATUS = mutations.of_register("status not looked at", "            _requireUsed(use, digest, from);\n")
RESTORES_SETTLED = mutations.of_register(
    "settled claims restored",
    "        if (ClaimWords.statusOf(word) != status) {\n",
    "        if (word == 0) {\n",
)
OFF: tuple[tuple[Attack, Mutation], ...] = (
    (SECOND_DISPENSING, mutations.USED_TWICE),
    (SAME_PACK_TWICE, mutations.PACK_OVERDRAWN),
    (EXPIRED, mutations.NO_WINDOW),
    (WRONG_ROLE, mutations.NO_ROLE),
    (REPLAYED_PRESENTATION, mutations.NO_PRESENTATION),
    (NEVER_RECORDED, mutations.NO_RECORD),
    (NEVER_DISPENSED, NO_STATUS),
    (SETTLED_THEN_RESTORED, RESTORES_SETTLED),
    (INFLATED_CLAIMS, mutations.NO_ENTITLEMENT),
    (COPIED_CODE, mutations.NO_PRESENTATION),
)


@pytest.mark.parametrize("attack", LOOP_ATTACKS, ids=lambda attack: attack.slug)
def test_the_cheat_is_caught_and_every_guard_says_what_differed(stage: Stage, attack: Attack) -> None:
    caught = attack.attempt(stage)
    assert caught.describe() == attack.caught
    assert all(any(each.differs for each in guard.evidence) for guard in caught.line if guard.by == CONTRACT)


@pytest.mark.parametrize(("attack", "mutation"), OFF, ids=[attack.slug for attack, _ in OFF])
def test_without_the_guard_the_cheat_comes_through(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, attack: Attack, mutation: Mutation
) -> None:
    mutant = fill_constants(stage, mutation)

    @contextmanager
    def without_guard(playing: Stage) -> Iterator[ChainCopy]:
        with copied_chain(playing) as copy:
            copy.replace_code(stage.stack.deployment.claim_register, mutant)
            yield copy

    monkeypatch.setattr(counter_copy, "copied_chain", without_guard)
    result = attack.attempt(stage)
    assert (result.outcome, result.by) == (Ending.CAME_THROUGH, CONTRACT)


def test_every_attack_has_its_guard_switched_off_once() -> None:
    assert [attack for attack, _ in OFF] == list(LOOP_ATTACKS)


def fill_constants(stage: Stage, mutation: Mutation) -> bytes:
    """The mutant's code, with the constants of the contract that stands there now."""
    address = "0x" + stage.stack.deployment.claim_register.hex()
    present = bytes.fromhex(
        ask(connect(stage.rpc_url), stage.rpc_url, "eth_getCode", [address, "latest"])[2:]
    )
    mutant, original = compile_mutant(mutation, is_optimised=False), compile_original(mutation.contract)
    code = bytearray(mutant.code)
    for here, there in zip(mutant.immutables, original.immutables, strict=True):
        for start in here:
            code[start : start + 32] = present[there[0] : there[0] + 32]
    return bytes(code)
