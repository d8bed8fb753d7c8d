"""The seven steps of a verification, one function each (protocol, section 9).

A step returns nothing or raises: a `ProofInvalid` or `MalformedInput` fails it, `RecordLate` makes it late,
`CannotCheck` leaves it open. On its way it notes what it compares. Whatever can be refuted from the bundle
alone is refuted before a missing chain is complained of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger_proofs import merkle
from ledger_proofs.anchor_step import verify_anchor
from ledger_proofs.bounded_time import verify_bounded_time
from ledger_proofs.chain_view import StateView
from ledger_proofs.checkpoints import verify_first_holder
from ledger_proofs.claims import ClaimStatus, claim_key, parse_claim_word
from ledger_proofs.commitments import verify_disclosure
from ledger_proofs.eip712 import Authorship, Domain
from ledger_proofs.entry_terms import EntryTerms, verify_terms
from ledger_proofs.errors import (
    CannotCheck,
    ClaimMismatch,
    EntryMismatch,
    MalformedInput,
    NotEntitled,
    RecordLate,
    SignatureInvalid,
)
from ledger_proofs.json_members import to_hex
from ledger_proofs.kinds import InstitutionStatus, Kind, find_kind, find_kind_of_schema
from ledger_proofs.records import parse_utc_time, verify_record_pointers
from ledger_proofs.reports import Comparison, Outcome
from ledger_proofs.signatures import author_hash, recover_signer
from ledger_proofs.types import institution_of
from ledger_proofs.verification import (
    ANCHOR,
    AUTHOR,
    CLAIMS,
    ENTRY,
    FIELDS,
    INCLUSION,
    TIME,
    Verification,
)
from ledger_proofs.wording import claims_changed_message

_SCHEMA_VERSION: Final = "1"


def verify_fields(run: Verification) -> None:
    """Step 1: the disclosed fields hash to the commitment."""
    run.fields = verify_disclosure(run.bundle.disclosure, run.bundle.commitment)
    run.compare("commitment of the fields", run.bundle.commitment, run.bundle.commitment)
    run.passed_note = f"{len(run.fields)}/{len(run.fields.pointers)}"


def verify_entry(run: Verification) -> None:
    """Step 2: the entry carries the commitment, and states what the record's fields say."""
    entry = run.bundle.entry
    if not run.compare("commitment in the entry", run.bundle.commitment, entry.record):
        raise EntryMismatch("the entry carries another record's commitment", "record", code="entry.record")
    run.require(FIELDS)
    withheld: CannotCheck | None = None
    # A field that contradicts the entry counts for more than one that isn't shown.
    for check in (_verify_members, _verify_issuer, _verify_signed_time, _verify_kind_and_terms):
        try:
            check(run)
        except CannotCheck as error:
            withheld = withheld or error
    if withheld is not None:
        raise withheld


def verify_inclusion(run: Verification) -> None:
    """Step 3: the entry is in the checkpoint, the first that holds it, of its issuer's log."""
    inclusion, checkpoint = run.bundle.inclusion, run.bundle.checkpoint
    institution = run.bundle.authorship.institution
    if not run.compare("log's institution", institution, institution_of(inclusion.log)):
        raise EntryMismatch("the log is another institution's", "log", code="inclusion.log")
    if not run.compare("checkpoint's log", inclusion.log, checkpoint.log):
        raise EntryMismatch("the checkpoint is another log's", "log", code="inclusion.log")
    if not run.compare("checkpoint's size", inclusion.size, checkpoint.size):
        raise EntryMismatch("the checkpoint is of another size", "size", code="inclusion.size")
    verify_first_holder(checkpoint, inclusion.index)
    merkle.verify_inclusion(
        run.bundle.entry.leaf_hash(), inclusion.index, inclusion.size, inclusion.path, checkpoint.root
    )
    run.compare("root from leaf and path", checkpoint.root, checkpoint.root)


