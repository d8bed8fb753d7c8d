"""A hospital, a pharmacy and an insurer on a chain, with a gateway's database and engines but without HTTP.

For measuring, and for testing, what happens between a signed record and the chain. Records have random
commitments instead of content: what the chain judges (entries, proofs, signatures, uses) is real.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from ledger_api.anchoring.repository import AnchoringRepository
from ledger_api.app import build_parts
from ledger_api.config import Settings
from ledger_api.identity.models import Institution
from ledger_api.log.heads import build_empty_head
from ledger_api.log.models import LogEntry
from ledger_api.log.repository import LogRepository
from ledger_api.log.tiles import StoredTiles
from ledger_api.parts import Parts
from ledger_api.provisioning import InstitutionPlan, provision
from ledger_api.records.models import StoredRecord
from ledger_api.spends.models import SpendIntent
from ledger_api.spends.service import SpendIntents
from ledger_chain.batches import Item, subject_of
from ledger_chain.connection import connect
from ledger_chain.deployment import Authority, Deployment, deploy
from ledger_chain.development_keys import address_of, authority_members, deployer
from ledger_chain.items import EntryProof
from ledger_chain.register_events import Act
from ledger_proofs.digests import keccak
from ledger_proofs.eip712 import Authorship
from ledger_proofs.entries import Entry, parse_entry
from ledger_proofs.kinds import InstitutionRole, PractitionerRole
from ledger_proofs.signatures import address_of_key, author_hash, sign_digest
from ledger_proofs.tiles import inclusion_proof_from_tiles
from ledger_proofs.types import ZERO_HASH, Address, Commitment, Hash, Signature, log_id
from ledger_web.clock import Clock, system_clock

HOSPITAL, PHARMACY, INSURER = 1, 201, 301
PRESCRIPTION, DISPENSING, SETTLEMENT, VOID, RESTORE, REVERSAL = 1, 3, 4, 5, 6, 7
ROLES = {
    HOSPITAL: InstitutionRole.HOSPITAL,
    PHARMACY: InstitutionRole.PHARMACY,
    INSURER: InstitutionRole.INSURER,
}
AUTHORS = {
    HOSPITAL: PractitionerRole.DOCTOR,
    PHARMACY: PractitionerRole.PHARMACIST,
    INSURER: PractitionerRole.ADJUDICATOR,
}
POLL_SECONDS = 0.01
PATIENCE_SECONDS = 60.0
LIGHT_KEYSTORE_COST = 2**4
_T = TypeVar("_T")


def key_of(label: str) -> bytes:
    """The private key of that name."""
    return keccak(b"rxledger act world " + label.encode())


@dataclass(frozen=True)
class EntryPlan:
    """What an entry says beside its record: times in Unix seconds."""

    kind: int
    terms: Hash = ZERO_HASH
    claim_count: int = 0
    not_before: int = 0
    not_after: int = 0


@dataclass(frozen=True)
class Intended:
    """What a record does on chain; `build` gets the record's commitment."""

    act: Act
    build: Callable[[Commitment], Item]


@dataclass(frozen=True)
class ActWorld:
    """The parts of a gateway for three institutions, and the chain that they act on."""

    parts: Parts
    deployment: Deployment
    rpc_url: str

    @property
    def authority(self) -> Authority:
        """The authority, whose one member is here."""
        return Authority(connect(self.rpc_url), self.deployment, authority_members()[:1])

    def accept(
        self, institution: int, plans: Sequence[tuple[EntryPlan, Intended | None]], *, wake: bool = True
    ) -> list[StoredRecord]:
        """Accept records as a gateway does: each with its entry and its intent, all in one unit of work."""
        now = self.parts.clock()
        with self.parts.database.writing() as session:
            records = []
            for plan, intended in plans:
                record = _build_record(institution, plan.kind, now)
                session.add(record)
                session.flush()
                entry, signature = self._sign(institution, plan, Commitment(record.commitment), now)
                session.add(_build_entry_row(institution, record, entry, signature))
                if intended is not None:
                    item = intended.build(Commitment(record.commitment))
                    SpendIntents(session, self.parts.clock).enqueue(
                        institution=institution,
                        act=intended.act,
                        record=record,
                        subject=subject_of(item),
                        item=item,
                    )
                records.append(record)
        if wake:
            self.parts.outbox.note_accepted()
        return records

    def prove(self, record: StoredRecord) -> EntryProof:
        """The proof of a record's entry, once it is anchored; waits for that."""
        log = log_id(record.institution, 1)

        def find() -> EntryProof | None:
            with self.parts.database.reading() as session:
                repository = LogRepository(session)
                row = repository.list_entries_of([record.id])[0]
                position = -1 if row.position is None else row.position
                checkpoint = AnchoringRepository(session).find_first_holding(log, position)
                if position < 0 or checkpoint is None:
                    return None
                path = inclusion_proof_from_tiles(
                    StoredTiles(repository, log).read_tile, checkpoint.size, position
                )
                entry, signature = parse_entry(row.entry), Signature(row.signature)
                return EntryProof(
                    log, checkpoint.size, position, tuple(path), entry, record.issued_at, signature
                )

        return wait_for(find, "the record to be anchored")

    def find_intent(self, record: StoredRecord) -> SpendIntent:
        """The intent of a record, fresh from the database."""
        with self.parts.database.reading() as session:
            found = SpendIntents(session, self.parts.clock).find_of_record(record.id)
        if found is None:
            raise LookupError("the record has no intent")
        return found

    def _sign(
        self, institution: int, plan: EntryPlan, commitment: Commitment, now: int
    ) -> tuple[Entry, Signature]:
        act = Authorship(
            institution,
            plan.kind,
            commitment,
            plan.claim_count,
            plan.not_before,
            plan.not_after,
            plan.terms,
            now,
        )
        signature = sign_digest(act.digest(self.deployment.domain()), key_of(f"author {institution}"))
        author = author_hash(signature)
        entry = Entry(
            plan.kind, commitment, author, plan.claim_count, plan.not_before, plan.not_after, plan.terms
        )
        return entry, signature


