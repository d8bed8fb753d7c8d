"""Drafts and code mappings.

Revision: 0003. Follows 0002_log.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002_log"
branch_labels = None
depends_on = None

SEQUENCE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_drafts()
    _create_code_mappings()


def downgrade() -> None:
    op.drop_table("code_mapping_row")
    op.drop_table("code_mapping_version")
    op.drop_table("draft_source")
    op.drop_table("draft")


def _create_drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("sequence", SEQUENCE_ID, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("origin", sa.String(10), nullable=False),
        sa.Column("created_by", sa.String(60), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("prescriber_code", sa.String(50), nullable=True),
        sa.Column("prescription_type", sa.String(30), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("mapping_version", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("record_id", sa.String(36), nullable=True),
        sa.Column("signed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_draft_institution_institution")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_draft")),
        sa.UniqueConstraint("id", name=op.f("uq_draft_id")),
    )
    op.create_index(
        op.f("ix_draft_institution_status_sequence"), "draft", ["institution", "status", "sequence"]
    )
    op.create_table(
        "draft_source",
        sa.Column("id", SEQUENCE_ID, nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("draft", SEQUENCE_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_draft_source_institution_institution")
        ),
        sa.ForeignKeyConstraint(
            ["draft"], ["draft.sequence"], name=op.f("fk_draft_source_draft_draft"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_source")),
        sa.UniqueConstraint(
            "institution", "source_sha256", name=op.f("uq_draft_source_institution_source_sha256")
        ),
    )
    op.create_index(op.f("ix_draft_source_draft"), "draft_source", ["draft"])


def _create_code_mappings() -> None:
    op.create_table(
        "code_mapping_version",
        sa.Column("id", SEQUENCE_ID, nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("drug_count", sa.Integer(), nullable=False),
        sa.Column("diagnosis_count", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.String(60), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution"],
            ["institution.number"],
            name=op.f("fk_code_mapping_version_institution_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_mapping_version")),
        sa.UniqueConstraint(
            "institution", "version", name=op.f("uq_code_mapping_version_institution_version")
        ),
    )
    op.create_table(
        "code_mapping_row",
        sa.Column("id", SEQUENCE_ID, nullable=False),
        sa.Column("version_id", SEQUENCE_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("source_system", sa.String(200), nullable=False),
        sa.Column("source_code", sa.String(50), nullable=False),
        sa.Column("target", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["code_mapping_version.id"],
            name=op.f("fk_code_mapping_row_version_id_code_mapping_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_mapping_row")),
        sa.UniqueConstraint(
            "version_id",
            "kind",
            "source_system",
            "source_code",
            name=op.f("uq_code_mapping_row_version_id_kind_source_system_source_code"),
        ),
    )
    op.create_index(
        op.f("ix_code_mapping_row_version_id_position"), "code_mapping_row", ["version_id", "position"]
    )
