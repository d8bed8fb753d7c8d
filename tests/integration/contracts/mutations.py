"""The guards of the contracts, each taken out once, and the invariant that must then fail."""

from __future__ import annotations

from tests.support.contract_mutants import LIBRARIES, Mutation

PROOFS = LIBRARIES + "EntryProofs.sol"

ONCE = "invariant_aClaimIsUsedOnceForEachRestore"
ROLE = "invariant_nobodyActsOutsideTheirRole"
AUTHOR = "invariant_onlyEntitledAuthorsCount"
ANCHORED = "invariant_onlyWhatIsAnchoredCounts"
WINDOW = "invariant_nothingIsUsedOutsideItsWindow"
HOLDER = "invariant_onlyTheHolderPresents"
PACKS = "invariant_packsAreConserved"
PARTIES = "invariant_settledIsNeverMoreThanDispensed"
RECORDED = "invariant_onlyRecordedDispensingsAreSettled"
CLOSED = "invariant_closedLogsStayClosed"
STAYS = "invariant_whatIsAnchoredStays"


def of_register(name: str, guard: str, instead: str = "") -> Mutation:
    """A guard of the claim register's own source."""
    return Mutation(name, "ClaimRegister", guard, instead)


def of_proofs(name: str, guard: str, instead: str = "") -> Mutation:
    """A guard of the entry proofs."""
    return Mutation(name, "ClaimRegister", guard, instead, PROOFS)


def of_log(name: str, guard: str, instead: str = "") -> Mutation:
    """A guard of the checkpoint log."""
    return Mutation(name, "CheckpointLog", guard, instead)


USED_TWICE = of_register(
    "used twice",
    "revert ClaimRegisterNotUnused(claim, word)",
    "claim = claim",
)
NO_PRESENTATION = of_register(
    "presentation not asked for", "recovered == address(0) || recovered != holder", "recovered == address(1)"
)
NO_WINDOW = of_register("no window", "            _requireWindow(claim, proof.entry, terms);\n")
PACK_OVERDRAWN = of_register(
    "pack overdrawn", "pack.unitsUsed > total - used", "pack.unitsUsed > type(uint32).max - used"
)
NO_ROLE = of_register(
    "any role dispenses",
    "        if (roles & kind.users == 0) revert ClaimRegisterRoleMissing(sender, kindNumber);\n",
)
NO_RECORD = of_register("settled without record", "        _requireRecorded(item, kind, useHash);\n")
OTHER_TERMS = of_register(
    "record of another use",
    "        if (used.entry.terms != useHash) revert ClaimRegisterWrongTerms(useHash, used.entry.terms);\n",
)
NO_PAYER = of_register(
    "anybody settles",
    "        if (spend.payer != sender) revert ClaimRegisterNotPayer(spend.payer, sender);\n",
)
NO_CONTINUITY = of_log(
    "no consistency proof", "        _requireContinues(log, headSize, newSize, newRoot, consistencyProof);\n"
)
NO_BAR = of_log(
    "closed log still proves", "        if (isBarred(log, size)) revert CheckpointLogBarred(log, size);\n"
)
NO_ENTITLEMENT = of_proofs(
    "entitlement not asked for", "!directory.isEntitled(signer, institution, role, moment)", "false"
)
NO_INCLUSION = of_proofs(
    "inclusion not proved",
    "!MerkleProof9162.isIncluded(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)",
    "leaf == 0",
)
NO_TIME = of_proofs(
    "late is in time",
    "        if (BoundedTime.isInTime(proof.signedAt, anchoredAt, window)) return;\n",
    "        if (BoundedTime.isInTime(proof.signedAt, anchoredAt, window) || window != 0) return;\n",
)
NOT_ISOLATED = of_register(
    "one refusal stops all",
    "        emit Refused(act, sender, subject, index, reason);\n",
    "        revert ClaimRegisterGasShort(index);\n",
)

CHOSEN: tuple[tuple[Mutation, str], ...] = (
    (USED_TWICE, ONCE),
    (NO_PRESENTATION, HOLDER),
    (NO_WINDOW, WINDOW),
    (NO_RECORD, RECORDED),
)
"""Those that are tried every time; all others by `make contracts-campaign`."""

