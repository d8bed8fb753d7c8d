"""Who sees which signed records: by the roles of a noun, and only one's own where a noun is private."""

from __future__ import annotations

import pytest

from ledger_api.identity.principal import Principal, Role
from ledger_api.signing.nouns import ROLE_OF_AUTHOR, Noun
from ledger_proofs.kinds import KINDS, PractitionerRole
from ledger_proofs.types import InstitutionNumber

PRIVATE = Noun(KINDS[1], "prescriptions", "处方", more_readers=(Role.PHARMACIST,), is_private=True)
SHARED = Noun(KINDS[5], "voids", "作废")


def _person(*roles: Role) -> Principal:
    return Principal("person", "p-1", InstitutionNumber(1), frozenset(roles))


def test_every_practitioner_has_a_role_to_sign_in_with() -> None:
    assert ROLE_OF_AUTHOR.keys() == set(PractitionerRole)


@pytest.mark.parametrize(
    ("roles", "reads_all", "follows_all"),
    [
        ((Role.DOCTOR,), False, False),
        ((Role.DOCTOR, Role.ADMIN), False, True),
        ((Role.DOCTOR, Role.PHARMACIST), True, True),
        ((Role.PHARMACIST,), True, True),
        ((Role.INTEGRATION,), True, True),
    ],
)
def test_a_private_nouns_author_sees_their_own_unless_another_role_says_more(
    roles: tuple[Role, ...], reads_all: bool, follows_all: bool
) -> None:
    person = _person(*roles)
    assert PRIVATE.find_author_bound(person) == (None if reads_all else "p-1")
    assert PRIVATE.find_author_bound(person, PRIVATE.followers) == (None if follows_all else "p-1")


def test_the_records_of_other_nouns_are_their_institutions() -> None:
    assert SHARED.find_author_bound(_person(Role.DOCTOR)) is None
    assert SHARED.readers == (Role.DOCTOR, Role.INTEGRATION)
    assert SHARED.followers == (Role.DOCTOR, Role.INTEGRATION, Role.ADMIN)
