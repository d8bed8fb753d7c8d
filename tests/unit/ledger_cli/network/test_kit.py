"""The kit: keys that stay their owners', files that follow from one record, nothing overwritten."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger_chain.development_keys import development_account
from ledger_chain.qbft.node_key import NodeKey, generate_node_key, load_node_key
from ledger_cli.app import app
from ledger_cli.errors import Refused
from ledger_cli.network.kit import add_node, find_kit, init_kit, remove_node, write_key
from ledger_cli.network.plan import Member, NetworkPlan, build_plan, invent_members
from ledger_proofs import rlp

runner = CliRunner(env={"COLUMNS": "200", "LANG": "C"})
CHAIN_ID = 2_026_001
ACCOUNT = "0x" + "ab" * 20


def plan_of(count: int = 4) -> NetworkPlan:
    return NetworkPlan(CHAIN_ID, invent_members(count))


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("count", [4, 5, 7, 13, 20])
def test_each_validator_has_a_key_and_the_genesis_names_them_all(tmp_path: Path, count: int) -> None:
    kit = init_kit(tmp_path / "net", build_plan(CHAIN_ID, count, None))
    keys = [load_node_key(tmp_path / "net" / node.name / "key") for node in kit.nodes]
    genesis = json.loads((tmp_path / "net" / "shared" / "genesis.json").read_text())
    extra = rlp.decode(bytes.fromhex(genesis["extraData"][2:]))
    assert not isinstance(extra, bytes)
    assert extra[1] == sorted(bytes(key.address) for key in keys)
    assert len({key.secret for key in keys}) == count
    for node, key in zip(kit.nodes, keys, strict=True):
        folder = tmp_path / "net" / node.name
        known = json.loads((folder / "static-nodes.json").read_text())
        assert sorted(known) == sorted(other.enode for other in kit.nodes if other is not node)
        assert (folder / "genesis.json").read_bytes() == (tmp_path / "net/shared/genesis.json").read_bytes()
        assert node.address == "0x" + key.address.hex()


def test_keys_are_their_owners_alone_and_no_secret_is_in_what_is_shared(tmp_path: Path) -> None:
    kit = init_kit(tmp_path / "net", plan_of())
    for node in kit.nodes:
        path = tmp_path / "net" / node.name / "key"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        secret = path.read_bytes()
        holding = [name for name, content in files_of(tmp_path / "net").items() if secret in content]
        assert holding == [f"{node.name}/key"]


def test_a_repeated_init_changes_nothing(tmp_path: Path) -> None:
    init_kit(tmp_path / "net", plan_of())
    before = files_of(tmp_path / "net")
    init_kit(tmp_path / "net", plan_of())
    assert files_of(tmp_path / "net") == before


def test_an_init_that_was_cut_short_goes_on_with_the_keys_that_are_there(tmp_path: Path) -> None:
    key = generate_node_key()
    write_key(tmp_path / "net" / "validator-2" / "key", key)
    kit = init_kit(tmp_path / "net", plan_of())
    assert kit.nodes[1].public_key == key.public.hex()


def test_keys_that_were_handed_out_are_not_made_anew(tmp_path: Path) -> None:
    kit = init_kit(tmp_path / "net", plan_of())
    (tmp_path / "net" / "validator-1" / "key").unlink()
    assert init_kit(tmp_path / "net", plan_of()) == kit
    assert not (tmp_path / "net" / "validator-1" / "key").exists()


@pytest.mark.parametrize(
    "other",
    [plan_of(5), NetworkPlan(CHAIN_ID + 1, invent_members(4))],
    ids=["more validators", "another chain id"],
)
def test_another_network_is_not_overwritten(tmp_path: Path, other: NetworkPlan) -> None:
    init_kit(tmp_path / "net", plan_of())
    before = files_of(tmp_path / "net")
    with pytest.raises(Refused) as refused:
        init_kit(tmp_path / "net", other)
    assert refused.value.code == "network.another"
    assert files_of(tmp_path / "net") == before


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(Refused) as refused:
        init_kit(tmp_path, plan_of())
    assert refused.value.code == "network.folder_in_use"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_changed_genesis_and_a_changed_key_are_noticed(tmp_path: Path) -> None:
    init_kit(tmp_path / "net", plan_of())
    genesis = tmp_path / "net" / "shared" / "genesis.json"
    whole = genesis.read_text()
    genesis.write_text(whole.replace('"londonBlock": 0', '"londonBlock": 9'))
    with pytest.raises(Refused) as refused:
        init_kit(tmp_path / "net", plan_of())
    assert refused.value.code == "network.genesis_changed"
    genesis.write_text(whole)
    write_key(tmp_path / "net" / "validator-3" / "key", generate_node_key())
    with pytest.raises(Refused) as refused:
        init_kit(tmp_path / "net", plan_of())
    assert refused.value.code == "network.key_differs"


def test_hosts_and_accounts_are_brought_up_to_date(tmp_path: Path) -> None:
    before = init_kit(tmp_path / "net", plan_of())
    genesis = (tmp_path / "net" / "shared" / "genesis.json").read_bytes()
    moved = [
        member.model_copy(update={"host": "10.0.0.9", "accounts": (ACCOUNT,)} if number == 0 else {})
        for number, member in enumerate(invent_members(4))
    ]
    kit = init_kit(tmp_path / "net", NetworkPlan(CHAIN_ID, tuple(moved)))
    assert [node.address for node in kit.nodes] == [node.address for node in before.nodes]
    assert (tmp_path / "net" / "shared" / "genesis.json").read_bytes() == genesis
    assert "@10.0.0.9:30303" in (tmp_path / "net" / "validator-2" / "static-nodes.json").read_text()
    assert ACCOUNT in (tmp_path / "net" / "validator-2" / "accounts-allowlist.toml").read_text()


def test_an_added_node_is_on_everybodys_lists_and_not_in_the_genesis(tmp_path: Path) -> None:
    init_kit(tmp_path / "net", plan_of())
    genesis = (tmp_path / "net" / "shared" / "genesis.json").read_bytes()
    kit = add_node(tmp_path / "net", Member(name="clinic", host="10.0.0.5"))
    assert add_node(tmp_path / "net", Member(name="clinic", host="10.0.0.5")) == kit
    assert (tmp_path / "net" / "shared" / "genesis.json").read_bytes() == genesis
    assert (tmp_path / "net" / "clinic" / "genesis.json").read_bytes() == genesis
    for name in ("validator-1", "validator-4"):
        assert "@10.0.0.5:30303" in (tmp_path / "net" / name / "nodes-allowlist.toml").read_text()
    # Also after the founders' data are repeated, and until it is removed.
    assert init_kit(tmp_path / "net", plan_of()) == kit
    remove_node(tmp_path / "net", "clinic")
    assert "10.0.0.5" not in (tmp_path / "net" / "validator-1" / "nodes-allowlist.toml").read_text()


def test_an_added_nodes_accounts_are_brought_up_to_date_and_its_key_stays(tmp_path: Path) -> None:
    out = tmp_path / "net"
    init_kit(out, plan_of())
    clinic = Member(name="clinic", host="10.0.0.9")
    before = add_node(out, clinic)
    after = add_node(out, clinic.model_copy(update={"accounts": (ACCOUNT,)}))
    assert after.nodes[-1].accounts == (ACCOUNT,)
    assert after.nodes[-1].public_key == before.nodes[-1].public_key
    assert ACCOUNT in (out / "validator-1" / "accounts-allowlist.toml").read_text()
    with pytest.raises(Refused, match="another node"):
        add_node(out, clinic.model_copy(update={"public_key": generate_node_key().public.hex()}))


def test_a_removed_founder_stays_in_the_genesis_and_its_name_is_not_given_again(tmp_path: Path) -> None:
    init_kit(tmp_path / "net", plan_of())
    genesis = (tmp_path / "net" / "shared" / "genesis.json").read_bytes()
    kit = remove_node(tmp_path / "net", "validator-4")
    assert len(kit.present) == 3
    assert (tmp_path / "net" / "shared" / "genesis.json").read_bytes() == genesis
    with pytest.raises(Refused) as refused:
        add_node(tmp_path / "net", Member(name="validator-4", host="10.0.0.5"))
    assert refused.value.code == "network.name_taken"


def test_an_institution_that_made_its_own_key_hands_over_the_public_one_alone(tmp_path: Path) -> None:
    key = generate_node_key()
    members = (
        invent_members(4)[0].model_copy(update={"public_key": key.public.hex()}),
        *invent_members(4)[1:],
    )
    kit = init_kit(tmp_path / "net", NetworkPlan(CHAIN_ID, members))
    assert kit.nodes[0].address == "0x" + key.address.hex()
    assert not (tmp_path / "net" / "validator-1" / "key").exists()


def test_a_public_key_that_was_mistyped_never_gets_into_a_genesis(tmp_path: Path) -> None:
    public = generate_node_key().public.hex()
    mistyped = ("1" if public[0] != "1" else "2") + public[1:]
    members = (invent_members(4)[0].model_copy(update={"public_key": mistyped}), *invent_members(4)[1:])
    with pytest.raises(Refused, match="no key"):
        init_kit(tmp_path / "net", NetworkPlan(CHAIN_ID, members))
    assert not (tmp_path / "net" / "network.json").exists()


def test_a_development_key_is_refused(tmp_path: Path) -> None:
    write_key(tmp_path / "net" / "validator-1" / "key", NodeKey(bytes(development_account(3).key)))
    with pytest.raises(Refused) as refused:
        init_kit(tmp_path / "net", plan_of())
    assert refused.value.code == "network.development_key"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_fewer_than_four_validators_are_refused_with_the_reason(tmp_path: Path, count: int) -> None:
    shown = runner.invoke(
        app, ["network", "init", "--validators", str(count), "--out", str(tmp_path / "net"), "--json"]
    )
    assert shown.exit_code == 1
    error = json.loads(shown.output)["error"]
    assert error["code"] == "network.too_few"
    assert "3f+1" in error["message"] and "3f+1" in error["message_zh"]
    assert not (tmp_path / "net").exists()


def write_institutions(path: Path, **changes: Any) -> Path:
    members = [{"name": f"hospital-{number}", "host": f"10.0.0.{number}"} for number in range(1, 5)]
    members[1] |= changes
    path.write_text(json.dumps({"format": "rxledger.institutions/1", "institutions": members}))
    return path


def test_a_file_of_institutions_is_followed(tmp_path: Path) -> None:
    file = write_institutions(tmp_path / "who.json", accounts=[ACCOUNT], rpc_host="192.168.7.1")
    out = tmp_path / "net"
    shown = runner.invoke(app, ["network", "init", "--out", str(out), "--institutions", str(file), "--json"])
    assert shown.exit_code == 0, shown.output
    report = json.loads(shown.stdout)
    assert [node["name"] for node in report["nodes"]] == [f"hospital-{number}" for number in range(1, 5)]
    assert report["accounts"] == [ACCOUNT]
    assert 'rpc-http-host="192.168.7.1"' in (out / "hospital-2" / "besu.toml").read_text()
    kit = find_kit(out)
    assert kit is not None and kit.nodes[1].accounts == (ACCOUNT,)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "hospital-1"}, "network.twice"),
        ({"host": "10.0.0.1"}, "network.twice"),
        ({"host": "node.example.org"}, "network.institutions"),
        ({"name": "../elsewhere"}, "network.institutions"),
        ({"name": "shared"}, "network.institutions"),
        ({"accounts": ["0x12"]}, "network.institutions"),
        ({"ports": 3}, "network.institutions"),
    ],
    ids=["name twice", "address twice", "host name", "path", "shared", "account", "unknown member"],
)
def test_a_wrong_file_of_institutions_is_refused(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    file = write_institutions(tmp_path / "who.json", **changes)
    with pytest.raises(Refused) as refused:
        build_plan(CHAIN_ID, 4, file)
    assert refused.value.code == code
    assert refused.value.text.zh


def test_a_nodes_own_key_is_made_once_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "key"
    shown = runner.invoke(app, ["network", "key", str(path), "--json"])
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["public_key"] == load_node_key(path).public.hex()
    assert path.read_text() not in shown.output
    assert runner.invoke(app, ["network", "key", str(path)]).exit_code == 1


@pytest.mark.parametrize(("lang", "reason"), [("en", "can't write"), ("zh", "无法写入")])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, lang: str, reason: str) -> None:
    (tmp_path / "file").write_text("here first")
    for command in (
        ["init", "--out", str(tmp_path / "file" / "net")],
        ["key", str(tmp_path / "file" / "key")],
    ):
        shown = runner.invoke(app, ["network", *command, "--lang", lang])
        assert shown.exit_code == 2
        assert str(tmp_path / "file") in shown.output and reason in shown.output


def test_who_makes_all_keys_is_told_what_that_means(tmp_path: Path) -> None:
    institutions = []
    for number in range(4):
        made = runner.invoke(app, ["network", "key", str(tmp_path / f"{number}.key"), "--json"])
        public = json.loads(made.stdout)["public_key"]
        institutions.append({"name": f"own-{number}", "host": f"10.0.0.{number + 1}", "public_key": public})
    stated = tmp_path / "institutions.json"
    stated.write_text(json.dumps({"format": "rxledger.institutions/1", "institutions": institutions}))
    own = runner.invoke(
        app, ["network", "init", "--institutions", str(stated), "--out", str(tmp_path / "own")]
    )
    made_here = runner.invoke(app, ["network", "init", "--out", str(tmp_path / "all")])
    assert (own.exit_code, made_here.exit_code) == (0, 0)
    assert "keys of" not in own.output
    assert "the keys of 4 nodes" in made_here.output
    assert not list((tmp_path / "own").rglob("key"))
