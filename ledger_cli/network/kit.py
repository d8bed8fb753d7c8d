"""The kit of a network: keys, genesis and one folder for each institution, all written from one record.

`network.json` says who takes part; everything else but the keys follows from it, so that every command here
can be repeated. Keys are written before it, the other files after it: a run that was cut short goes on. Once
it is there no founder's key is ever made anew, since the genesis names them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger_chain.development_keys import is_development_address
from ledger_chain.qbft.genesis import build_genesis
from ledger_chain.qbft.node_key import (
    NodeKey,
    address_of_public,
    build_enode_url,
    generate_node_key,
    load_node_key,
)
from ledger_cli.embedded.home import write_whole
from ledger_cli.errors import Refused
from ledger_cli.network import besu_files, monitoring_files, service_files
from ledger_cli.network.plan import SHARED, AccountText, Member, NetworkPlan, PublicKeyText, verify_distinct
from ledger_proofs.canonical import parse_json
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.types import Address

RECORD_FILE: Final = "network.json"
MAX_RECORD_BYTES: Final = 1_048_576


class KitNode(Member):
    """A member with its node's public key. `founder`: a validator of the genesis; `left`: no longer here."""

    public_key: PublicKeyText
    address: AccountText
    founder: bool
    left: bool = False

    @property
    def enode(self) -> str:
        """Where the other nodes reach it."""
        return build_enode_url(bytes.fromhex(self.public_key), self.host, self.p2p_port)


class Kit(BaseModel):
    """The record of a network."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["rxledger.network/1"] = "rxledger.network/1"
    chain_id: int
    nodes: tuple[KitNode, ...] = Field(strict=False)

    @property
    def founders(self) -> tuple[KitNode, ...]:
        """Who validates from the first block on."""
        return tuple(node for node in self.nodes if node.founder)

    @property
    def present(self) -> tuple[KitNode, ...]:
        """Who takes part now."""
        return tuple(node for node in self.nodes if not node.left)


def init_kit(out: Path, plan: NetworkPlan) -> Kit:
    """Write a network's kit; repeated, bring hosts, ports and accounts up to date.

    :raises Refused: another network, or something else, is there; a key isn't its member's, or is everybody's
    """
    existing = find_kit(out)
    if existing is None:
        _verify_free(out, plan)
        kit = Kit(chain_id=plan.chain_id, nodes=tuple(_enter(out, each, True) for each in plan.members))
    else:
        kit = _bring_up_to_date(out, existing, plan)
    write_kit(out, kit)
    return kit


def add_node(out: Path, member: Member) -> Kit:
    """Add an institution's node, which follows the chain and can be voted in.

    Repeated, bring its accounts and inner addresses up to date. Raises `Refused` for another node's name.
    """
    kit = get_kit(out)
    known = next((node for node in kit.nodes if node.name == member.name), None)
    if known is not None and not _is_same_node(known, member):
        raise Refused(
            "network.name_taken",
            f"{member.name} is or was another node of this network: choose another name",
            f"{member.name} 已是（或曾是）本网络的另一节点：请另选名称",
        )
    if known is None:
        nodes = (*kit.nodes, _enter(out, member, False))
    else:
        stated = known.model_copy(update=member.model_dump(exclude={"public_key"}))
        nodes = tuple(stated if node is known else node for node in kit.nodes)
    kit = Kit(chain_id=kit.chain_id, nodes=nodes)
    write_kit(out, kit)
    return kit


def _is_same_node(known: KitNode, member: Member) -> bool:
    place = (known.host, known.p2p_port) == (member.host, member.p2p_port)
    return not known.left and place and member.public_key in (None, known.public_key)


def remove_node(out: Path, name: str) -> Kit:
    """Take a node off everybody's lists; its folder stays. Raises `Refused` if there is none of that name."""
    kit = get_kit(out)
    if all(node.name != name for node in kit.nodes):
        names = ", ".join(node.name for node in kit.present)
        raise Refused(
            "network.unknown_node",
            f"no node is named {name}; there are {names}",
            f"没有名为 {name} 的节点；现有 {names}",
        )
    nodes = tuple(node.model_copy(update={"left": node.left or node.name == name}) for node in kit.nodes)
    kit = Kit(chain_id=kit.chain_id, nodes=nodes)
    write_kit(out, kit)
    return kit


def find_kit(out: Path) -> Kit | None:
    """The kit in a folder, if there is one. Raises `Refused` if its record can't be understood."""
    record = out / RECORD_FILE
    try:
        content = record.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return Kit.model_validate(parse_json(content, max_bytes=MAX_RECORD_BYTES, max_depth=8))
    except (LedgerProofError, ValidationError) as fault:
        raise Refused(
            "network.record", f"{record} is no record of a network", f"{record} 不是网络记录文件"
        ) from fault


def get_kit(out: Path) -> Kit:
    """The kit in a folder. Raises `Refused` if there is none."""
    kit = find_kit(out)
    if kit is None:
        raise Refused(
            "network.none",
            f"{out} holds no network; make one with: rxledger network init",
            f"{out} 中没有网络；请先执行 rxledger network init",
        )
    return kit


