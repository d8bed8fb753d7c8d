"""All tables of the gateway, imported in one place, so that migrations see them all.

A noun that brings tables adds its models here, and its own migration under `migrations/versions`.
"""

from sqlalchemy import MetaData

from ledger_api.audit.models import AuditEntry
from ledger_api.database import Base
from ledger_api.idempotency.models import GivenAnswer
from ledger_api.identity.models import Institution, MachineClient, Person, PersonSession

TABLES = (Institution, Person, PersonSession, MachineClient, AuditEntry, GivenAnswer)

METADATA: MetaData = Base.metadata
