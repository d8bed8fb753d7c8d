"""Answers given under an idempotency key.

Revision: 0002. Follows 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEQUENCE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "given_answer",
        sa.Column("id", SEQUENCE_ID, autoincrement=True, nullable=False),
        sa.Column("scope", sa.String(60), nullable=False),
        sa.Column("route", sa.String(160), nullable=False),
        sa.Column("key_sha256", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_given_answer")),
        sa.UniqueConstraint(
            "scope", "route", "key_sha256", name=op.f("uq_given_answer_scope_route_key_sha256")
        ),
    )
    op.create_index(op.f("ix_given_answer_created_at"), "given_answer", ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_given_answer_created_at"), table_name="given_answer")
    op.drop_table("given_answer")
