"""The register's events, linked records, and findings about records.

Revision: 0003. Follows 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DUE = "due_at IS NOT NULL"


def upgrade() -> None:
    op.add_column("finding", sa.Column("subject", sa.String(66), nullable=False, server_default=""))
    op.add_column("finding", sa.Column("institution", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_finding_subject"), "finding", ["subject"], unique=False)
    _create_register_mirror()
    _create_register_act()
    _create_acted()
    _create_register_refusal()
    _create_linked_record()
    _create_links()


def downgrade() -> None:
    for table in (
        "indexed_log", "lot_pack", "claim_origin", "record_link", "linked_record", "register_refusal",
        "acted_pack", "acted_claim", "register_act", "register_mirror",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_index(op.f("ix_finding_subject"), table_name="finding")
    with op.batch_alter_table("finding") as finding:
        finding.drop_column("institution")
        finding.drop_column("subject")


def _place() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
    )


def _create_register_mirror() -> None:
    op.create_table(
        "register_mirror",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("problem", sa.String(80), nullable=True),
        sa.Column("problem_en", sa.String(400), nullable=False),
        sa.Column("problem_zh", sa.String(400), nullable=False),
        sa.Column("next_block", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("block_time", sa.BigInteger(), nullable=True),
        sa.Column("act_count", sa.BigInteger(), nullable=False),
        sa.Column("refusal_count", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("rechecked_at", sa.BigInteger(), nullable=True),
        sa.Column("rechecked_block", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_mirror")),
    )


def _create_register_act() -> None:
    op.create_table(
        "register_act",
        *_place(),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(10), nullable=False),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("statement", sa.LargeBinary(32), nullable=False),
        sa.Column("actor", sa.BigInteger(), nullable=False),
        sa.Column("spender", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("use_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("reason", sa.LargeBinary(32), nullable=False),
        sa.Column("is_offline", sa.Boolean(), nullable=False),
        sa.Column("is_undone", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_register_act")),
    )
    op.create_index("ix_register_act_subject", "register_act", ["subject"], unique=False)
    op.create_index("ix_register_act_statement", "register_act", ["statement"], unique=False)
    op.create_index("ix_register_act_act_actor", "register_act", ["act", "actor"], unique=False)


def _create_acted() -> None:
    op.create_table(
        "acted_claim",
        sa.Column("claim", sa.LargeBinary(32), nullable=False),
        *_place(),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=True),
        sa.Column("restore_count", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("claim", "block_number", "log_index", name=op.f("pk_acted_claim")),
    )
    op.create_index("ix_acted_claim_act", "acted_claim", ["block_number", "log_index"], unique=False)
    op.create_table(
        "acted_pack",
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        *_place(),
        sa.Column("total_units", sa.BigInteger(), nullable=False),
        sa.Column("units_used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", "block_number", "log_index", name=op.f("pk_acted_pack")),
    )
    op.create_index("ix_acted_pack_act", "acted_pack", ["block_number", "log_index"], unique=False)


def _create_register_refusal() -> None:
    op.create_table(
        "register_refusal",
        *_place(),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(10), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_register_refusal")),
    )
    op.create_index("ix_register_refusal_subject", "register_refusal", ["subject"], unique=False)


def _create_linked_record() -> None:
    op.create_table(
        "linked_record",
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("log", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("anchored_at", sa.BigInteger(), nullable=True),
        sa.Column("terms", sa.LargeBinary(32), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("signer", sa.LargeBinary(20), nullable=True),
        sa.Column("signed_at", sa.BigInteger(), nullable=True),
        sa.Column("record_id", sa.String(36), nullable=True),
        sa.Column("decision", sa.String(40), nullable=True),
        sa.Column("counterpart", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("fund_minor", sa.BigInteger(), nullable=True),
        sa.Column("lot_key", sa.String(300), nullable=True),
        sa.Column("shown", sa.JSON(), nullable=True),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("rulings", sa.JSON(), nullable=False),
        sa.Column("judged_at", sa.BigInteger(), nullable=True),
        sa.Column("as_of_block", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("commitment", "institution", name=op.f("pk_linked_record")),
    )
    for name, columns in (
        ("ix_linked_record_kind_seen", ["kind", "seen_at"]),
        ("ix_linked_record_kind_institution", ["kind", "institution", "seen_at"]),
        ("ix_linked_record_kind_verdict", ["kind", "verdict", "seen_at"]),
        ("ix_linked_record_lot", ["lot_key"]),
    ):
        op.create_index(name, "linked_record", columns, unique=False)
    op.create_index(
        "ix_linked_record_due",
        "linked_record",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text(DUE),
        postgresql_where=sa.text(DUE),
    )


def _create_links() -> None:
    op.create_table(
        "record_link",
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("target", sa.LargeBinary(32), nullable=False),
        sa.Column("target_institution", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("commitment", "institution", "role", "place", name=op.f("pk_record_link")),
    )
    op.create_index("ix_record_link_target", "record_link", ["target", "role"], unique=False)
    op.create_table(
        "claim_origin",
        sa.Column("claim", sa.LargeBinary(32), nullable=False),
        sa.Column("log", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("claim", name=op.f("pk_claim_origin")),
    )
    op.create_table(
        "lot_pack",
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", "commitment", "institution", name=op.f("pk_lot_pack")),
    )
    op.create_table(
        "indexed_log",
        sa.Column("log", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_indexed_log")),
    )
