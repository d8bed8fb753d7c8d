"""Development credentials of the embedded stack's invented people, made once and kept in the home folder.

Passwords, PINs and tokens are random for every home, so that one machine's don't open another's. They lie in
plain files beside what they open, which is right for a development chain and for nothing else; the folder is
named so.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from ledger_api.provisioning import build_machine_token
from ledger_cli.embedded.home import Home, write_whole
from ledger_cli.embedded.people import (
    INSTITUTIONS,
    NON_SIGNERS,
    PRACTITIONERS,
    REGULATOR,
    Institution,
    NonSigner,
    Practitioner,
)
from ledger_cli.keyfiles import build_keyfile, new_private_key, open_keyfile, read_keyfile, write_new_keyfile
from ledger_cli.pinned_files import Profile, read_pinned
from ledger_proofs.types import Address

PEOPLE_FORMAT = "rxledger.development-people/1"
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class SignerFiles:
    """Where the credentials of one person who signs are."""

    folder: Path

    @property
    def keyfile(self) -> Path:
        """Her encrypted signing key."""
        return self.folder / "key.json"

    @property
    def pin(self) -> Path:
        """The PIN of her keyfile."""
        return self.folder / "pin"

    @property
    def password(self) -> Path:
        """The password of her account."""
        return self.folder / "password"

    @property
    def profile(self) -> Path:
        """Her institution profile."""
        return self.folder / "profile.json"


def signer_files(home: Home, person: Practitioner) -> SignerFiles:
    """Where this person's credentials are."""
    return SignerFiles(home.credentials / person.username)


def password_file(home: Home, person: NonSigner) -> Path:
    """Where the password of somebody who doesn't sign is."""
    return home.credentials / person.username / "password"


def token_file(home: Home, institution: Institution) -> Path:
    """Where the token of an institution's machine client is."""
    return home.credentials / f"{institution.slug}-{institution.machine}.token"


def second_portal_token_file(home: Home) -> Path:
    """Where the token is that the regulator's portal shows the second gateway."""
    return home.credentials / f"{REGULATOR.slug}-{REGULATOR.machine}-b.token"


def make_credentials(home: Home) -> None:
    """Make whatever is missing; what exists is kept."""
    home.credentials.mkdir(mode=0o700, exist_ok=True)
    for person in PRACTITIONERS:
        files = signer_files(home, person)
        files.folder.mkdir(mode=0o700, exist_ok=True)
        _write_once(files.password, _random_word(14))
        _write_once(files.pin, _random_word(8))
        if not files.keyfile.exists():
            key = build_keyfile(new_private_key(), read_line(files.pin), light=True)
            write_new_keyfile(files.keyfile, key)
    for non_signer in NON_SIGNERS:
        password = password_file(home, non_signer)
        password.parent.mkdir(mode=0o700, exist_ok=True)
        _write_once(password, _random_word(14))
    for institution in INSTITUTIONS:
        _write_once(token_file(home, institution), build_machine_token())
    _write_once(second_portal_token_file(home), build_machine_token())
    write_whole(people_file(home), build_people_list())


def people_file(home: Home) -> Path:
    """Where a development gateway finds who there is to be."""
    return home.credentials / "people.json"


def build_people_list() -> str:
    """Everybody who signs at a desk: what a development gateway offers for switching roles."""
    people = [
        {
            "institution": person.institution.number,
            "username": person.username,
            "role": person.role.name.lower(),
        }
        for person in PRACTITIONERS
    ]
    document = {"format": PEOPLE_FORMAT, "people": people}
    return json.dumps(document, indent=2) + "\n"


def signer_of(home: Home, person: Practitioner) -> Address:
    """The person's address, read from her keyfile without opening it."""
    return read_keyfile(signer_files(home, person).keyfile).address


def open_signer(home: Home, person: Practitioner) -> tuple[Profile, str, bytes]:
    """A test person's profile, password and private key, as her own client has them."""
    files = signer_files(home, person)
    private_key = open_keyfile(read_keyfile(files.keyfile), read_line(files.pin))
    return read_pinned(Profile, files.profile), read_line(files.password), private_key


def read_line(path: Path) -> str:
    """The one line of a credential file."""
    return path.read_text(encoding="utf-8").strip()


def _write_once(path: Path, content: str) -> None:
    if not path.exists():
        write_whole(path, content + "\n")


def _random_word(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
