"""Plays a state table of acts against a ledger: names to real entries, proofs and signatures.

A table (`tests/vectors/acts/*.json`, format in its README) names entries, uses and acts; times are seconds
after the ledger's start. Everything that the ledger gets is what a real sender would send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
)
from ledger_proofs import merkle
from ledger_proofs.claims import claim_key, holders_hash, parse_claim_word, parse_pack_word
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import Authorship, ClaimUse, PackUse, Presentation, Use
from ledger_proofs.entries import Entry
from ledger_proofs.kinds import KINDS, InstitutionStatus
from ledger_proofs.signatures import address_of_key, author_hash, sign_digest
from ledger_proofs.types import (
    ZERO_HASH,
    ClaimKey,
    Hash,
    LogId,
    Signature,
    log_id,
)
from tests.model.acts import Outcome
from tests.model.ledger import Ledger
from tests.model.refusals import Refused
from tests.model.world import (
    INSTITUTIONS,
    PEOPLE,
    account_of,
    address_of_holder,
    commitment_of,
    key_of,
    token_of,
)

_KIND_NUMBERS = {kind.name: kind.number for kind in KINDS.values()}
_STATUS_NAMES = ("unused", "dispensed", "settled", "void")
_STATUSES = {"suspend": InstitutionStatus.SUSPENDED, "bar": InstitutionStatus.BARRED}


@dataclass(frozen=True)
class SignedEntry:
    """An entry as its author signed it."""

    institution: str
    entry: Entry
    signed_at: int
    signature: Signature
    holders: tuple[str, ...]


@dataclass
class Place:
    """Where an entry stands."""

    log: LogId
    index: int
    size: int


@dataclass(frozen=True)
class Step:
    """What was seen after an act: each item's outcome, and every word that the table names."""

    outcomes: tuple[Outcome, ...]
    claim_words: Mapping[str, int]
    pack_words: Mapping[str, int]