FURTHER: tuple[tuple[Mutation, str], ...] = (
    (PACK_OVERDRAWN, PACKS),
    (NO_ROLE, ROLE),
    (NO_PAYER, PARTIES),
    (NO_CONTINUITY, STAYS),
    (NO_BAR, CLOSED),
    (NO_ENTITLEMENT, AUTHOR),
    (NO_INCLUSION, ANCHORED),
    (NO_TIME, "invariant_lateStatementsDontCount"),
    (NOT_ISOLATED, "invariant_whatIsRightIsDone"),
    (
        of_register(
            "old restore count",
            "recorded != restoreCount",
            "claim == 0",
        ),
        HOLDER,
    ),
    (
        of_register("deadline passed", "terms.time > ref.deadline", "ref.deadline == 0"),
        HOLDER,
    ),
    (
        of_register("restored late", "block.timestamp > lastMoment", "lastMoment == 0"),
        WINDOW,
    ),
    (
        of_register(
            "always undone", "block.timestamp <= uint256(spend.time) + Kinds.UNDO", "block.timestamp != 0"
        ),
        PACKS,
    ),
    (
        of_register(
            "any role settles",
            "roles & Kinds.INSURER == 0",
            "sender == 0",
        ),
        ROLE,
    ),
    (OTHER_TERMS, RECORDED),
    (
        of_register(
            "record of another dispensing",
            "used.entry.record != spend.into",
            "issuer == 0",
        ),
        RECORDED,
    ),
    (
        of_register(
            "record of another pharmacy",
            "        if (issuer != spend.spender) revert ClaimRegisterNotSpender(spend.spender, issuer);\n",
        ),
        PARTIES,
    ),
    (
        of_register("digest not compared", "ClaimWords.digestOf(word) != digest", "digest == 0"),
        PARTIES,
    ),
    (
        of_register(
            "anybody restores",
            "        if (spend.spender != sender) revert ClaimRegisterNotSpender(spend.spender, sender);\n",
        ),
        PARTIES,
    ),
    (
        of_register("inner calls open to all", "msg.sender != address(this)", "msg.sender == address(0)"),
        ROLE,
    ),
    (
        of_register(
            "any role voids",
            "        if (roles & kind.issuers == 0) revert ClaimRegisterRoleMissing(sender, item.kind);\n",
        ),
        ROLE,
    ),
    (
        of_register(
            "used claims voided",
            "revert ClaimRegisterNotUnused(voided[i], word)",
            "count = count",
        ),
        ONCE,
    ),
    (
        of_register("no holder, no matter", "issuer != terms.spender", "issuer == 0"),
        ROLE,
    ),
    (
        of_proofs(
            "entitlement when anchored not asked for",
            "        _requireEntitled(signer, institution, kind.author, anchoredAt, judges.directory);\n",
        ),
        AUTHOR,
    ),
    (
        of_proofs(
            "any institution issues",
            "        _requireIssuing(institution, entry.kind, kind.issuers, anchoredAt, judges.directory);\n",
        ),
        ROLE,
    ),
    (
        of_proofs("not the first checkpoint", "proof.index < checkpoint.previousSize || ", ""),
        ANCHORED,
    ),
    (
        of_proofs("another signature", "signatureHash != entry.author", "signatureHash == 0"),
        ANCHORED,
    ),
    (
        of_proofs("signed in the future", "BoundedTime.isFromTheFuture(proof.signedAt, anchoredAt)", "false"),
        "invariant_lateStatementsDontCount",
    ),
    (
        of_log(
            "closed log grows",
            "        _requireOpen(log, newSize);\n        uint64 headSize",
            "        uint64 headSize",
        ),
        CLOSED,
    ),
    (
        of_log("anybody anchors", "        _requireAccount(log);\n"),
        STAYS,
    ),
    (
        of_log("another root goes unnoticed", "recorded.root != newRoot", "newRoot == 0"),
        STAYS,
    ),
    (
        Mutation("revocation not looked at", "LedgerDirectory", " && moment < term.revokedFrom", ""),
        AUTHOR,
    ),
    (
        Mutation(
            "suspended institutions act",
            "LedgerDirectory",
            "        if (state.status != InstitutionStatus.Active) return (0, 0);\n",
        ),
        ROLE,
    ),
)
"""Tried by `make contracts-campaign`."""
