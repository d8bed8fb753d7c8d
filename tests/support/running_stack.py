"""The whole embedded stack for tests: chain, two gateways, and the regulator's portal.

The portal runs as a process of its own, with a database of its own, and the kernel keeps it from opening
whatever isn't its own: of the product's code it may read what it imports, of the home its `portal/` folder.
Before it becomes the portal, that process tries to open the gateway's files, and ends if one of them opens;
so a portal that serves is one that can't read them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger_cli.embedded.credentials import password_file, read_line, signer_files, token_file
from ledger_cli.embedded.evidence import fetch_bundles
from ledger_cli.embedded.home import Home
from ledger_cli.embedded.people import INSTITUTIONS, NON_SIGNERS, PRACTITIONERS
from ledger_cli.embedded.seeding import leave_drafts, seed
from ledger_cli.embedded.stack import EmbeddedStack, StackOptions
from tests.support.confined import Grants, build_launcher, is_enforceable

REPOSITORY = Path(__file__).resolve().parents[2]
PORTAL_CODE = ("regulator_portal", "ledger_web", "ledger_chain", "ledger_proofs", "contracts/artifacts")
SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/proc", "/dev")
SEEDED = 3


@dataclass(frozen=True)
class WholeStack:
    """A running stack, with the addresses and credentials that a test needs."""

    stack: EmbeddedStack

    @property
    def home(self) -> Home:
        """Its home folder."""
        return self.stack.home

    @property
    def gateway_url(self) -> str:
        """The gateway, whose pages are the doctors' desk."""
        return self.stack.gateway.url

    @property
    def second_gateway_url(self) -> str:
        """The gateway of pharmacies, insurer and manufacturer."""
        return self.stack.second_gateway.url

    @property
    def portal_url(self) -> str:
        """The regulator's portal."""
        return self.stack.portal.url

    @property
    def rpc_url(self) -> str:
        """The chain's node."""
        return self.stack.engine.rpc_url

    def password(self, username: str) -> str:
        """The password of somebody who signs, of `admin-sun` (gateway) or of `auditor-wu` (portal)."""
        files = {person.username: signer_files(self.home, person).password for person in PRACTITIONERS}
        files |= {person.username: password_file(self.home, person) for person in NON_SIGNERS}
        return read_line(files[username])

    def folder(self, username: str) -> Path:
        """A doctor's folder of credentials: key.json, profile.json, pin, password."""
        return self.home.credentials / username

    def pin(self, username: str) -> str:
        """The PIN of a doctor's keyfile."""
        return read_line(self.folder(username) / "pin")

    def token(self, slug: str) -> str:
        """The machine token of an institution: `peoples`, `kangning`, `regulator`."""
        found = next(institution for institution in INSTITUTIONS if institution.slug == slug)
        return read_line(token_file(self.home, found))


@contextmanager
def run_whole_stack(home: Path) -> Iterator[WholeStack]:
    """Run a stack on free ports, with prescriptions that are final and drafts that wait."""
    # Where the kernel can't confine a program all else is tested; the proofs of confinement are left out.
    launcher = confine_portal(home) if is_enforceable() else ()
    options = StackOptions(home, portal_port=0, portal_launcher=launcher)
    with EmbeddedStack(options) as stack:
        seed(stack.home, stack.gateway.url, SEEDED)
        leave_drafts(stack.home, stack.gateway.url)
        fetch_bundles(stack.home)
        yield WholeStack(stack)


def confine_portal(home: Path) -> tuple[str, ...]:
    """What is put before the portal's command, so that it is confined to its own folder and code."""
    places = Home(home.resolve())
    return build_launcher(portal_grants(places), without=files_of_others(places))


def portal_grants(home: Home) -> Grants:
    """What the portal's process may do: Python and its libraries, its code, its folder."""
    python = {Path(sys.prefix), Path(sys.base_prefix)}
    system = [Path(name) for name in SYSTEM if Path(name).is_dir()]
    code = [REPOSITORY / name for name in PORTAL_CODE]
    return Grants(
        # The import system lists the folder that the packages lie in.
        listed=[REPOSITORY],
        read=[*system, *sorted(python), *code],
        written=[home.portal.root, Path("/dev/null")],
        temporary=home.portal.root / "tmp",
    )


def files_of_others(home: Home) -> list[Path]:
    """What belongs to gateway, doctors and chain, and is there before the portal starts."""
    second = home.second_gateway
    shared = [home.deployment, home.peers, home.pack_key, home.credentials, home.chain, home.marker]
    return [home.database, home.keystore, second.database, second.keystore, *shared]
