"""Demands, accesses and their deliveries.

Revision: 0010. Follows 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SEQUENCE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_deliveries()
    _create_sent_demands()
    _create_incoming_demands()
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])


def downgrade() -> None:
    op.drop_index("ix_audit_entry_subject", "audit_entry")
    op.drop_table("incoming_demand")
    op.drop_table("sent_demand")
    op.drop_table("delivery")


def _create_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("sequence", SEQUENCE_ID, nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("last_code", sa.String(64), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_delivery_record_id_record")),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_delivery_institution_institution")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_delivery")),
        sa.UniqueConstraint("record_id", name=op.f("uq_delivery_record_id")),
    )
    op.create_index("ix_delivery_due", "delivery", ["state", "next_at"])


def _create_sent_demands() -> None:
    op.create_table(
        "sent_demand",
        sa.Column("sequence", SEQUENCE_ID, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.BigInteger(), nullable=False),
        sa.Column("subject_commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("answer_by", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("access_id", sa.String(36), nullable=True),
        sa.Column("access_commitment", sa.LargeBinary(32), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["record.id"], name=op.f("fk_sent_demand_id_record")),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_sent_demand_institution_institution")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_sent_demand")),
        sa.UniqueConstraint("id", name=op.f("uq_sent_demand_id")),
    )
    op.create_index("ix_sent_demand_subject", "sent_demand", ["institution", "subject_commitment"])


def _create_incoming_demands() -> None:
    op.create_table(
        "incoming_demand",
        sa.Column("sequence", SEQUENCE_ID, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("regulator", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("subject_id", sa.String(36), nullable=False),
        sa.Column("subject_commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("answer_by", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("access_id", sa.String(36), nullable=True),
        sa.Column("handed_key", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_incoming_demand_institution_institution")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_incoming_demand")),
        sa.UniqueConstraint(
            "institution", "commitment", name=op.f("uq_incoming_demand_institution_commitment")
        ),
    )
    op.create_index("ix_incoming_demand_list", "incoming_demand", ["institution", "sequence"])
    op.create_index("ix_incoming_demand_subject", "incoming_demand", ["institution", "subject_id"])
    op.create_index(op.f("ix_incoming_demand_access_id"), "incoming_demand", ["access_id"])
