"""Fetched prescriptions, and which record is about which.

Revision: 0007. Follows 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SEQUENCE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "received_record",
        sa.Column("sequence", SEQUENCE_ID, nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("presented", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_by", sa.String(60), nullable=False),
        sa.Column("first_fetched_at", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_received_record_institution_institution")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_received_record")),
        sa.UniqueConstraint(
            "institution",
            "issuer",
            "record_id",
            "window",
            name=op.f("uq_received_record_institution_issuer_record_id_window"),
        ),
    )
    op.create_index(
        op.f("ix_received_record_institution_sequence"), "received_record", ["institution", "sequence"]
    )
    op.create_table(
        "record_subject",
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("subject_institution", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_record_subject_record_id_record")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_record_subject")),
    )
    op.create_index(
        op.f("ix_record_subject_subject"),
        "record_subject",
        ["subject_id", "subject_institution", "institution", "kind"],
    )


def downgrade() -> None:
    op.drop_table("record_subject")
    op.drop_table("received_record")
