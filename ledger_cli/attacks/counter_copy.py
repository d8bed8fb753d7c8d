"""A counter on a copy of the chain: what is prescribed, dispensed and settled, sent as institutions send it.

What is dispensed and settled on the chain stays so. So whoever cheats there does it on a copy: with the real
people's signatures and the institutions' own accounts, asking no gateway. What the gateways would have said
is not asked here: the contract has to stop it alone.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ledger_api.keystore.interfaces import SignedTransaction
from ledger_chain.items import ClaimRef, DispenseItem, EntryProof, Grant, Spend, as_abi
from ledger_chain.register_events import Act, Dispensed, RegisterEvent, read_register_events
from ledger_chain.transactions import build_batch
from ledger_cli.acting.holder import CodeSeed
from ledger_cli.acting.person import PersonAtWork
from ledger_cli.attacks.chain_copy import ChainCopy, copied_chain
from ledger_cli.attacks.insider import Insider
from ledger_cli.attacks.stage import Stage
from ledger_cli.embedded.people import PEOPLES, Institution
from ledger_cli.embedded.scenario import Visit, build_draft
from ledger_cli.errors import CouldNotCheck
from ledger_cli.signing import prepare
from ledger_proofs import merkle
from ledger_proofs.claims import claim_key
from ledger_proofs.eip712 import Authorship, ClaimUse, PackUse, Presentation
from ledger_proofs.entries import Entry
from ledger_proofs.holders import derive_holder_key, holder_addresses
from ledger_proofs.presentations import sign_presentation
from ledger_proofs.signatures import author_hash, sign_digest
from ledger_proofs.types import (
    Address,
    ClaimKey,
    Commitment,
    Hash,
    InstitutionNumber,
    LogId,
    PackToken,
    Signature,
    log_id,
)

BATCH_GAS = 4_000_000
RECEIPT_SECONDS = 20.0
POLL_SECONDS = 0.02
PRESENTED_SECONDS = 900
CLOCK_MARGIN_SECONDS = 2
FUNCTIONS = {Act.VOID: "voidClaims"}
Alter = Callable[[Authorship, bytes], Authorship]


def new_commitment() -> Commitment:
    """The commitment of a record whose content nobody asks for here: the contract knows no more of any."""
    return Commitment(secrets.token_bytes(32))


@dataclass(frozen=True)
class Anchored:
    """A prescription on the copy: its proof for the contract, and the seed of its holders' keys."""

    proof: EntryProof
    seed: bytes = field(repr=False)
    claim_count: int

    @property
    def grant(self) -> Grant:
        """The entry with its holders."""
        return Grant(self.proof, tuple(holder_addresses(self.seed, self.claim_count)))

    def claim(self, ordinal: int) -> ClaimKey:
        """The key of one of its claims."""
        entry = self.proof.entry
        return claim_key(PEOPLES.number, entry.kind, entry.record, entry.not_before, ordinal)


@dataclass(frozen=True)
class Taking:
    """A dispensing about to be sent: what is used, by whom, for whom, into which record."""

    prescription: Anchored
    spender: Institution
    payer: int
    ordinals: tuple[int, ...] = (0,)
    packs: tuple[PackUse, ...] = ()
    restore_count: int = 0
    into: Commitment = field(default_factory=new_commitment)

    @property
    def ascending(self) -> list[int]:
        """The ordinals in the order of their claims' keys, which the contract asks for."""
        return sorted(self.ordinals, key=self.prescription.claim)

    def spend(self, at: int = 0) -> Spend:
        """The use as later acts name it; `at` is the time of its block."""
        claims = tuple(ClaimUse(self.prescription.claim(each), self.restore_count) for each in self.ascending)
        packs = tuple(sorted(self.packs, key=lambda pack: pack.token))
        return Spend(1, self.spender.number, self.payer, claims, packs, self.into, at)


