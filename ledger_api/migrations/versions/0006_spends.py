"""Spends: what shall happen on chain, and what became of it.

Revision: 0006. Follows 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SEQUENCE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_batches()
    _create_intents()


def downgrade() -> None:
    op.drop_table("spend_intent")
    op.drop_table("spend_batch")


def _create_batches() -> None:
    op.create_table(
        "spend_batch",
        sa.Column("id", SEQUENCE_ID, autoincrement=True, nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("account", sa.LargeBinary(20), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_spend_batch_institution_institution")
        ),
        sa.ForeignKeyConstraint(
            ["account"], ["anchor_account.address"], name=op.f("fk_spend_batch_account_anchor_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend_batch")),
        sa.UniqueConstraint("hash", name=op.f("uq_spend_batch_hash")),
    )
    op.create_index("ix_spend_batch_nonce", "spend_batch", ["account", "nonce"])
    op.create_index("ix_spend_batch_state", "spend_batch", ["state", "institution", "id"])


def _create_intents() -> None:
    op.create_table(
        "spend_intent",
        sa.Column("id", SEQUENCE_ID, autoincrement=True, nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("gas", sa.BigInteger(), nullable=False),
        sa.Column("earliest_at", sa.BigInteger(), nullable=False),
        sa.Column("checkpoints", sa.JSON(), nullable=False),
        sa.Column("enqueued_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_failure", sa.String(64), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_index", sa.Integer(), nullable=True),
        sa.Column("refusal", sa.LargeBinary(), nullable=True),
        sa.Column("transaction_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_time", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_spend_intent_institution_institution")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_spend_intent_record_id_record")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["spend_batch.id"], name=op.f("fk_spend_intent_batch_id_spend_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend_intent")),
        sa.UniqueConstraint("record_id", name=op.f("uq_spend_intent_record_id")),
    )
    op.create_index("ix_spend_intent_state", "spend_intent", ["state", "institution", "id"])
    op.create_index(op.f("ix_spend_intent_batch_id"), "spend_intent", ["batch_id"])
