"""The department of a person.

Revision: 0004. Follows 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("department_code", sa.String(50), nullable=True))
    op.add_column("person", sa.Column("department_name", sa.String(50), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "department_name")
    op.drop_column("person", "department_code")
