"""Signing a record of any kind: its context, its kind, its institution; without a chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlmodel import Session, select

from ledger_api.audit.models import AuditEntry
from ledger_api.audit.service import AuditTrail
from ledger_api.identity.principal import Principal, Role
from ledger_api.identity.repository import IdentityRepository
from ledger_api.log.repository import LogRepository
from ledger_api.records.repository import RecordRepository
from ledger_api.records.sealing import RecordVault, SealBroken
from ledger_api.signing.errors import (
    KeyNotRegistered,
    KindNotIssuedHere,
    PreparationNotFound,
    SignatureUnreadable,
    SignerNotAuthor,
    SignerNotEntitled,
    StaleSignedTime,
)
from ledger_api.signing.models import Preparation
from ledger_api.signing.repository import PreparationRepository
from ledger_api.signing.service import PREPARATION_SECONDS, Author, Prepared, RecordSigning, get_author
from ledger_proofs.eip712 import Domain
from ledger_proofs.kinds import KINDS
from ledger_proofs.signatures import sign_digest
from ledger_proofs.types import Address, InstitutionNumber, JsonValue, Signature
from tests.gateway_support import GatewayUnderTest, address_of, run_gateway, signing_key

REVIEW, LOT, REFUSAL = KINDS[2], KINDS[9], KINDS[8]
BODY: dict[str, JsonValue] = {"decision": "approved", "patient": "王小明"}
CONTEXT: dict[str, JsonValue] = {"evidence": "place-of-evidence", "units": [1, 2]}
DOMAIN = Domain(31_337, Address(b"\x05" * 20))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayUnderTest]:
    """For its tables, people and keystore."""
    with run_gateway(tmp_path_factory.mktemp("signing") / "home") as running:
        yield running


@dataclass
class Desk:
    """The signing of one unit of work, and pia who signs."""

    session: Session
    signing: RecordSigning
    pia: Author
    now: int

    def sign(self, prepared: Prepared, name: str = "pia") -> list[Signature]:
        return [sign_digest(each.digest(DOMAIN), signing_key(name)) for each in prepared.authorships]

    def note_actions(self) -> list[str]:
        return [entry.action for entry in self.session.exec(select(AuditEntry)).all()]


@pytest.fixture
def desk(gateway: GatewayUnderTest) -> Iterator[Desk]:
    """All that it does is undone at the end."""
    with gateway.parts.database.open_writing_session() as session:
        identity = IdentityRepository(session)
        person = identity.find_person_by_username(1, "pia")
        institution = identity.find_institution(1)
        assert person is not None and institution is not None
        address = Address(bytes.fromhex(address_of(signing_key("pia"))[2:]))
        desk = Desk(session, None, Author(person, institution, address, "P-pia"), 1_800_000_000)  # type: ignore[arg-type]
        desk.signing = RecordSigning(
            PreparationRepository(session),
            RecordRepository(session),
            LogRepository(session),
            RecordVault(gateway.parts.key_wrapper),
            AuditTrail(session, lambda: desk.now, "request"),
            lambda: desk.now,
            DOMAIN,
        )
        yield desk


def test_what_a_noun_keeps_beside_a_record_is_there_at_submission_and_sealed_meanwhile(desk: Desk) -> None:
    prepared = desk.signing.prepare(desk.pia, REVIEW, BODY, context=CONTEXT)
    row = desk.session.get(Preparation, prepared.preparation_id)
    assert row is not None and row.context is not None and row.content is not None
    assert b"place-of-evidence" not in row.context
    assert "王小明".encode() not in row.content
    assert desk.signing.recall(desk.pia, prepared.preparation_id) == prepared
    signatures = desk.sign(prepared)
    for is_new in (True, False):
        issued = desk.signing.submit(
            desk.pia, prepared.preparation_id, signatures, kind=REVIEW, is_key_refused=False
        )
        assert (issued.context, issued.is_new, issued.record.kind) == (CONTEXT, is_new, 2)
    assert desk.signing.recall(desk.pia, prepared.preparation_id) == prepared
    assert desk.note_actions()[-2:] == ["review.prepared", "review.submitted"]


def test_a_context_that_was_altered_or_moved_does_not_open(desk: Desk) -> None:
    one = desk.signing.prepare(desk.pia, REVIEW, BODY, context=CONTEXT)
    other = desk.signing.prepare(desk.pia, REVIEW, BODY, context=CONTEXT)
    rows = [desk.session.get(Preparation, each.preparation_id) for each in (one, other)]
    assert rows[0] is not None and rows[1] is not None and rows[0].context is not None
    kept = rows[0].context
    for changed in (rows[1].context, kept[:-1] + bytes([kept[-1] ^ 1]), b""):
        rows[0].context = changed
        with pytest.raises(SealBroken):
            desk.signing.recall(desk.pia, one.preparation_id)


def test_a_record_without_context_has_an_empty_one(desk: Desk) -> None:
    assert desk.signing.prepare(desk.pia, REVIEW, BODY).context == {}


def test_an_institution_issues_its_own_kinds_alone(desk: Desk) -> None:
    with pytest.raises(KindNotIssuedHere):
        desk.signing.prepare(desk.pia, LOT, BODY)
    assert desk.session.exec(select(Preparation)).all() == []


def test_what_was_prepared_as_one_kind_is_no_other(desk: Desk) -> None:
    prepared = desk.signing.prepare(desk.pia, REVIEW, BODY)
    with pytest.raises(PreparationNotFound):
        desk.signing.submit(
            desk.pia, prepared.preparation_id, desk.sign(prepared), kind=REFUSAL, is_key_refused=False
        )


def test_signatures_of_any_kind_are_the_authors_own_readable_timely_and_entitled(desk: Desk) -> None:
    prepared = desk.signing.prepare(desk.pia, REVIEW, BODY)

    def submit(signatures: list[Signature], *, is_key_refused: bool = False) -> None:
        desk.signing.submit(
            desk.pia, prepared.preparation_id, signatures, kind=REVIEW, is_key_refused=is_key_refused
        )

    with pytest.raises(SignerNotAuthor):
        submit(desk.sign(prepared, "anna"))
    with pytest.raises(SignatureUnreadable):
        submit(desk.sign(prepared) * 2)
    with pytest.raises(SignatureUnreadable):
        submit([Signature(bytes(65))])
    with pytest.raises(SignerNotEntitled):
        submit(desk.sign(prepared), is_key_refused=True)
    desk.now += PREPARATION_SECONDS + 1
    with pytest.raises(StaleSignedTime):
        submit(desk.sign(prepared))
    assert desk.signing.records.find(1, prepared.opened.record.id) is None


@pytest.mark.parametrize(("code", "address"), [(None, b"\x01" * 20), ("P-pia", None)])
def test_who_has_no_key_or_code_is_no_author(desk: Desk, code: str | None, address: bytes | None) -> None:
    principal = Principal(
        "person",
        desk.pia.person.id,
        InstitutionNumber(1),
        frozenset({Role.PHARMACIST}),
        practitioner_code=code,
        signing_address=address,
    )
    with pytest.raises(KeyNotRegistered):
        get_author(principal, desk.pia.person, desk.pia.institution)
