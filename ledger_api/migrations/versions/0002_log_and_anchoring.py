"""Records, log, anchoring and preparations.

Revision: 0002_log. Follows 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_log"
down_revision = "0001"
branch_labels = None
depends_on = None

SEQUENCE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_records()
    _create_preparations()
    _create_log()
    _create_entries()
    _create_checkpoints()
    _create_transactions()


def downgrade() -> None:
    for table in (
        "checkpoint_proof",
        "anchor_transaction",
        "anchor_account",
        "log_checkpoint",
        "log_tile",
        "log_entry",
        "log_head",
        "preparation",
        "record",
    ):
        op.drop_table(table)


def _create_records() -> None:
    op.create_table(
        "record",
        sa.Column("sequence", SEQUENCE_ID, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("schema_name", sa.String(64), nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.String(36), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("leaf_hashes", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_record_institution_institution")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_record")),
        sa.UniqueConstraint("id", name=op.f("uq_record_id")),
        sa.UniqueConstraint("commitment", name=op.f("uq_record_commitment")),
    )
    op.create_index("ix_record_institution_kind", "record", ["institution", "kind", "sequence"])
    op.create_index(op.f("ix_record_author_id"), "record", ["author_id"])


def _create_preparations() -> None:
    op.create_table(
        "preparation",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.String(36), nullable=False),
        sa.Column("draft_id", sa.String(36), nullable=True),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_preparation_institution_institution")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_preparation_author_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preparation")),
        sa.UniqueConstraint("record_id", name=op.f("uq_preparation_record_id")),
    )
    op.create_index(op.f("ix_preparation_expires_at"), "preparation", ["expires_at"])


def _create_log() -> None:
    op.create_table(
        "log_head",
        sa.Column("log", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("anchored_size", sa.BigInteger(), nullable=False),
        sa.Column("final_size", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "final_size <= anchored_size AND anchored_size <= size", name=op.f("ck_log_head_sizes_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_log_head_institution_institution")
        ),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_log_head")),
    )
    op.create_index(
        "ix_log_head_institution_open",
        "log_head",
        ["institution"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "log_tile",
        sa.Column("log", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(8192), nullable=False),
        sa.ForeignKeyConstraint(["log"], ["log_head.log"], name=op.f("fk_log_tile_log_log_head")),
        sa.PrimaryKeyConstraint("log", "level", "number", name=op.f("pk_log_tile")),
    )


def _create_entries() -> None:
    op.create_table(
        "log_entry",
        sa.Column("id", SEQUENCE_ID, autoincrement=True, nullable=False),
        sa.Column("log", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("entry", sa.LargeBinary(224), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("signature", sa.LargeBinary(65), nullable=False),
        sa.Column("signer", sa.LargeBinary(20), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("logged_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["log"], ["log_head.log"], name=op.f("fk_log_entry_log_log_head")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_log_entry_record_id_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entry")),
        sa.UniqueConstraint("log", "position", name=op.f("uq_log_entry_log_position")),
        sa.UniqueConstraint("log", "leaf_hash", name=op.f("uq_log_entry_log_leaf_hash")),
        sa.UniqueConstraint("log", "record_id", "window", name=op.f("uq_log_entry_log_record_id_window")),
    )
    op.create_index(op.f("ix_log_entry_record_id"), "log_entry", ["record_id"])
    op.create_index(
        "ix_log_entry_pending",
        "log_entry",
        ["log", "id"],
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )


def _create_checkpoints() -> None:
    op.create_table(
        "log_checkpoint",
        sa.Column("id", SEQUENCE_ID, autoincrement=True, nullable=False),
        sa.Column("log", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("intended_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_failure", sa.String(64), nullable=True),
        sa.Column("previous_size", sa.BigInteger(), nullable=True),
        sa.Column("anchored_at", sa.BigInteger(), nullable=True),
        sa.Column("transaction_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("final_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["log"], ["log_head.log"], name=op.f("fk_log_checkpoint_log_log_head")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_checkpoint")),
        sa.UniqueConstraint("log", "size", name=op.f("uq_log_checkpoint_log_size")),
    )
    op.create_index("ix_log_checkpoint_state", "log_checkpoint", ["state", "log", "size"])
    op.create_table(
        "checkpoint_proof",
        sa.Column("checkpoint_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("taken_at_block", sa.BigInteger(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=True),
        sa.Column("account_proof", sa.JSON(), nullable=True),
        sa.Column("storage_proofs", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"],
            ["log_checkpoint.id"],
            name=op.f("fk_checkpoint_proof_checkpoint_id_log_checkpoint"),
        ),
        sa.PrimaryKeyConstraint("checkpoint_id", name=op.f("pk_checkpoint_proof")),
    )


def _create_transactions() -> None:
    op.create_table(
        "anchor_account",
        sa.Column("address", sa.LargeBinary(20), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("next_nonce", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_anchor_account_institution_institution")
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_anchor_account")),
    )
    op.create_index(op.f("ix_anchor_account_institution"), "anchor_account", ["institution"])
    op.create_table(
        "anchor_transaction",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("checkpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.LargeBinary(20), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"], ["anchor_account.address"], name=op.f("fk_anchor_transaction_account_anchor_account")
        ),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"],
            ["log_checkpoint.id"],
            name=op.f("fk_anchor_transaction_checkpoint_id_log_checkpoint"),
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_anchor_transaction")),
    )
    op.create_index(op.f("ix_anchor_transaction_checkpoint_id"), "anchor_transaction", ["checkpoint_id"])
    op.create_index("ix_anchor_transaction_nonce", "anchor_transaction", ["account", "nonce"])