def deploy_world(rpc_url: str) -> Deployment:
    """Deploy contracts with the three institutions, and one author enrolled at each."""
    w3, members = connect(rpc_url), authority_members()[:1]
    deployment = deploy(w3, [address_of(member) for member in members], 1, 0, deployer())
    authority = Authority(w3, deployment, members)
    authority.bind_checkpoint_log()
    for number, roles in ROLES.items():
        authority.register_institution(number, roles, account_of(number))
        holder = address_of_key(key_of(f"author {number}"))
        authority.grant_credential(holder, number, AUTHORS[number])
    return deployment


def account_of(institution: int) -> Address:
    """The anchoring account of one of the three."""
    return address_of_key(key_of(f"account {institution}"))


@contextmanager
def open_world(
    home: Path,
    rpc_url: str,
    deployment: Deployment,
    *,
    is_running: bool = True,
    clock: Clock = system_clock,
    **changes: Any,
) -> Iterator[ActWorld]:
    """Provision a gateway's database and keystore under `home`, and let its engines run.

    :param is_running: whether the engines run; else records are accepted and wait
    :param changes: settings of the gateway
    """
    home.mkdir(parents=True, exist_ok=True)
    deployment.save(home / "deployment.json")
    settings = Settings.model_validate(
        {
            "home": home,
            "deployment": home / "deployment.json",
            "rpc_url": rpc_url,
            "checkpoint_interval_ms": 50,
            **changes,
        }
    )
    plan = [
        InstitutionPlan(number, f"机构 {number}", f"Institution {number}", int(roles), anchoring_key=key)
        for number, roles in ROLES.items()
        for key in [key_of(f"account {number}")]
    ]
    provision(settings, plan, keystore_cost=LIGHT_KEYSTORE_COST)
    parts = build_parts(settings, clock=clock)
    _open_logs(parts)
    workers = parts.outbox.workers if is_running else []
    for worker in workers:
        worker.start()
    try:
        yield ActWorld(parts, deployment, rpc_url)
    finally:
        for worker in workers:
            worker.stop()
        parts.database.close()


def wait_for(
    find: Callable[[], _T | None], what: str, within_s: float = PATIENCE_SECONDS, poll_s: float = POLL_SECONDS
) -> _T:
    """Wait until `find` gives something. Raises TimeoutError naming `what`."""
    give_up_at = time.monotonic() + within_s
    while (found := find()) is None:
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"waited {within_s:.0f} s for {what}")
        time.sleep(poll_s)
    return found


def _open_logs(parts: Parts) -> None:
    with parts.database.writing() as session:
        repository = LogRepository(session)
        for number in ROLES:
            institution = session.get(Institution, number)
            if institution is not None and repository.find_open_head(number) is None:
                repository.add_head(build_empty_head(institution))


def _build_record(institution: int, kind: int, now: int) -> StoredRecord:
    return StoredRecord(
        id=str(uuid4()),
        institution=institution,
        kind=kind,
        schema_name="rx.bench/1",
        commitment=os.urandom(32),
        issued_at=now,
        author_id="bench",
        accepted_at=now,
        leaf_hashes=b"",
    )


def _build_entry_row(institution: int, record: StoredRecord, entry: Entry, signature: Signature) -> LogEntry:
    return LogEntry(
        log=log_id(institution, 1),
        record_id=record.id,
        window=0,
        entry=entry.to_bytes(),
        leaf_hash=entry.leaf_hash(),
        signature=signature,
        signer=address_of_key(key_of(f"author {institution}")),
        accepted_at=record.accepted_at,
    )