def write_kit(out: Path, kit: Kit) -> None:
    """Write the record, and all that follows from it."""
    verify_distinct(kit.present)
    genesis = _genesis_text(kit)
    placed = out / SHARED / besu_files.GENESIS_FILE
    if placed.is_file() and placed.read_text("utf-8") != genesis:
        raise Refused(
            "network.genesis_changed",
            f"{placed} isn't the genesis of this network: it was changed; bring it back from a copy",
            f"{placed} 不是本网络的创世文件：已被改动；请从副本恢复",
        )
    record = kit.model_dump(mode="json", exclude_defaults=False)
    write_whole(out / RECORD_FILE, json.dumps(record, ensure_ascii=False, indent=2) + "\n", mode=0o644)
    common = {
        besu_files.GENESIS_FILE: genesis,
        besu_files.NODES_FILE: besu_files.build_allowlist(
            "nodes-allowlist", [node.enode for node in kit.present]
        ),
        besu_files.ACCOUNTS_FILE: besu_files.build_allowlist("accounts-allowlist", _accounts(kit)),
    }
    _write_all(out / SHARED, common, mode=0o755)
    for node in kit.present:
        _write_all(out / node.name, common | _own_files(kit, node), mode=0o700)


def write_key(path: Path, key: NodeKey) -> None:
    """Write a node's key for its owner alone, whole or not at all."""
    write_whole(path, key.secret.hex(), mode=0o600)


def _own_files(kit: Kit, node: KitNode) -> dict[str, str]:
    others = [other.enode for other in kit.present if other.name != node.name]
    return {
        besu_files.CONFIG_FILE: besu_files.build_besu_config(node, len(others)),
        besu_files.STATIC_NODES_FILE: besu_files.build_static_nodes(others),
        service_files.COMPOSE_FILE: service_files.write_compose(node),
        service_files.SERVICE_FILE: service_files.write_service(node),
        monitoring_files.PROMETHEUS_FILE: monitoring_files.write_prometheus(node),
        monitoring_files.ALERTS_FILE: monitoring_files.write_alerts(len(others)),
    }


def _write_all(folder: Path, files: dict[str, str], *, mode: int) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=mode)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _genesis_text(kit: Kit) -> str:
    founders = [Address(bytes.fromhex(node.address[2:])) for node in kit.founders]
    return json.dumps(build_genesis(kit.chain_id, founders), indent=2) + "\n"


def _accounts(kit: Kit) -> list[str]:
    return sorted({account.lower() for node in kit.present for account in node.accounts})


def _enter(out: Path, member: Member, founder: bool) -> KitNode:
    """The member with its key: the one it made itself, the one in its folder, or a new one."""
    if member.public_key is not None:
        public = bytes.fromhex(member.public_key)
    else:
        path = out / member.name / besu_files.KEY_FILE
        key = _read_key(path) if path.exists() else generate_node_key()
        write_key(path, key)
        public = key.public
    try:
        address = address_of_public(public)
    except ValueError:
        # In the genesis it would be a validator that can never seal.
        raise Refused(
            "network.public_key",
            f"the public_key of {member.name} is no key: copy it anew from what rxledger network key printed",
            f"{member.name} 的 public_key 不是有效的公钥：请重新复制 rxledger network key 的输出",
        ) from None
    if is_development_address(address):
        raise Refused(
            "network.development_key",
            f"the key of {member.name} is a development key that everybody knows; make another one",
            f"{member.name} 的密钥是公开的开发密钥；请另行生成",
        )
    stated = member.model_dump(include=set(Member.model_fields)) | {"public_key": public.hex()}
    return KitNode(**stated, address="0x" + address.hex(), founder=founder)


def _read_key(path: Path) -> NodeKey:
    try:
        return load_node_key(path)
    except ValueError:
        raise Refused(
            "network.key_malformed",
            f"{path} holds no key: 64 hexadecimal digits are expected; move it away",
            f"{path} 不是密钥：应为 64 位十六进制；请移走该文件",
        ) from None


def _verify_free(out: Path, plan: NetworkPlan) -> None:
    """Nothing is there, or no more than the keys of a run that was cut short."""
    names = {member.name for member in plan.members}
    for entry in out.iterdir() if out.exists() else ():
        ours = entry.name in names and entry.is_dir()
        if not ours or any(each.name != besu_files.KEY_FILE for each in entry.iterdir()):
            raise Refused(
                "network.folder_in_use",
                f"{out} holds other things ({entry.name}) and no network; choose an empty folder",
                f"{out} 中已有其他内容（{entry.name}）且没有网络；请选择空目录",
            )


def _bring_up_to_date(out: Path, kit: Kit, plan: NetworkPlan) -> Kit:
    founders, wanted = kit.founders, plan.members
    same = kit.chain_id == plan.chain_id and [each.name for each in founders] == [
        each.name for each in wanted
    ]
    if not same or any(
        member.public_key not in (None, node.public_key)
        for node, member in zip(founders, wanted, strict=True)
    ):
        raise Refused(
            "network.another",
            f"{out} holds another network (chain {kit.chain_id}, {len(founders)} validators), which is never"
            " overwritten; choose another folder, or use: rxledger network add",
            f"{out} 中是另一个网络（链号 {kit.chain_id}，{len(founders)} 个验证节点），绝不会被覆盖；"
            "请另选目录，或使用 rxledger network add",
        )
    stated = {member.name: member.model_dump(exclude={"public_key"}) for member in wanted}
    for node in founders:
        key = out / node.name / besu_files.KEY_FILE
        if key.exists() and _read_key(key).public.hex() != node.public_key:
            raise Refused(
                "network.key_differs",
                f"{key} isn't the key that {node.name} validates with; bring it back from a copy",
                f"{key} 不是 {node.name} 的验证密钥；请从副本恢复",
            )
    nodes = tuple(node.model_copy(update=stated[node.name]) if node.founder else node for node in kit.nodes)
    return Kit(chain_id=kit.chain_id, nodes=nodes)