def verify_author(run: Verification) -> None:
    """Step 5: the signature is the entry's author's, who was entitled, at an institution that could issue."""
    bundle = run.bundle
    entry, authorship, anchor = bundle.entry, bundle.authorship, bundle.anchor
    if not run.compare("hash of the signature", entry.author, author_hash(authorship.signature)):
        raise SignatureInvalid("the signature isn't the entry's author's", code="author.hash")
    message = Authorship(
        authorship.institution,
        entry.kind,
        entry.record,
        entry.claim_count,
        entry.not_before,
        entry.not_after,
        entry.terms,
        authorship.signed_at,
    )
    digest = message.digest(Domain(anchor.chain_id, anchor.claim_register))
    if not run.compare("signer", authorship.signer, recover_signer(digest, authorship.signature)):
        raise SignatureInvalid("somebody else signed, or something else was signed", code="author.signer")
    run.require(INCLUSION)
    run.require(ANCHOR)
    _verify_entitled(run, _known_kind(entry.kind))


def verify_time(run: Verification) -> None:
    """Step 6: the signed time is bounded by the anchoring time, or excused by a recorded outage."""
    authorship, anchored_at = run.bundle.authorship, run.bundle.checkpoint.anchored_at
    kind = _known_kind(run.bundle.entry.kind)
    run.compared.append(
        Comparison("signed time and anchoring time", str(authorship.signed_at), str(anchored_at))
    )
    window, institution = kind.signing_window_seconds, authorship.institution
    try:
        verify_bounded_time(authorship.signed_at, anchored_at, window)
    except RecordLate:
        chain = run.find_state()
        if chain is None or run.outcomes[ANCHOR] is not Outcome.PASSED:
            raise CannotCheck(
                "anchored after its signing window; only the chain tells whether an outage excuses it",
                code="time.outages_unknown",
            ) from None
        outages = chain.find_outages(institution)
        outage = verify_bounded_time(
            authorship.signed_at, anchored_at, window, institution=institution, outages=outages
        )
        if outage is not None:
            run.compared.append(
                Comparison("excused by the outage", str(outage.starts_at), str(outage.ends_at))
            )
    run.require(INCLUSION)
    run.require(ANCHOR)
    run.require(AUTHOR, passed=False)


def verify_claims(run: Verification) -> None:
    """Step 7: the claims stand as stated, as of a block that is named."""
    entry, stated = run.bundle.entry, run.bundle.claims
    expected_count = entry.claim_count
    if not run.compare("number of claims", expected_count, len(stated.words)):
        raise ClaimMismatch("the bundle states more or fewer claims than the entry has", code="claims.count")
    for ordinal, each in enumerate(stated.words):
        key = claim_key(
            run.bundle.authorship.institution, entry.kind, entry.record, entry.not_before, ordinal
        )
        if key != each.claim:
            run.compare(f"key of claim {ordinal}", key, each.claim)
            raise ClaimMismatch("this isn't the entry's claim", code="claims.key", where=str(ordinal))
    if not stated.words:
        return
    run.require(ENTRY, passed=False)
    run.require(INCLUSION)
    run.require(ANCHOR)
    _verify_words(run, run.require_state())


def _verify_members(run: Verification) -> None:
    # The committed pointer list names every field, disclosed or not.
    verify_record_pointers(run.fields.pointers if run.fields is not None else ())


def _verify_issuer(run: Verification) -> None:
    issuer = _shown_field(run, "/issuer")
    if type(issuer) is not int:
        raise MalformedInput("must be an institution's number", "/issuer", code="record.issuer")
    if not run.compare("issuer", issuer, run.bundle.authorship.institution):
        raise EntryMismatch("the record's issuer is another institution", "institution", code="entry.issuer")


def _verify_signed_time(run: Verification) -> None:
    issued_at = parse_utc_time(_shown_field(run, "/issued_at"), "/issued_at")
    if not run.compare("signed time", issued_at, run.bundle.authorship.signed_at):
        raise EntryMismatch("the signed time isn't the record's", "signed_at", code="entry.signed_at")


def _verify_kind_and_terms(run: Verification) -> None:
    entry = run.bundle.entry
    schema = _shown_field(run, "/schema")
    kind = find_kind_of_schema(schema) if type(schema) is str else None
    if kind is None or type(schema) is not str:
        raise CannotCheck("this version knows no kind with the record's schema", code="kind.unknown")
    if not run.compare("kind", kind.number, entry.kind):
        raise EntryMismatch("the entry is of another kind than the record", "kind", code="entry.kind")
    if schema.partition("/")[2] != _SCHEMA_VERSION:
        raise CannotCheck("this version doesn't know that version of the schema", code="kind.schema_version")
    stated = EntryTerms(entry.kind, entry.claim_count, entry.not_before, entry.not_after, entry.terms)
    if run.fields is not None:
        verify_terms(kind, stated, run.fields)
    run.compare("claims, window and terms", _terms_text(stated), _terms_text(stated))