@dataclass
class CopiedCounter:
    """Everybody's accounts and logs on a copy of the chain."""

    stage: Stage
    copy: ChainCopy
    _leaves: dict[LogId, list[Hash]] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """The time of the copy's latest block."""
        return self.copy.reader.block_time(self.copy.reader.block_number())

    def prescribe(self, visit: Visit, number: int, alter: Alter = lambda act, _seed: act) -> Anchored:
        """A prescription that Dr Li prepares over HTTP and signs, anchored here for her hospital.

        `alter` is what the hospital's operator makes of it once it is signed.
        """
        seed = CodeSeed.new()
        request = {"body": build_draft(visit, number), "holders": list(seed.addresses())}
        checked = prepare(self.stage.li.client, self.stage.li.profile, request)
        signature = Signature(checked.sign(self.stage.li.private_key)[0])
        act = alter(checked.authorships[0], seed.seed)
        return Anchored(self.anchor(PEOPLES, act, signature), seed.seed, act.claim_count)

    def anchor(self, institution: Institution, act: Authorship, signature: Signature) -> EntryProof:
        """Log what was signed (or not) and anchor it, as whoever runs the institution's gateway can."""
        entry = Entry(
            act.kind,
            act.record,
            author_hash(signature),
            act.claim_count,
            act.not_before,
            act.not_after,
            act.terms,
        )
        log = log_id(institution.number, 1)
        insider = self._insider(institution)
        head = self.copy.reader.head(log)
        size = head.size if head is not None else 0
        leaves = self._leaves.setdefault(log, insider.list_leaves(log, size))
        leaves.append(entry.leaf_hash())
        proof = merkle.consistency_proof(leaves, size) if size else []
        insider.anchor(self.copy.node, log, len(leaves), merkle.root(leaves), proof)
        path = tuple(merkle.inclusion_proof(leaves, size))
        return EntryProof(log, size + 1, size, path, entry, act.signed_at, signature)

    def record(self, spend: Spend, pharmacist: PersonAtWork, institution: Institution) -> EntryProof:
        """The dispensing's own record, signed by its pharmacist and anchored."""
        now = self.now
        act = Authorship(InstitutionNumber(institution.number), 3, spend.into, 0, 0, 0, spend.use_hash(), now)
        domain = self.copy.deployment.domain()
        return self.anchor(
            institution, act, Signature(sign_digest(act.digest(domain), pharmacist.private_key))
        )

    def dispense(
        self, taking: Taking, *, shown_to: Institution | None = None, key_of: int | None = None
    ) -> RegisterEvent:
        """Send one dispensing from its spender's account.

        `shown_to`: for whom the patient's keys signed, if another; `key_of`: whose key signed for all claims.
        """
        spend = taking.spend()
        deadline = self.now + PRESENTED_SECONDS
        claims = tuple(
            ClaimRef(
                0,
                ordinal,
                use.restore_count,
                deadline,
                self._present(
                    derive_holder_key(taking.prescription.seed, ordinal if key_of is None else key_of),
                    replace(spend, spender=(shown_to or taking.spender).number),
                    use,
                    deadline,
                ),
            )
            for ordinal, use in zip(taking.ascending, spend.claims, strict=True)
        )
        grants = (taking.prescription.grant,)
        item = DispenseItem(taking.payer, taking.into, grants, claims, spend.packs)
        return self.send(Act.DISPENSE, taking.spender, item)

    def dispensed(self, taking: Taking) -> Spend:
        """The same where it must be done: what later acts name. Raises `CouldNotCheck`."""
        event = self.dispense(taking)
        if not isinstance(event, Dispensed):
            raise CouldNotCheck(
                "attack.not_dispensed",
                "the dispensing that this begins with was refused",
                "作为前提的发药被拒绝",
            )
        return taking.spend(event.time)

    def send(self, act: Act, institution: Institution, item: Any) -> RegisterEvent:
        """Send one item in a real transaction, signed with the institution's own key; what became of it."""
        insider = self._insider(institution)
        account = Address(insider.keystore.anchoring_address(institution.number))
        node, deployment = self.copy.node, self.copy.deployment
        nonce = node.mined_nonce(account)
        unsigned = build_batch(
            chain_id=deployment.chain_id,
            claim_register=deployment.claim_register,
            nonce=nonce,
            act=FUNCTIONS.get(act, act.value),
            items=[as_abi(item)],
            gas=BATCH_GAS,
        )
        signed = insider.keystore.sign_transaction(institution.number, unsigned.fields())
        node.send(signed, account, nonce)
        return self._await_event(signed)

    def _await_event(self, signed: SignedTransaction) -> RegisterEvent:
        ends_at = time.monotonic() + RECEIPT_SECONDS
        while (receipt := self.copy.node.find_receipt(Hash(signed.hash))) is None:
            if time.monotonic() > ends_at:
                raise CouldNotCheck(
                    "attack.not_mined", "the chain didn't take the transaction up", "链未收录该交易"
                )
            time.sleep(POLL_SECONDS)
        number = receipt.block_number
        for event in read_register_events(self.copy.reader, number, number):
            if event.place.transaction_hash == receipt.transaction_hash:
                return event
        raise CouldNotCheck("attack.batch_failed", "the whole transaction was turned back", "整个交易被回退")

    def _present(self, key: bytes, spend: Spend, use: ClaimUse, deadline: int) -> Signature:
        presentation = Presentation(
            use.claim, use.restore_count, spend.spender, spend.use_hash(), spend.into, deadline
        )
        return sign_presentation(presentation, self.copy.deployment.domain(), key)

    def _insider(self, institution: Institution) -> Insider:
        return self.stage.insider_of(institution)


def pack(name: str, *, total: int, used: int) -> PackUse:
    """Units of a pack; packs of one name are one pack."""
    return PackUse(PackToken(merkle.leaf_hash(name.encode())), total, used)


@contextmanager
def counter_on_copy(stage: Stage, recording: Sequence[Institution] = ()) -> Iterator[CopiedCounter]:
    """A copy of the chain, taken when the hospital's log is quiet, and those of who will record there."""
    for institution in (PEOPLES, *recording):
        stage.insider_of(institution).await_quiet(log_id(institution.number, 1))
    with copied_chain(stage) as copy:
        counter = CopiedCounter(stage, copy)
        # The copy's clock goes on from the last block of the chain, which may be old.
        copy.pass_time(max(0, int(time.time()) - counter.now) + CLOCK_MARGIN_SECONDS)
        yield counter
