"""The log as members read it: head, checkpoints, tiles; everything re-derivable from bytes and chain."""

from __future__ import annotations

import httpx
import pytest

from ledger_proofs.entries import parse_entry
from ledger_proofs.merkle import leaf_hash, root
from ledger_proofs.tiles import parse_entry_bundle, root_from_tiles, tile_path
from tests.gateway_stack import Doctor, Stack
from tests.gateway_support import FIRST

pytestmark = [pytest.mark.integration, pytest.mark.chain]

LOG = FIRST << 32 | 1


def _issue(doctor: Doctor, count: int) -> list[str]:
    issued = [doctor.issue()["id"] for _ in range(count)]
    for prescription_id in issued:
        doctor.wait_until_final(prescription_id)
    return issued


def _read_tile(client: httpx.Client, path: str) -> bytes:
    answer = client.get(f"/v1/logs/{LOG}/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "immutable" in answer.headers["cache-control"]
    return answer.content


def test_a_log_without_entries_has_a_head_of_size_zero(stack: Stack) -> None:
    head = stack.gateway.client("anna").get(f"/v1/logs/{LOG}/head").json()
    assert (head["size"], head["anchored_size"], head["final_size"]) == (0, 0, 0)
    assert head["root"] == "0x" + root([]).hex()


def test_entries_and_tiles_lead_to_the_root_on_the_chain(stack: Stack) -> None:
    _issue(stack.doctor("anna"), 3)
    _issue(stack.doctor("ben"), 2)
    member = stack.gateway.client("dora")  # of another institution: members read each other's logs
    head = member.get(f"/v1/logs/{LOG}/head").json()
    assert (head["size"], head["final_size"]) == (5, 5)
    entries = parse_entry_bundle(_read_tile(member, "tile/entries/000.p/5"), 5)
    assert len({parse_entry(entry).record for entry in entries}) == 5
    derived = root([leaf_hash(entry) for entry in entries])

    def read(level: int, index: int, width: int) -> bytes:
        return _read_tile(member, tile_path(level, index, width))

    assert root_from_tiles(read, 5) == derived
    on_chain = stack.chain.reader.head(LOG)
    assert on_chain is not None
    assert (on_chain.size, on_chain.root) == (5, derived)
    assert head["root"] == "0x" + derived.hex()


def test_a_partial_tile_is_the_beginning_of_a_wider_one(stack: Stack) -> None:
    _issue(stack.doctor("anna"), 3)
    member = stack.gateway.client("anna")
    whole = _read_tile(member, "tile/0/000.p/3")
    assert [_read_tile(member, f"tile/0/000.p/{width}") for width in (1, 2)] == [whole[:32], whole[:64]]
    bundle = _read_tile(member, "tile/entries/000.p/3")
    assert bundle.startswith(_read_tile(member, "tile/entries/000.p/2"))


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/0/000.p/2",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
        "tile/entries/000.p/2",
        "tile/0/000.p/0",
        "tile/0/0.p/1",
        "tile/0/x000/000.p/1",
        "tile/00/000.p/1",
        "tile/99/000.p/1",
        "tile/63/x999/x999/999",
        "tile/-1/000",
        "tile/entries/000.p/257",
        "tile/" + "9" * 40,
        "tile/%2e%2e/000",
    ],
)
def test_a_tile_that_isnt_there_is_not_found(shared_stack: Stack, path: str) -> None:
    doctor = shared_stack.doctor("dora")  # the second hospital's log has one entry only
    log = shared_stack.gateway.client("dora").get("/v1/institution").json()["log"]
    if shared_stack.gateway.client("dora").get(f"/v1/logs/{log}/head").json()["size"] == 0:
        _issue(doctor, 1)
    answer = doctor.http.get(f"/v1/logs/{log}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "tile-not-found")


def test_a_tiles_address_that_is_too_long_is_refused(shared_stack: Stack) -> None:
    answer = shared_stack.gateway.client("anna").get(f"/v1/logs/{LOG}/tile/{'x000/' * 40}000")
    assert answer.status_code == 422


@pytest.mark.parametrize("log", [1, 7 << 32 | 1, FIRST << 32 | 2, 2**53 - 1])
def test_a_log_that_isnt_kept_here_is_not_found(shared_stack: Stack, log: int) -> None:
    client = shared_stack.gateway.client("anna")
    for tail in ("head", "checkpoints", "tile/0/000.p/1"):
        answer = client.get(f"/v1/logs/{log}/{tail}")
        assert (answer.status_code, answer.json()["code"]) == (404, "log-not-found")


@pytest.mark.parametrize("log", ["0", "-1", "x", "1.5", str(2**64)])
def test_a_log_number_that_is_none_is_refused(shared_stack: Stack, log: str) -> None:
    assert shared_stack.gateway.client("anna").get(f"/v1/logs/{log}/head").status_code == 422


def test_checkpoints_are_listed_in_order_and_paged(stack: Stack) -> None:
    anna = stack.doctor("anna")
    for _ in range(3):
        _issue(anna, 1)
    client = stack.gateway.client("ada")
    first = client.get(f"/v1/logs/{LOG}/checkpoints", params={"limit": 2}).json()
    assert [row["size"] for row in first["items"]] == [1, 2]
    cursor = first["next_cursor"]
    second = client.get(f"/v1/logs/{LOG}/checkpoints", params={"limit": 2, "cursor": cursor}).json()
    assert [(row["size"], row["previous_size"]) for row in second["items"]] == [(3, 2)]
    assert second["next_cursor"] is None
    for row in first["items"] + second["items"]:
        on_chain = stack.chain.reader.find_checkpoint(LOG, row["size"])
        assert on_chain is not None
        assert row["root"] == "0x" + on_chain.root.hex()
        assert row["anchored_at"] == on_chain.anchored_at
        receipt = stack.chain.reader.find_receipt(bytes.fromhex(row["transaction_hash"][2:]))
        assert receipt is not None
        assert "0x" + receipt.block_hash.hex() == row["block_hash"]
