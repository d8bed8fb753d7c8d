"""What the acts cost in gas and bytes, alone and in batches, measured on real contracts.

`docs/gas.md` is the table that `build_report` makes of it (`make gas`); a test keeps it true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger_chain.items import (
    ClaimRef,
    DispenseItem,
    EntryProof,
    Grant,
    RestoreItem,
    ReverseItem,
    SettleItem,
    Spend,
    VoidItem,
    as_abi,
)
from ledger_chain.transactions import anchor_call, batch_call
from ledger_proofs import merkle
from ledger_proofs.claims import claim_key, holders_hash
from ledger_proofs.eip712 import Authorship, ClaimUse, PackUse, Presentation
from ledger_proofs.entries import Entry
from ledger_proofs.signatures import author_hash, sign_digest
from ledger_proofs.types import Hash, log_id
from tests.model.chain import ChainLedger
from tests.model.world import (
    INSTITUTIONS,
    account_of,
    address_of_holder,
    commitment_of,
    key_of,
    token_of,
)

DEPTH = 20
"""A log of a million entries."""
BATCH = 56
"""As many dispensings as a call's bytes allow at that depth; at depth 16 they are 60."""
NO_REASON = bytes(32)
Words = tuple[str, str]
MORE: Words = ("checkpoint of 1,000 more entries", "再增 1000 条的检查点")
FUNCTIONS = {"void": "voidClaims"}


REPORT = """# Gas · 燃料

What the acts take of the chain, measured on the committed contracts. Written by `make gas`; a test measures \
anew and fails where a figure is off by more than 2 %.

各项操作对链的消耗, 由 `make gas` 在已提交的合约上测得; 测试会重新测量, 偏差超过 2 % 即失败。

Entries stand in a log of {leaves:,} (inclusion proofs of {depth} hashes). A dispensing uses one claim, with \
its holder's presentation, and one pack. "In one transaction" tells how many went together; gas and bytes of \
calldata are for each of them, with its share of the transaction's own 21,000.

| act · 操作 | in one transaction · 同一交易内 | gas each · 每项燃料 | bytes each · 每项字节 |
|---|---:|---:|---:|
{rows}

The gas price of a permissioned network is zero: what gas bounds is how much fits into a block. A block of \
30 million carries some 200 dispensings.
"""


@dataclass(frozen=True)
class Cost:
    """One row of the report: an act, how many of them went in one transaction, and what each took."""

    act: str
    act_zh: str
    count: int
    gas: int
    call_bytes: int


