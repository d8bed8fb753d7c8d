"""Reference model of the acts (protocol, section 8): the claim register as plain Python.

It takes the same items as the contract and refuses with the same names, so that the state tables in
`tests/vectors/acts` can be run against both, and random acts too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger_chain.items import (
    DispenseItem,
    EntryProof,
    Grant,
    RestoreItem,
    ReverseItem,
    SettleItem,
    Spend,
    VoidItem,
)
from ledger_proofs.claims import (
    MAX_RESTORE_COUNT,
    ClaimStatus,
    ClaimWord,
    PackWord,
    claim_key,
    holders_hash,
    use_digest,
)
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import Authorship, ClaimUse, Domain, PackUse, Presentation
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.kinds import KINDS, SKEW_SECONDS, UNDO_SECONDS, InstitutionRole, InstitutionStatus, Kind
from ledger_proofs.merkle import verify_inclusion
from ledger_proofs.signatures import recover_signer
from ledger_proofs.types import Address, ClaimKey, Hash, PackToken, institution_of
from tests.model.refusals import Refused, require
from tests.model.registry import CheckpointLogModel, DirectoryModel

MAX_ITEMS, MAX_GRANTS, MAX_CLAIMS, MAX_PACKS = 100, 16, 64, 64
_ZERO = bytes(32)
_UNUSED = ClaimWord(ClaimStatus.UNUSED, 0, 0)


@dataclass(frozen=True)
class Outcome:
    """What became of an item: done, with what its event tells beyond the item, or refused by name."""

    refusal: str | None = None
    offline: bool | None = None
    undone: bool | None = None


@dataclass
class RegisterModel:
    """The words of claims and packs, and the acts that change them."""

    domain: Domain
    directory: DirectoryModel
    log: CheckpointLogModel
    claims: dict[ClaimKey, ClaimWord] = field(default_factory=dict)
    packs: dict[PackToken, PackWord] = field(default_factory=dict)

    def claim(self, key: ClaimKey) -> ClaimWord:
        """A claim's word."""
        return self.claims.get(key, _UNUSED)

    def batch(self, act: str, account: Address, items: Sequence[Any], now: int) -> list[Outcome]:
        """Run a batch: each item as a whole or not at all. Raises `Refused` for the batch itself."""
        require(len(items) > 0, "ClaimRegisterBatchEmpty")
        require(len(items) <= MAX_ITEMS, "ClaimRegisterBatchTooLarge")
        acting = self.directory.acting(account, now)
        require(acting is not None, "ClaimRegisterSenderNotActing")
        assert acting is not None
        run: Callable[..., Outcome] = getattr(self, act)
        outcomes = []
        for item in items:
            before = dict(self.claims), dict(self.packs)
            try:
                outcomes.append(run(acting[0], acting[1], item, now))
            except Refused as refused:
                self.claims, self.packs = before
                outcomes.append(Outcome(refused.name))
        return outcomes

    def dispense(self, sender: int, roles: InstitutionRole, item: DispenseItem, now: int) -> Outcome:
        """Use claims and count packs, together."""
        counts = (len(item.grants), len(item.claims), len(item.packs))
        bounded = 0 < counts[0] <= MAX_GRANTS and 0 < counts[1] <= MAX_CLAIMS and counts[2] <= MAX_PACKS
        require(bounded, "ClaimRegisterCountInvalid")
        require(item.into != _ZERO, "ClaimRegisterIntoMissing")
        kind = _usable(item.grants[0].proof.entry.kind)
        require(bool(roles & kind.used_by), "ClaimRegisterRoleMissing")
        require(item.payer == 0 or kind.is_settled_by_payer, "ClaimRegisterPayerNotAllowed")
        require(not item.packs or kind.has_packs, "ClaimRegisterPacksNotAllowed")
        for grant in item.grants:
            self._require_grant(grant, kind, sender, now)
        uses, offline = self._uses_of(item, kind, now)
        spend = Spend(kind.number, sender, item.payer, uses, item.packs, item.into, now)
        use_hash = spend.use_hash()
        digest = use_digest(item.into, use_hash, sender, now)
        for ref, use in zip(item.claims, uses, strict=True):
            holders = item.grants[ref.grant].holders
            self._require_presented(ref, use, holders, use_hash, sender, item.into, now)
            self.claims[use.claim] = ClaimWord(ClaimStatus.DISPENSED, use.restore_count, digest)
        self._count_packs(item.packs)
        return Outcome(offline=offline)

    def settle(self, sender: int, roles: InstitutionRole, item: SettleItem, now: int) -> Outcome:
        """Settle listed claims of a use whose record was anchored in time."""
        spend = item.spend
        kind = self._require_payer(sender, spend)
        require(bool(roles & InstitutionRole.INSURER), "ClaimRegisterRoleMissing")
        require(item.settlement != _ZERO, "ClaimRegisterStatementMissing")
        self._require_recorded(item, kind, now)
        self._move(spend, item.moves, ClaimStatus.DISPENSED, ClaimStatus.SETTLED)
        return Outcome()

    def void(self, sender: int, roles: InstitutionRole, item: VoidItem, now: int) -> Outcome:
        """Take unused claims back for ever."""
        kind = _usable(item.kind)
        require(bool(roles & kind.issued_by), "ClaimRegisterRoleMissing")
        require(item.void_record != _ZERO, "ClaimRegisterStatementMissing")
        require(0 < len(item.ordinals) <= MAX_CLAIMS, "ClaimRegisterCountInvalid")
        digest = use_digest(item.void_record, item.reason, sender, now)
        for position, ordinal in enumerate(item.ordinals):
            ascending = position == 0 or ordinal > item.ordinals[position - 1]
            require(ascending, "ClaimRegisterClaimsNotAscending")
            require(ordinal < kind.max_claim_count, "ClaimRegisterOrdinalUnknown")
            key = claim_key(sender, item.kind, item.record, item.not_before, ordinal)
            word = self.claim(key)
            require(word.status is ClaimStatus.UNUSED, "ClaimRegisterNotUnused")
            self.claims[key] = ClaimWord(ClaimStatus.VOID, word.restore_count, digest)
        return Outcome()

    def restore(self, sender: int, _roles: InstitutionRole, item: RestoreItem, now: int) -> Outcome:
        """Make all claims of a use usable again."""
        spend = item.spend
        require(spend.spender == sender, "ClaimRegisterNotSpender")
        kind = _usable(spend.kind)
        _require_spend_counts(spend)
        require(item.restore != _ZERO, "ClaimRegisterStatementMissing")
        require(now <= spend.time + kind.restore_window_seconds, "ClaimRegisterRestoreLate")
        digest = use_digest(spend.into, spend.use_hash(), spend.spender, spend.time)
        for use in spend.claims:
            self._require_used(use, digest, ClaimStatus.DISPENSED)
            require(use.restore_count < MAX_RESTORE_COUNT, "ClaimRegisterRestoresExhausted")
            self.claims[use.claim] = ClaimWord(ClaimStatus.UNUSED, use.restore_count + 1, 0)
        undone = now <= spend.time + UNDO_SECONDS
        for pack in spend.packs:
            word = self.packs[pack.token]
            self.packs[pack.token] = (
                PackWord(word.total_units, word.used - pack.units_used, word.returned)
                if undone
                else PackWord(word.total_units, word.used, word.returned + pack.units_used)
            )
        return Outcome(undone=undone)

    def reverse(self, sender: int, _roles: InstitutionRole, item: ReverseItem, _now: int) -> Outcome:
        """Turn listed settled claims back to dispensed."""
        self._require_payer(sender, item.spend)
        require(item.reversal != _ZERO, "ClaimRegisterStatementMissing")
        self._move(item.spend, item.moves, ClaimStatus.SETTLED, ClaimStatus.DISPENSED)
        return Outcome()

    def _require_good(self, proof: EntryProof, kind: Kind, now: int) -> int:
        entry, institution = proof.entry, institution_of(proof.log)
        formed = entry.claim_count <= kind.max_claim_count and entry.not_before <= entry.not_after
        require(formed, "ClaimRegisterEntryTermsInvalid")
        checkpoint = self.log.provable(proof.log, proof.size)
        held = checkpoint.previous_size <= proof.index < checkpoint.size
        require(held, "ClaimRegisterEntryIndexOutside")
        try:
            verify_inclusion(entry.leaf_hash(), proof.index, checkpoint.size, proof.path, checkpoint.root)
        except LedgerProofError:
            raise Refused("ClaimRegisterEntryNotIncluded") from None
        anchored_at = checkpoint.anchored_at
        require(not self.directory.is_barred(institution, now), "ClaimRegisterEntryInstitutionBarred")
        state = self.directory.state_at(institution, anchored_at)
        issuing = state is not None and state.status is InstitutionStatus.ACTIVE
        issuing = issuing and state is not None and bool(state.roles & kind.issued_by)
        require(issuing, "ClaimRegisterEntryNotIssuing")
        signer = self._signer_of(proof, institution)
        for moment in (proof.signed_at, anchored_at):
            entitled = self.directory.is_entitled(signer, institution, kind.author, moment)
            require(entitled, "ClaimRegisterEntryNotEntitled")
        window = kind.signing_window_seconds
        require(proof.signed_at <= anchored_at + SKEW_SECONDS, "ClaimRegisterEntryFromTheFuture")
        timely = anchored_at <= proof.signed_at + window
        excused = self._is_excused(proof.excuse, institution, proof.signed_at, anchored_at, window, timely)
        require(timely or excused, "ClaimRegisterEntryLate")
        return anchored_at

    def _signer_of(self, proof: EntryProof, institution: int) -> Address:
        entry = proof.entry
        require(keccak(proof.signature) == entry.author, "ClaimRegisterEntryAuthorDiffers")
        authorship = Authorship(
            institution,
            entry.kind,
            entry.record,
            entry.claim_count,
            entry.not_before,
            entry.not_after,
            entry.terms,
            proof.signed_at,
        )
        try:
            return recover_signer(authorship.digest(self.domain), proof.signature)
        except LedgerProofError:
            raise Refused("ClaimRegisterEntrySignatureInvalid") from None

    def _is_excused(
        self, excuse: int, institution: int, start: int, anchored_at: int, window: int, timely: bool
    ) -> bool:
        if timely or excuse == 0:
            return False
        require(excuse <= len(self.directory.outages), "LedgerDirectoryOutageUnknown")
        return self.directory.outages[excuse - 1].excuses(institution, start, anchored_at, window)

    def _require_grant(self, grant: Grant, kind: Kind, spender: int, now: int) -> None:
        entry = grant.proof.entry
        require(entry.kind == kind.number, "ClaimRegisterKindMixed")
        self._require_good(grant.proof, kind, now)
        if entry.terms == _ZERO:
            require(institution_of(grant.proof.log) == spender, "ClaimRegisterIssuerOnly")
            require(not grant.holders, "ClaimRegisterHolderCount")
            return
        require(len(grant.holders) == entry.claim_count, "ClaimRegisterHolderCount")
        require(holders_hash(grant.holders) == entry.terms, "ClaimRegisterHoldersMismatch")

    def _uses_of(self, item: DispenseItem, kind: Kind, now: int) -> tuple[tuple[ClaimUse, ...], bool]:
        uses: list[ClaimUse] = []
        offline = False
        for ref in item.claims:
            require(ref.grant < len(item.grants), "ClaimRegisterGrantUnknown")
            proof = item.grants[ref.grant].proof
            entry = proof.entry
            require(ref.ordinal < entry.claim_count, "ClaimRegisterOrdinalUnknown")
            institution = institution_of(proof.log)
            key = claim_key(institution, kind.number, entry.record, entry.not_before, ref.ordinal)
            require(not uses or uses[-1].claim < key, "ClaimRegisterClaimsNotAscending")
            word = self.claim(key)
            require(word.status is ClaimStatus.UNUSED, "ClaimRegisterNotUnused")
            require(word.restore_count == ref.restore_count, "ClaimRegisterRestoreCountDiffers")
            require(now >= entry.not_before, "ClaimRegisterTooEarly")
            require(now <= entry.not_after + kind.offline_grace_seconds, "ClaimRegisterTooLate")
            offline = offline or now > entry.not_after
            uses.append(ClaimUse(key, ref.restore_count))
        return tuple(uses), offline

    def _require_presented(
        self,
        ref: Any,
        use: ClaimUse,
        holders: tuple[Address, ...],
        use_hash: Hash,
        spender: int,
        into: Any,
        now: int,
    ) -> None:
        if not holders:
            require(not ref.presentation, "ClaimRegisterPresentationUnexpected")
            return
        require(now <= ref.deadline, "ClaimRegisterDeadlinePassed")
        presentation = Presentation(use.claim, use.restore_count, spender, use_hash, into, ref.deadline)
        try:
            recovered = recover_signer(presentation.digest(self.domain), ref.presentation)
        except LedgerProofError:
            raise Refused("ClaimRegisterPresentationInvalid") from None
        require(recovered == holders[ref.ordinal], "ClaimRegisterPresentationInvalid")

    def _count_packs(self, packs: tuple[PackUse, ...]) -> None:
        for position, pack in enumerate(packs):
            ascending = position == 0 or pack.token > packs[position - 1].token
            require(ascending, "ClaimRegisterPacksNotAscending")
            require(pack.total_units > 0 and pack.units_used > 0, "ClaimRegisterPackUnitsInvalid")
            word = self.packs.get(pack.token, PackWord(pack.total_units, 0, 0))
            used = word.used + pack.units_used
            require(used <= word.total_units, "ClaimRegisterPackExhausted")
            self.packs[pack.token] = PackWord(word.total_units, used, word.returned)

    def _require_payer(self, sender: int, spend: Spend) -> Kind:
        kind = _usable(spend.kind)
        require(kind.is_settled_by_payer, "ClaimRegisterKindNotSettled")
        require(spend.payer == sender, "ClaimRegisterNotPayer")
        _require_spend_counts(spend)
        return kind

    def _require_recorded(self, item: SettleItem, kind: Kind, now: int) -> None:
        used, spend = item.used, item.spend
        require(used.entry.kind == kind.used_into, "ClaimRegisterKindMixed")
        require(institution_of(used.log) == spend.spender, "ClaimRegisterNotSpender")
        require(used.entry.record == spend.into, "ClaimRegisterWrongRecord")
        require(used.entry.terms == spend.use_hash(), "ClaimRegisterWrongTerms")
        anchored_at = self._require_good(used, KINDS[kind.used_into], now)
        window = kind.record_window_seconds
        timely = anchored_at <= spend.time + window
        excused = self._is_excused(item.record_excuse, spend.spender, spend.time, anchored_at, window, timely)
        require(timely or excused, "ClaimRegisterRecordLate")

    def _move(self, spend: Spend, moves: tuple[int, ...], old: ClaimStatus, new: ClaimStatus) -> None:
        digest = use_digest(spend.into, spend.use_hash(), spend.spender, spend.time)
        require(len(moves) > 0, "ClaimRegisterMovesInvalid")
        for position, move in enumerate(moves):
            ascending = position == 0 or move > moves[position - 1]
            require(ascending and move < len(spend.claims), "ClaimRegisterMovesInvalid")
            use = spend.claims[move]
            self._require_used(use, digest, old)
            self.claims[use.claim] = ClaimWord(new, use.restore_count, digest)

    def _require_used(self, use: ClaimUse, digest: int, status: ClaimStatus) -> None:
        word = self.claim(use.claim)
        wrong = "Dispensed" if status is ClaimStatus.DISPENSED else "Settled"
        require(word.status is status, f"ClaimRegisterNot{wrong}")
        require(word.restore_count == use.restore_count, "ClaimRegisterRestoreCountDiffers")
        require(word.digest == digest, "ClaimRegisterDigestDiffers")


def _usable(number: int) -> Kind:
    kind = KINDS.get(number)
    require(kind is not None and kind.carries_claims, "ClaimRegisterKindUnusable")
    assert kind is not None
    return kind


def _require_spend_counts(spend: Spend) -> None:
    bounded = 0 < len(spend.claims) <= MAX_CLAIMS and len(spend.packs) <= MAX_PACKS
    require(bounded, "ClaimRegisterCountInvalid")
