"""Development credentials of the embedded stack's invented people, made once and kept in the home folder.

Passwords, PINs and tokens are random for every home, so that one machine's don't open another's. They lie in
plain files beside what they open, which is right for a development chain and for nothing else; the folder is
named so.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from ledger_api.provisioning import build_machine_token
from ledger_cli.embedded.home import Home, write_whole
from ledger_cli.embedded.people import CLERKS, DOCTORS, INSTITUTIONS, Clerk, Doctor, Institution
from ledger_cli.keyfiles import build_keyfile, new_private_key, open_keyfile, read_keyfile, write_new_keyfile
from ledger_cli.pinned_files import Profile, read_pinned
from ledger_proofs.types import Address

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class DoctorFiles:
    """Where one doctor's credentials are."""

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


def doctor_files(home: Home, doctor: Doctor) -> DoctorFiles:
    """Where this doctor's credentials are."""
    return DoctorFiles(home.credentials / doctor.username)


def password_file(home: Home, clerk: Clerk) -> Path:
    """Where the password of somebody who doesn't sign is."""
    return home.credentials / clerk.username / "password"


def token_file(home: Home, institution: Institution) -> Path:
    """Where the token of an institution's machine client is."""
    return home.credentials / f"{institution.slug}-{institution.machine}.token"


def make_credentials(home: Home) -> None:
    """Make whatever is missing; what exists is kept."""
    home.credentials.mkdir(mode=0o700, exist_ok=True)
    for doctor in DOCTORS:
        files = doctor_files(home, doctor)
        files.folder.mkdir(mode=0o700, exist_ok=True)
        _write_once(files.password, _random_word(14))
        _write_once(files.pin, _random_word(8))
        if not files.keyfile.exists():
            key = build_keyfile(new_private_key(), read_line(files.pin), light=True)
            write_new_keyfile(files.keyfile, key)
    for clerk in CLERKS:
        password = password_file(home, clerk)
        password.parent.mkdir(mode=0o700, exist_ok=True)
        _write_once(password, _random_word(14))
    for institution in INSTITUTIONS:
        _write_once(token_file(home, institution), build_machine_token())


def signer_of(home: Home, doctor: Doctor) -> Address:
    """The doctor's address, read from her keyfile without opening it."""
    return read_keyfile(doctor_files(home, doctor).keyfile).address


def open_doctor(home: Home, doctor: Doctor) -> tuple[Profile, str, bytes]:
    """A test doctor's profile, password and private key, as her own client has them."""
    files = doctor_files(home, doctor)
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
