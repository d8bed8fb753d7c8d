"""What was prepared, for records of every kind.

Revision: 0005. Follows 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PRESCRIPTION = "1"
"""The kind of whatever was prepared before."""


def upgrade() -> None:
    op.add_column("preparation", sa.Column("kind", sa.Integer(), nullable=False, server_default=PRESCRIPTION))
    op.add_column("preparation", sa.Column("context", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("preparation", "context")
    op.drop_column("preparation", "kind")
