"""What pages call institutions, and which of them can be chosen by name.

Names come from the peers file and from the gateway's own tenants; what kind of institution one is, from the
chain's directory. A choice is a convenience: what is prepared for signing is checked again, by number.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from ledger_api.identity.repository import IdentityRepository
from ledger_api.network import ChainSilent
from ledger_api.peers.addresses import InstitutionName
from ledger_api.peers.directory import PeerDirectory, Standing
from ledger_proofs.kinds import InstitutionRole
from ledger_web.database import Database

GOOD_FOR_SECONDS = 600.0
"""How long it is remembered which institutions can be chosen."""
MOST_OFFERED = 200
"""Of so many named institutions the directory is asked; others are chosen by number."""


class InstitutionNames:
    """Names by number. Safe to share between threads."""

    def __init__(
        self,
        named: Mapping[int, InstitutionName],
        database: Database,
        directory: PeerDirectory,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._named = dict(named)
        self._database = database
        self._directory = directory
        self._monotonic = monotonic
        self._offered: dict[InstitutionRole, tuple[float, Sequence[InstitutionName]]] = {}
        self._lock = threading.Lock()

    def find(self, number: int) -> InstitutionName | None:
        """Return an institution's name, None where nobody told this gateway."""
        return self._named.get(number) or self._find_tenant(number)

    def list_all(self) -> Sequence[InstitutionName]:
        """List the first `MOST_OFFERED` named institutions by number, tenants among them."""
        with self._database.reading() as session:
            tenants = IdentityRepository(session).list_institutions()
            known = {
                each.number: InstitutionName(each.number, each.name_en, each.name_zh) for each in tenants
            }
        known |= self._named
        return [known[number] for number in sorted(known)[:MOST_OFFERED]]

    def list_with(self, role: InstitutionRole) -> Sequence[InstitutionName]:
        """List those that are active and of a kind; none while the chain can't be asked."""
        now = self._monotonic()
        with self._lock:
            good_until, offered = self._offered.get(role, (0.0, ()))
        if now < good_until:
            return offered
        try:
            found = [
                each
                for each in self.list_all()
                if _is_active(self._directory.get_standing(each.number), role)
            ]
        except ChainSilent:
            return ()
        with self._lock:
            self._offered[role] = (now + GOOD_FOR_SECONDS, found)
        return found

    def _find_tenant(self, number: int) -> InstitutionName | None:
        with self._database.reading() as session:
            tenant = IdentityRepository(session).find_institution(number)
            return None if tenant is None else InstitutionName(number, tenant.name_en, tenant.name_zh)


def _is_active(standing: Standing, role: InstitutionRole) -> bool:
    return standing.is_active and role in standing.roles
