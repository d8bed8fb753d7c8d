"""The pack policy and the pack key, as an operator gives them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_api.config import load_settings
from ledger_api.dispenses.chosen_packs import verify_none_missing
from ledger_api.dispenses.errors import PackMissing
from ledger_api.packs.pack_key import DEVELOPMENT_PACK_KEY, load_pack_key
from ledger_api.packs.policy import DEFAULT_POLICY, PackFlag, PolicyAction, Verdict, judge, parse_policy
from ledger_web.errors import StartRefused

FLAGS, ACTIONS = st.sampled_from(PackFlag), st.sampled_from(PolicyAction)


@given(st.dictionaries(FLAGS, ACTIONS))
def test_a_policy_says_what_is_written_and_the_default_besides(
    given_policy: dict[PackFlag, PolicyAction],
) -> None:
    text = ", ".join(f"{flag.removeprefix('pack.')} = {action}" for flag, action in given_policy.items())
    assert parse_policy(text) == {**DEFAULT_POLICY, **given_policy}


@given(st.sets(FLAGS), st.dictionaries(FLAGS, ACTIONS))
def test_the_gravest_action_decides(flags: set[PackFlag], changes: dict[PackFlag, PolicyAction]) -> None:
    policy = {**DEFAULT_POLICY, **changes}
    actions = {policy[flag] for flag in flags}
    expected = (
        Verdict.STOPPED
        if PolicyAction.STOP in actions
        else Verdict.FLAGGED
        if PolicyAction.FLAG in actions
        else Verdict.GOOD
    )
    assert judge(flags, policy) is expected


@pytest.mark.parametrize(("policy", "may_go_on"), [("missing=flag", True), ("missing=stop", False)])
def test_a_line_without_a_pack_is_named_where_policy_wants_packs(policy: str, may_go_on: bool) -> None:
    lines, packs = [(0, 1), (0, 2), (1, 1)], [(0, 2)]
    verify_none_missing(DEFAULT_POLICY, lines, packs, [])
    wanted = parse_policy(policy)
    verify_none_missing(wanted, lines, lines, [])
    with pytest.raises(PackMissing) as refused:
        verify_none_missing(wanted, lines, packs, [])
    assert [fault.pointer for fault in refused.value.faults] == ["/packs", "/packs"]
    assert "line 1 of prescription 2" in refused.value.faults[1].message
    assert ("pack.missing" in str(refused.value)) is may_go_on
    if may_go_on:
        verify_none_missing(wanted, lines, packs, [PackFlag.MISSING])
    else:
        with pytest.raises(PackMissing):
            verify_none_missing(wanted, lines, packs, [PackFlag.MISSING])


@pytest.mark.parametrize("text", ["unknown", "unknown=perhaps", "mood=stop", "=stop", "unknown=stop=stop"])
def test_an_unreadable_policy_stops_the_start_and_names_its_setting(text: str) -> None:
    with pytest.raises(StartRefused, match="RXLEDGER_PACK_POLICY"):
        load_settings({"RXLEDGER_PACK_POLICY": text})


def test_the_key_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "pack.key"
    file.write_text("ab" * 32 + "\n", encoding="ascii")
    assert load_pack_key(file, is_production=True) == b"\xab" * 32


def test_without_a_file_development_has_a_key_that_production_refuses(tmp_path: Path) -> None:
    assert load_pack_key(None, is_production=False) == DEVELOPMENT_PACK_KEY
    copied = tmp_path / "pack.key"
    copied.write_text(DEVELOPMENT_PACK_KEY.hex(), encoding="ascii")
    for path in (None, copied):
        with pytest.raises(StartRefused, match="RXLEDGER_PACK_KEY_FILE"):
            load_pack_key(path, is_production=True)


@pytest.mark.parametrize("content", [b"", b"ab" * 31, b"ab" * 33, b"xy" * 32, b"\xff" * 64, b"ab" * 2000])
def test_a_file_that_holds_no_key_is_refused_without_its_content(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "pack.key"
    file.write_bytes(content)
    with pytest.raises(StartRefused, match="64 hexadecimal digits") as refused:
        load_pack_key(file, is_production=False)
    assert "abab" not in str(refused.value)


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="can't be read"):
        load_pack_key(tmp_path / "none", is_production=False)