class GasScene:
    """Everything that is needed to act, and the costs of what was done."""

    def __init__(self, ledger: ChainLedger, start: int) -> None:
        self.ledger = ledger
        self.start = start
        self.now = start + 50
        self.costs: list[Cost] = []

    def act(self, name: str, words: Words, by: str, items: Sequence[Any], is_refused: bool = False) -> int:
        """Send one batch, note what each item cost, tell its time.

        :raises AssertionError: an item ended otherwise than it should
        """
        self.now += 1
        call = batch_call(FUNCTIONS.get(name, name), [as_abi(item) for item in items])
        done = self.ledger.batch(name, account_of(by), list(items), self.now)
        if any((each.refusal is not None) != is_refused for each in done):
            raise AssertionError(f"{words}: {done}")
        self.note(words, len(items), self.ledger.gas_used, len(call))
        return self.now

    def note(self, words: Words, count: int, gas: int, call_bytes: int) -> None:
        """Keep a cost, for each of `count`."""
        self.costs.append(Cost(*words, count, gas // count, call_bytes // count))


def measure_acts(ledger: ChainLedger, start: int) -> tuple[Cost, ...]:
    """Every act, alone and in a batch, on a ledger where everybody is enrolled. Times from `start` on."""
    scene = GasScene(ledger, start)
    grants = build_grants(ledger, start)
    measure_anchoring(scene)
    spends = measure_dispensing(scene, grants)
    moves = [(spends[0],), spends[1:]]
    measure_settlement(scene, moves)
    for part in moves:
        items = [ReverseItem(spend, (0,), commitment_of("reversal"), NO_REASON) for spend in part]
        scene.act("reverse", ("reversal", "冲正"), "insurer", items)
    for part in moves:
        back = [RestoreItem(spend, commitment_of("restore"), NO_REASON) for spend in part]
        scene.act("restore", ("restore", "恢复"), "pharmacy", back)
    measure_voiding(scene, grants[-1])
    return tuple(scene.costs)


def measure_anchoring(scene: GasScene) -> None:
    """A log of the insurer's: its first entry, then a thousand more at once."""
    leaves = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(1_001)]
    log, account = log_id(INSTITUTIONS["insurer"][0], 1), account_of("insurer")
    for old, size, words in ((0, 1, ("checkpoint", "检查点")), (1, 1_001, MORE)):
        proof = tuple(merkle.consistency_proof(leaves[:size], old)) if old else ()
        scene.now += 1
        root = Hash(merkle.root(leaves[:size]))
        scene.ledger.anchor(account, log, size, root, proof, scene.now)
        scene.note(words, 1, scene.ledger.gas_used, len(anchor_call(log, size, root, list(proof))))


def measure_dispensing(scene: GasScene, grants: list[Grant]) -> list[Spend]:
    """One dispensing alone, a batch, and that batch once more, which is refused. Tells what was used."""
    words, spends = ("dispensing", "发药"), []
    for part in (range(1), range(1, BATCH + 1)):
        now = scene.now + 1
        used = [build_spend(grants[number], number, now) for number in part]
        items = [
            build_item(scene.ledger, grants[number], spend, scene.start)
            for number, spend in zip(part, used, strict=True)
        ]
        scene.act("dispense", words, "pharmacy", items)
        spends += used
    scene.act("dispense", ("dispensing, refused", "发药 (被拒绝)"), "pharmacy", items, is_refused=True)
    return spends


def measure_settlement(scene: GasScene, parts: Sequence[Sequence[Spend]]) -> None:
    """One settlement alone, then a batch, each on its dispensing's own record."""
    scene.now += 1
    records = iter(build_records(scene.ledger, [spend for part in parts for spend in part], scene.now))
    scene.now += 20
    for part in parts:
        items = [
            SettleItem(spend, next(records), 0, (0,), commitment_of("settlement"), NO_REASON)
            for spend in part
        ]
        scene.act("settle", ("settlement", "结算"), "insurer", items)


def measure_voiding(scene: GasScene, unused: Grant) -> None:
    """One claim; then as many as an item can name."""
    entry = unused.proof.entry
    for record, count in ((entry.record, 1), (commitment_of("another"), 64)):
        ordinals = tuple(range(count))
        item = VoidItem(1, record, entry.not_before, ordinals, commitment_of("void"), NO_REASON)
        words = (
            ("void of one claim", "作废一个份额") if count == 1 else ("void of 64 claims", "作废 64 个份额")
        )
        scene.act("void", words, "hospital", [item])


def build_report(costs: Sequence[Cost]) -> str:
    """`docs/gas.md`."""
    rows = "\n".join(
        f"| {cost.act} · {cost.act_zh} | {cost.count:,} | {cost.gas:,} | {cost.call_bytes:,} |"
        for cost in costs
    )
    return REPORT.format(depth=DEPTH, leaves=2**DEPTH, rows=rows)


def prove(
    ledger: ChainLedger, institution: str, author: str, entries: list[Entry], signed_at: int
) -> list[EntryProof]:
    """Entries signed, logged at the end of a log of 2^DEPTH entries, and anchored there at once."""
    number = INSTITUTIONS[institution][0]
    signed = []
    for entry in entries:
        authorship = Authorship(
            number,
            entry.kind,
            entry.record,
            entry.claim_count,
            entry.not_before,
            entry.not_after,
            entry.terms,
            signed_at,
        )
        signature = sign_digest(authorship.digest(ledger.domain), key_of(author))
        named = Entry(
            entry.kind,
            entry.record,
            author_hash(signature),
            entry.claim_count,
            entry.not_before,
            entry.not_after,
            entry.terms,
        )
        signed.append((named, signature))
    leaves = [entry.leaf_hash() for entry, _ in signed]
    leaves += [merkle.leaf_hash(b"")] * (64 - len(leaves))
    rest = [merkle.leaf_hash(level.to_bytes(2, "big")) for level in range(DEPTH - 6)]
    root = Hash(merkle.root(leaves))
    for node in rest:
        root = merkle.node_hash(node, root)
    log, size = log_id(number, 1), 2**DEPTH
    ledger.anchor(account_of(institution), log, size, root, (), signed_at + 10)
    return [
        EntryProof(
            log,
            size,
            size - 64 + position,
            (*merkle.inclusion_proof(leaves, position), *rest),
            entry,
            signed_at,
            signature,
        )
        for position, (entry, signature) in enumerate(signed)
    ]


def build_grants(ledger: ChainLedger, start: int) -> list[Grant]:
    holders = [(address_of_holder(f"patient {number}"),) for number in range(BATCH + 2)]
    entries = [
        Entry(1, commitment_of(f"rx {n}"), Hash(bytes(32)), 1, start, start + 9_999, holders_hash(holder))
        for n, holder in enumerate(holders)
    ]
    proofs = prove(ledger, "hospital", "doctor", entries, start)
    return [Grant(proof, holder) for proof, holder in zip(proofs, holders, strict=True)]


def build_spend(grant: Grant, number: int, time: int) -> Spend:
    entry = grant.proof.entry
    claim = claim_key(INSTITUTIONS["hospital"][0], entry.kind, entry.record, entry.not_before, 0)
    pack = PackUse(token_of(str(number)), 1, 1)
    spender, payer = INSTITUTIONS["pharmacy"][0], INSTITUTIONS["insurer"][0]
    into = commitment_of(f"dispensing {number}")
    return Spend(1, spender, payer, (ClaimUse(claim, 0),), (pack,), into, time)


def build_item(ledger: ChainLedger, grant: Grant, spend: Spend, start: int) -> DispenseItem:
    claim, number = spend.claims[0].claim, grant.proof.index - 2**DEPTH + 64
    deadline = start + 500
    presentation = Presentation(claim, 0, spend.spender, spend.use_hash(), spend.into, deadline)
    signature = sign_digest(presentation.digest(ledger.domain), key_of(f"patient {number}"))
    return DispenseItem(
        spend.payer, spend.into, (grant,), (ClaimRef(0, 0, 0, deadline, signature),), spend.packs
    )


def build_records(ledger: ChainLedger, spends: list[Spend], signed_at: int) -> list[EntryProof]:
    entries = [Entry(3, spend.into, Hash(bytes(32)), 0, 0, 0, spend.use_hash()) for spend in spends]
    return prove(ledger, "pharmacy", "pharmacist", entries, signed_at)
