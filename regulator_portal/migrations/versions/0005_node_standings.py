"""How each node stood when it was last looked at, and who sealed a pinned block.

Revision: 0005. Follows 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pinned_block", sa.Column("sealers", sa.JSON(), nullable=True))
    op.create_table(
        "node_standing",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("problem", sa.String(80), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_time", sa.BigInteger(), nullable=True),
        sa.Column("sealers", sa.JSON(), nullable=True),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_node_standing")),
    )


def downgrade() -> None:
    op.drop_table("node_standing")
    with op.batch_alter_table("pinned_block") as altered:
        altered.drop_column("sealers")
