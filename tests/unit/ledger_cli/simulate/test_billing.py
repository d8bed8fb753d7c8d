"""How a simulated adjudicator divides a charge: always without rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger_api.settlements.body import SettledLine
from ledger_cli.simulate.billing import divide
from ledger_cli.simulate.fates import Fate


@given(st.integers(1, 10**9), st.sampled_from(Fate), st.booleans())
def test_shares_add_up_and_are_what_a_settlement_may_say(amount: int, fate: Fate, first: bool) -> None:
    shares = divide(0, amount, fate, is_first=first)
    assert shares.amount_minor == amount
    members = {name: value for name, value in shares.as_json().items() if value is not None}
    settled = SettledLine.model_validate({**members, "amount_minor": amount})
    assert settled.is_refused == (fate is Fate.UNPAID)
