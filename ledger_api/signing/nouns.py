"""What sets one noun of signed records apart from another: its kind, its address, who may see its records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from ledger_api.identity.principal import Principal, Role
from ledger_api.records.models import StoredRecord
from ledger_api.records.repository import RecordRepository
from ledger_api.signing.errors import RecordNotFound
from ledger_proofs.kinds import Kind, PractitionerRole
from ledger_web.errors import NotFound

ROLE_OF_AUTHOR: Final = {
    PractitionerRole.DOCTOR: Role.DOCTOR,
    PractitionerRole.PHARMACIST: Role.PHARMACIST,
    PractitionerRole.ADJUDICATOR: Role.ADJUDICATOR,
    PractitionerRole.RELEASER: Role.RELEASER,
    PractitionerRole.OFFICER: Role.OFFICER,
    PractitionerRole.CLERK: Role.CLERK,
}


@dataclass(frozen=True)
class Noun:
    """One noun: `plural` stands in its address and in what the API says of itself.

    Its records are read by those who may sign such records, by the institution's machine clients and by
    `more_readers`; an administrator follows them without their content. Where `is_private`, who has no other
    of these roles than the author's sees what they signed themselves.
    """

    kind: Kind
    plural: str
    plural_zh: str
    more_readers: tuple[Role, ...] = ()
    is_private: bool = False
    build_not_found: Callable[[Kind], NotFound] = RecordNotFound

    @property
    def path(self) -> str:
        """The address that its endpoints lie under."""
        return f"/v1/{self.plural}"

    @property
    def author(self) -> Role:
        """Who signs such records."""
        return ROLE_OF_AUTHOR[self.kind.author]

    @property
    def readers(self) -> tuple[Role, ...]:
        """Who reads such records' content."""
        return (self.author, Role.INTEGRATION, *self.more_readers)

    @property
    def followers(self) -> tuple[Role, ...]:
        """Who sees which there are, and how far they have come."""
        return (*self.readers, Role.ADMIN)

    def find_author_bound(self, principal: Principal, entitled: Sequence[Role] | None = None) -> str | None:
        """Return the id of the only author whose records a principal may see; None: anybody's.

        By some roles, or else by those of its readers: an administrator follows records, and reads none.
        """
        others = (each for each in entitled or self.readers if each != self.author)
        return principal.id if self.is_private and not principal.has_any(others) else None


def get_record_of(
    noun: Noun,
    session: Session,
    principal: Principal,
    record_id: str,
    entitled: Sequence[Role] | None = None,
) -> StoredRecord:
    """Return a record of a noun that the principal may see, by some roles or else those of its readers.

    Raises the noun's own NotFound for any other, without saying whether it exists.
    """
    record = RecordRepository(session).find(principal.institution, record_id)
    if record is None or record.kind != noun.kind.number:
        raise noun.build_not_found(noun.kind)
    bound = noun.find_author_bound(principal, entitled)
    if bound is not None and record.author_id != bound:
        raise noun.build_not_found(noun.kind)
    return record