def _shown_field(run: Verification, pointer: str) -> object:
    fields = run.fields
    if fields is None or pointer not in fields:
        if fields is not None and not fields.is_withheld(pointer):
            raise EntryMismatch("the record hasn't got this field", pointer, code="field.missing")
        raise CannotCheck("this field isn't disclosed", code="entry.withheld", where=pointer)
    return fields[pointer]


def _verify_entitled(run: Verification, kind: Kind) -> None:
    chain, authorship = run.require_state(), run.bundle.authorship
    institution, anchored_at = authorship.institution, run.bundle.checkpoint.anchored_at
    for when, at in (("signed", authorship.signed_at), ("anchoring", anchored_at)):
        is_entitled = chain.is_entitled(authorship.signer, institution, kind.author, at)
        if not run.compare(f"entitled as {kind.author.name.lower()} at the {when} time", True, is_entitled):
            raise NotEntitled(f"the signer wasn't entitled at the {when} time", where=when)
    state = chain.institution_at(institution, anchored_at)
    is_active = state is not None and state.status is InstitutionStatus.ACTIVE
    if not run.compare("institution active at the anchoring time", True, is_active):
        raise NotEntitled("the institution wasn't active at the anchoring time", code="author.inactive")
    can_issue = state is not None and bool(state.roles & kind.issued_by)
    if not run.compare(f"institution may issue a {kind.name}", True, can_issue):
        raise NotEntitled("the institution wasn't one that issues this kind", code="author.wrong_role")
    if not run.compare("institution barred", False, chain.is_institution_barred(institution)):
        raise NotEntitled("the institution is barred", code="author.institution_barred")


def _verify_words(run: Verification, chain: StateView) -> None:
    stated = run.bundle.claims
    head = chain.block_number()
    if head < stated.as_of_block:
        raise CannotCheck("the node hasn't got that block yet; try again", code="claims.node_behind")
    run.as_of_block = head
    changed = 0
    for ordinal, each in enumerate(stated.words):
        word = int.from_bytes(each.word, "big")
        now = chain.claim_word(each.claim, head)
        run.compare(f"claim {ordinal} as of block {head}", _status_text(word), _status_text(now))
        if now == word:
            continue
        changed += 1
        # It may have been used since: then the statement is judged by the block that it names.
        block = stated.as_of_block
        then = chain.claim_word(each.claim, block)
        if not run.compare(
            f"word of claim {ordinal} as of block {block}", _word_text(word), _word_text(then)
        ):
            raise ClaimMismatch("the claim doesn't stand as stated", code="claims.word", where=str(ordinal))
    run.passed_note = str(head)
    if changed:
        run.passed_words = claims_changed_message(stated.as_of_block, head, changed, len(stated.words))


def _known_kind(number: int) -> Kind:
    kind = find_kind(number)
    if kind is None:
        raise CannotCheck("this version knows no kind of that number", code="kind.unknown")
    return kind


def _status_text(word: int) -> str:
    parsed = parse_claim_word(word)
    restored = f", restored {parsed.restore_count}x" if parsed.restore_count else ""
    return ClaimStatus(parsed.status).name.lower() + restored


def _word_text(word: int) -> str:
    return to_hex(word.to_bytes(32, "big"))


def _terms_text(terms: EntryTerms) -> str:
    return f"{terms.claim_count}; {terms.not_before}-{terms.not_after}; {to_hex(terms.terms)}"


STEPS: Final[tuple[tuple[int, str, Callable[[Verification], None]], ...]] = (
    (FIELDS, "fields", verify_fields),
    (ENTRY, "entry", verify_entry),
    (INCLUSION, "inclusion", verify_inclusion),
    (ANCHOR, "anchor", verify_anchor),
    (AUTHOR, "author", verify_author),
    (TIME, "time", verify_time),
    (CLAIMS, "claims", verify_claims),
)
