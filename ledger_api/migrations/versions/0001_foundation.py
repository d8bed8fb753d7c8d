"""Identity, audit trail and given answers.

Revision: 0001. Follows nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQUENCE_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_institutions()
    _create_people()
    _create_machine_clients()
    _create_audit_trail()
    _create_given_answers()


def downgrade() -> None:
    op.drop_table("given_answer")
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
    op.drop_table("machine_client")
    op.drop_table("person_session")
    op.drop_table("person")
    op.drop_table("institution")


def _create_institutions() -> None:
    op.create_table(
        "institution",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name_zh", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("roles", sa.Integer(), nullable=False),
        sa.Column("log_generation", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 4294967295", name=op.f("ck_institution_number_is_uint32")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_institution")),
    )


def _create_people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("display_name", sa.String(100), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("practitioner_code", sa.String(50), nullable=True),
        sa.Column("signing_address", sa.String(42), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_person_institution_institution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("institution", "username", name=op.f("uq_person_institution_username")),
        sa.UniqueConstraint(
            "institution", "signing_address", name=op.f("uq_person_institution_signing_address")
        ),
    )
    op.create_table(
        "person_session",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person", sa.String(36), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_person_session_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_person_session_token_sha256")),
    )
    op.create_index(op.f("ix_person_session_person"), "person_session", ["person"])


def _create_machine_clients() -> None:
    op.create_table(
        "machine_client",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_machine_client_institution_institution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_client")),
        sa.UniqueConstraint("institution", "name", name=op.f("uq_machine_client_institution_name")),
    )


def _create_audit_trail() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", SEQUENCE_ID, autoincrement=True, nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(60), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution"], ["institution.number"], name=op.f("fk_audit_entry_institution_institution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_institution_id", "audit_entry", ["institution", "id"])
    _refuse_changes_of_the_audit_trail()


def _refuse_changes_of_the_audit_trail() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entry_no_{act.lower()} BEFORE {act} ON audit_entry"
                " BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )


def _create_given_answers() -> None:
    op.create_table(
        "given_answer",
        sa.Column("id", SEQUENCE_ID, autoincrement=True, nullable=False),
        sa.Column("scope", sa.String(60), nullable=False),
        sa.Column("route", sa.String(160), nullable=False),
        sa.Column("key_sha256", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("resource", sa.String(160), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_given_answer")),
        sa.UniqueConstraint(
            "scope", "route", "key_sha256", name=op.f("uq_given_answer_scope_route_key_sha256")
        ),
    )
    op.create_index(op.f("ix_given_answer_created_at"), "given_answer", ["created_at"])
