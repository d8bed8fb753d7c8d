"""Pins that seals and proofs were checked of, and retired ones.

Revision: 0004. Follows 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, column in (("pinned_block", "is_sealed"), ("pinned_checkpoint", "is_proven")):
        op.add_column(table, sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "retired_pin",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("log", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("contradicted_by", sa.String(200), nullable=False),
        sa.Column("as_of_block", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retired_pin")),
    )


def downgrade() -> None:
    op.drop_table("retired_pin")
    for table, column in (("pinned_block", "is_sealed"), ("pinned_checkpoint", "is_proven")):
        with op.batch_alter_table(table) as altered:
            altered.drop_column(column)
