"""All tables of the gateway, imported in one place, so that migrations see them all.

A noun that brings tables adds its models here, and its own migration under `migrations/versions`.
"""

from sqlalchemy import MetaData

from ledger_api.anchoring.models import AnchorAccount, AnchorTransaction, CheckpointProof, LogCheckpoint
from ledger_api.audit.models import AuditEntry
from ledger_api.codes.models import CodeMappingRow, CodeMappingVersion
from ledger_api.deliveries.models import Delivery
from ledger_api.demands.models import IncomingDemand, SentDemand
from ledger_api.drafts.models import Draft, DraftSource
from ledger_api.idempotency.models import GivenAnswer
from ledger_api.identity.models import Institution, MachineClient, Person, PersonSession
from ledger_api.log.models import LogEntry, LogHead, LogTile
from ledger_api.lots.models import KnownLot, KnownPack, Lot, LotPack
from ledger_api.received.models import ReceivedRecord
from ledger_api.records.models import StoredRecord
from ledger_api.records.subjects import RecordSubject
from ledger_api.settlements.models import SettlementRequest
from ledger_api.signing.models import Preparation
from ledger_api.spends.models import SpendBatch, SpendIntent
from ledger_api.table_base import Base

TABLES = (
    Institution,
    Person,
    PersonSession,
    MachineClient,
    AuditEntry,
    GivenAnswer,
    Draft,
    DraftSource,
    CodeMappingVersion,
    CodeMappingRow,
    StoredRecord,
    RecordSubject,
    ReceivedRecord,
    Preparation,
    Lot,
    LotPack,
    KnownLot,
    KnownPack,
    LogHead,
    LogEntry,
    LogTile,
    LogCheckpoint,
    CheckpointProof,
    AnchorAccount,
    AnchorTransaction,
    SpendBatch,
    SpendIntent,
    SettlementRequest,
    Delivery,
    SentDemand,
    IncomingDemand,
)

METADATA: MetaData = Base.metadata
