"""API shapes of the audit trail."""

from pydantic import Field

from ledger_api.audit.models import AuditEntry
from ledger_web.bodies import ApiModel


class AuditEntryAnswer(ApiModel):
    """One change of state."""

    id: int = Field(examples=[17])
    at: int = Field(description="Unix seconds", examples=[1_800_000_000])
    actor: str = Field(examples=["person:3b0d3c2e-8b52-4f5e-9a61-0d1a2b3c4d5e"])
    action: str = Field(examples=["session.opened"])
    subject: str = Field(examples=["session:9a3d7d1e-9f0e-4ad2-8f0a-6a5b4c3d2e1f"])
    request_id: str = Field(examples=["4f9d1c0e6b5a4d0f8f6d2a7c1b3e5d7a"])
    details: dict[str, str | int] = Field(examples=[{}])


class AuditPage(ApiModel):
    """A page of the trail, newest first."""

    items: list[AuditEntryAnswer]
    next_cursor: str | None = Field(examples=[None])


def build_entry_answer(entry: AuditEntry) -> AuditEntryAnswer:
    """Build the API shape of a stored entry."""
    if entry.id is None:
        raise ValueError("the entry isn't stored yet")
    return AuditEntryAnswer(
        id=entry.id,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        request_id=entry.request_id,
        details=entry.details,
    )
