"""All tables of the portal, imported in one place, so that migrations see them all."""

from sqlalchemy import MetaData

from regulator_portal.audit.models import AuditEntry
from regulator_portal.findings.models import Finding
from regulator_portal.idempotency.models import GivenAnswer
from regulator_portal.identity.models import Auditor, AuditorSession
from regulator_portal.jobs.models import Job
from regulator_portal.linking.models import ClaimOrigin, IndexedLog, LinkedRecord, LotPack, RecordLink
from regulator_portal.mirror.models import MirroredEntry, MirroredLog, PinnedBlock, PinnedCheckpoint
from regulator_portal.nodes.models import NodeStanding, RetiredPin
from regulator_portal.register.models import (
    ActedClaim,
    ActedPack,
    RegisterAct,
    RegisterMirror,
    RegisterRefusal,
)
from regulator_portal.table_base import Base
from regulator_portal.verification.models import Verification

TABLES = (
    Auditor,
    AuditorSession,
    AuditEntry,
    MirroredLog,
    MirroredEntry,
    PinnedCheckpoint,
    PinnedBlock,
    RetiredPin,
    NodeStanding,
    Finding,
    Job,
    Verification,
    GivenAnswer,
    RegisterMirror,
    RegisterAct,
    ActedClaim,
    ActedPack,
    RegisterRefusal,
    LinkedRecord,
    RecordLink,
    ClaimOrigin,
    LotPack,
    IndexedLog,
)

METADATA: MetaData = Base.metadata