class Player:
    """Plays one table."""

    def __init__(self, table: Mapping[str, Any], ledger: Ledger, start: int) -> None:
        self._table = table
        self._ledger = ledger
        self._start = start
        self._accounts = {name: account_of(name) for name in INSTITUTIONS}
        self._leaves: dict[LogId, list[Hash]] = {}
        self._generations = dict.fromkeys(INSTITUTIONS, 1)
        self._entries: dict[str, SignedEntry] = {}
        self._places: dict[str, Place] = {}
        self._use_times: dict[str, int] = {}
        self._now = start

    def enrol_everybody(self) -> None:
        """The institutions and people that tables name."""
        for name, (number, roles) in INSTITUTIONS.items():
            self._ledger.register(number, roles, self._accounts[name])
        for name, (institution, role) in PEOPLE.items():
            self._ledger.enrol(address_of_key(key_of(name)), INSTITUTIONS[institution][0], role)

    def play(self) -> list[Step]:
        """All acts in order. Raises `AssertionError` where one comes out otherwise than the table says."""
        return [self._play_act(number, act) for number, act in enumerate(self._table["acts"])]

    def _play_act(self, number: int, act: Mapping[str, Any]) -> Step:
        where = f"{self._table['name']}, act {number} ({act['do']} at {act['at']})"
        self._now = self._start + act["at"]
        try:
            outcomes = self._run(act)
        except Refused as refused:
            outcomes = [Outcome(refused.name)]
        if "expect" in act:
            expected = act["expect"] if isinstance(act["expect"], list) else [act["expect"]]
            assert [_described(outcome) for outcome in outcomes] == expected, where
        claim_words = {name: self._ledger.claim_word(self._claim(name)) for name in self._claim_names()}
        pack_words = {name: self._ledger.pack_word(token_of(name)) for name in self._pack_names()}
        seen_claims = {name: _claim_shown(claim_words[name]) for name in act.get("claims", {})}
        assert seen_claims == act.get("claims", {}), where
        seen_packs = {name: _pack_shown(pack_words[name]) for name in act.get("packs", {})}
        assert seen_packs == act.get("packs", {}), where
        return Step(tuple(outcomes), claim_words, pack_words)

    def _run(self, act: Mapping[str, Any]) -> list[Outcome]:
        do = act["do"]
        if do == "anchor":
            self._anchor(act)
        elif do == "close":
            self._close(act)
        elif do in ("suspend", "bar"):
            self._ledger.set_status(INSTITUTIONS[act["institution"]][0], _STATUSES[do], self._now)
        elif do == "revoke":
            institution, role = PEOPLE[act["person"]]
            holder, number = address_of_key(key_of(act["person"])), INSTITUTIONS[institution][0]
            self._ledger.revoke(holder, number, role, self._start + act["from"], self._now)
        elif do == "outage":
            number = INSTITUTIONS[act["institution"]][0] if act["institution"] else 0
            begin, end = self._start + act["from"], self._start + act["until"]
            self._ledger.record_outage(number, begin, end, self._now)
        elif do == "assign":
            account = account_of(act["account"])
            self._ledger.assign_account(INSTITUTIONS[act["institution"]][0], account, self._now)
            self._accounts[act["institution"]] = account
        else:
            return self._run_batch(act)
        return [Outcome()]

    def _run_batch(self, act: Mapping[str, Any]) -> list[Outcome]:
        build = {
            "dispense": self._dispense_item,
            "settle": self._settle_item,
            "void": self._void_item,
            "restore": self._restore_item,
            "reverse": self._reverse_item,
        }[act["do"]]
        items = [build(item) for item in act["items"]]
        account = account_of(act["account"]) if "account" in act else self._accounts[act["by"]]
        outcomes = self._ledger.batch(act["do"], account, items, self._now)
        for item, outcome in zip(act["items"], outcomes, strict=True):
            if act["do"] == "dispense" and outcome.refusal is None:
                self._use_times[item["use"]] = self._now
        return outcomes

    def _anchor(self, act: Mapping[str, Any]) -> None:
        institution = act["by"]
        log = self._log(act.get("log", institution), act.get("generation"))
        leaves = self._leaves.setdefault(log, [])
        old_size = len(leaves)
        names = [spec["name"] for spec in act.get("entries", [])]
        for spec in act.get("entries", []):
            self._entries[spec["name"]] = self._signed(institution, spec)
        grown = leaves + [self._entries[name].entry.leaf_hash() for name in names]
        size = act.get("size", len(grown))
        root = Hash(keccak(b"another root")) if act.get("forged") else merkle.root(grown[:size])
        proof = tuple(merkle.consistency_proof(grown, old_size)) if 0 < old_size < len(grown) else ()
        self._ledger.anchor(self._accounts[institution], log, size, root, proof, self._now)
        self._leaves[log] = grown
        for offset, name in enumerate(names):
            self._places[name] = Place(log, old_size + offset, len(grown))

    def _close(self, act: Mapping[str, Any]) -> None:
        institution = act["institution"]
        log = self._log(institution, act.get("generation"))
        self._ledger.close(log, act["size"], self._now)
        self._generations[institution] += 1
        self._leaves[self._log(institution, None)] = self._leaves[log][: act["size"]]

    def _log(self, institution: str, generation: int | None) -> LogId:
        return log_id(INSTITUTIONS[institution][0], generation or self._generations[institution])

    def _signed(self, institution: str, spec: Mapping[str, Any]) -> SignedEntry:
        if "again" in spec:
            return self._entries[spec["again"]]
        kind = _KIND_NUMBERS[spec["kind"]]
        claim_count = spec.get("claims", 0)
        begin, end = (self._start + each for each in spec["window"]) if "window" in spec else (0, 0)
        holders = tuple(f"{spec['holder']} {i}" for i in range(claim_count)) if "holder" in spec else ()
        terms = holders_hash([address_of_holder(holder) for holder in holders])
        if "use" in spec:
            terms = self._spend(spec["use"]).use_hash()
        record = commitment_of(spec.get("record", spec["name"]))
        signed_at = self._start + spec["signed_at"]
        number = INSTITUTIONS[institution][0]
        authorship = Authorship(number, kind, record, claim_count, begin, end, terms, signed_at)
        signature = sign_digest(authorship.digest(self._ledger.domain), key_of(spec["author"]))
        entry = Entry(kind, record, author_hash(signature), claim_count, begin, end, terms)
        return SignedEntry(institution, entry, signed_at, signature, holders)

    def _proof(self, name: str, changes: Mapping[str, Any]) -> EntryProof:
        signed, place = self._entries[name], self._places[name]
        leaves = self._leaves[place.log][: place.size]
        proof = EntryProof(
            place.log,
            place.size,
            place.index,
            tuple(merkle.inclusion_proof(leaves, place.index)),
            signed.entry,
            signed.signed_at,
            signed.signature,
        )
        known = {key: value for key, value in changes.items() if key in ("excuse", "size", "index")}
        if "signed_at" in changes:
            known["signed_at"] = self._start + changes["signed_at"]
        return replace(proof, **known)

    def _claim(self, name: str) -> ClaimKey:
        entry_name, _, ordinal = name.rpartition("/")
        signed = self._entries.get(entry_name)
        if signed is None:
            return ClaimKey(ZERO_HASH)
        entry, institution = signed.entry, INSTITUTIONS[signed.institution][0]
        return claim_key(institution, entry.kind, entry.record, entry.not_before, int(ordinal))

    def _claim_names(self) -> list[str]:
        return sorted({name for use in self._table["uses"].values() for name in use["claims"]})

    def _pack_names(self) -> list[str]:
        return sorted({pack[0] for use in self._table["uses"].values() for pack in use.get("packs", [])})

    def _spend(self, use_name: str) -> Spend:
        use = self._table["uses"][use_name]
        counts = use.get("restore_counts", {})
        claims = sorted(
            (ClaimUse(self._claim(name), counts.get(name, 0)) for name in use["claims"]),
            key=lambda each: each.claim,
        )
        packs = sorted(
            (PackUse(token_of(name), total, used) for name, total, used in use.get("packs", [])),
            key=lambda each: each.token,
        )
        kind = self._entries[use["claims"][0].rpartition("/")[0]].entry.kind
        spender = INSTITUTIONS[use["spender"]][0]
        payer = INSTITUTIONS[use["payer"]][0] if use.get("payer") else 0
        time = self._use_times.get(use_name, self._now)
        return Spend(kind, spender, payer, tuple(claims), tuple(packs), commitment_of(use["into"]), time)

    def _dispense_item(self, item: Mapping[str, Any]) -> DispenseItem:
        use, spend = self._table["uses"][item["use"]], self._spend(item["use"])
        grants = list(
            dict.fromkeys(item.get("through", {}).get(n, n) for n in map(_entry_name, use["claims"]))
        )
        changes = item.get("proof", {})
        return DispenseItem(
            spend.payer,
            spend.into,
            tuple(self._grant(name, changes) for name in grants),
            tuple(self._claim_refs(item, use, spend, grants)),
            spend.packs,
        )

    def _grant(self, name: str, changes: Mapping[str, Any]) -> Grant:
        holders = tuple(address_of_holder(holder) for holder in self._entries[name].holders)
        return Grant(self._proof(name, changes), holders)

    def _claim_refs(
        self, item: Mapping[str, Any], use: Mapping[str, Any], spend: Spend, grants: list[str]
    ) -> list[ClaimRef]:
        through = item.get("through", {})
        refs = []
        for name in sorted(use["claims"], key=self._claim):
            entry_name, ordinal = _entry_name(name), int(name.rpartition("/")[2])
            restore_count = use.get("restore_counts", {}).get(name, 0)
            deadline = self._start + item["deadline"] if "deadline" in item else self._now + 600
            presentation = self._presentation(item, spend, name, restore_count, deadline)
            position = grants.index(through.get(entry_name, entry_name))
            refs.append(ClaimRef(position, ordinal, restore_count, deadline, presentation))
        return refs

    def _presentation(
        self, item: Mapping[str, Any], spend: Spend, name: str, restore_count: int, deadline: int
    ) -> bytes:
        holders = self._entries[_entry_name(name)].holders
        wrong = item.get("presented", {})
        if not holders:
            return bytes(65) if wrong else b""
        if "for_use" in wrong:
            spend = self._spend(wrong["for_use"])
        presentation = Presentation(
            self._claim(name),
            wrong.get("restore_count", restore_count),
            INSTITUTIONS[wrong["to"]][0] if "to" in wrong else spend.spender,
            Use(spend.kind, spend.spender, spend.payer, spend.claims, spend.packs).struct_hash(),
            commitment_of(wrong["into"]) if "into" in wrong else spend.into,
            deadline,
        )
        signer = wrong.get("by", holders[int(name.rpartition("/")[2])])
        return sign_digest(presentation.digest(self._ledger.domain), key_of(signer))

    def _moves(self, item: Mapping[str, Any], spend: Spend) -> tuple[int, ...]:
        if "moves" not in item:
            return tuple(range(len(spend.claims)))
        keys = [claim.claim for claim in spend.claims]
        return tuple(sorted(keys.index(self._claim(name)) for name in item["moves"]))

    def _settle_item(self, item: Mapping[str, Any]) -> SettleItem:
        spend = self._spend(item["use"])
        used = self._proof(item["record"], item.get("proof", {}))
        moves, settlement = self._moves(item, spend), commitment_of(item["statement"])
        return SettleItem(spend, used, item.get("record_excuse", 0), moves, settlement, _reason(item))

    def _restore_item(self, item: Mapping[str, Any]) -> RestoreItem:
        return RestoreItem(self._spend(item["use"]), commitment_of(item["statement"]), _reason(item))

    def _reverse_item(self, item: Mapping[str, Any]) -> ReverseItem:
        spend = self._spend(item["use"])
        return ReverseItem(spend, self._moves(item, spend), commitment_of(item["statement"]), _reason(item))

    def _void_item(self, item: Mapping[str, Any]) -> VoidItem:
        entry = self._entries[item["entry"]].entry
        statement, ordinals = commitment_of(item["statement"]), tuple(item["ordinals"])
        return VoidItem(entry.kind, entry.record, entry.not_before, ordinals, statement, _reason(item))


def _entry_name(claim_name: str) -> str:
    return claim_name.rpartition("/")[0]


def _reason(item: Mapping[str, Any]) -> bytes:
    return keccak(b"reason " + str(item.get("reason", "")).encode())


def _described(outcome: Outcome) -> str:
    if outcome.refusal is not None:
        return f"refused: {outcome.refusal}"
    if outcome.offline:
        return "done offline"
    return "done, units free" if outcome.undone else "done"


def _claim_shown(word: int) -> str:
    parsed = parse_claim_word(word)
    status = _STATUS_NAMES[parsed.status]
    return status if parsed.restore_count == 0 else f"{status}, restored {parsed.restore_count}"


def _pack_shown(word: int) -> list[int]:
    parsed = parse_pack_word(word)
    return [parsed.total_units, parsed.used, parsed.returned]
