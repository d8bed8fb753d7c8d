"""Lots and packs.

Revision: 0008. Follows 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_own_lots()
    _create_known_lots()


def downgrade() -> None:
    for table in ("known_pack", "known_lot", "lot_pack", "lot"):
        op.drop_table(table)


def _create_own_lots() -> None:
    op.create_table(
        "lot",
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(12), nullable=False),
        sa.Column("code_system", sa.String(200), nullable=False),
        sa.Column("product_code", sa.String(50), nullable=False),
        sa.Column("lot", sa.String(50), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_lot_record_id_record")),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_lot_institution_institution")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_lot")),
    )
    op.create_index("ix_lot_name", "lot", ["institution", "code_system", "product_code", "lot"])
    op.create_table(
        "lot_pack",
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(12), nullable=False),
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_lot_pack_record_id_record")),
        sa.PrimaryKeyConstraint("institution", "event", "token", name=op.f("pk_lot_pack")),
    )
    op.create_index(op.f("ix_lot_pack_record_id"), "lot_pack", ["record_id"])


def _create_known_lots() -> None:
    op.create_table(
        "known_lot",
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("issuer", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("event", sa.String(12), nullable=False),
        sa.Column("code_system", sa.String(200), nullable=False),
        sa.Column("product_code", sa.String(50), nullable=False),
        sa.Column("product_name", sa.String(200), nullable=False),
        sa.Column("specification", sa.String(200), nullable=False),
        sa.Column("lot", sa.String(50), nullable=False),
        sa.Column("expires_on", sa.String(10), nullable=False),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("units_per_pack", sa.BigInteger(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_known_lot")),
    )
    op.create_index("ix_known_lot_name", "known_lot", ["issuer", "code_system", "product_code", "lot"])
    op.create_table(
        "known_pack",
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment"], ["known_lot.commitment"], name=op.f("fk_known_pack_commitment_known_lot")
        ),
        sa.PrimaryKeyConstraint("commitment", "token", name=op.f("pk_known_pack")),
    )
    op.create_index(op.f("ix_known_pack_token"), "known_pack", ["token"])
