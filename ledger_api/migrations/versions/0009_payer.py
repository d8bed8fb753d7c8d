"""Settlement requests and settlements.

Revision: 0009. Follows 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SEQUENCE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "settlement_request",
        sa.Column("sequence", SEQUENCE_ID, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("dispensing_id", sa.String(36), nullable=False),
        sa.Column("dispensing_commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=True),
        sa.Column("settlement_id", sa.String(36), nullable=True),
        sa.Column("settlement_commitment", sa.LargeBinary(32), nullable=True),
        sa.Column("reversal_id", sa.String(36), nullable=True),
        sa.Column("reversal_commitment", sa.LargeBinary(32), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(60), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution"],
            ["institution.number"],
            name=op.f("fk_settlement_request_institution_institution"),
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_settlement_request")),
        sa.UniqueConstraint(
            "institution",
            "direction",
            "dispensing_commitment",
            name=op.f("uq_settlement_request_institution_direction_dispensing_commitment"),
        ),
    )
    op.create_index(
        "ix_settlement_request_list", "settlement_request", ["institution", "direction", "sequence"]
    )
    op.create_index(op.f("ix_settlement_request_settlement_id"), "settlement_request", ["settlement_id"])


def downgrade() -> None:
    op.drop_table("settlement_request")
