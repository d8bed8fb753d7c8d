"""Auditors, audit trail, the mirror with its pins, findings, jobs, verifications.

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
    _create_audit_entry()
    _create_auditor()
    _create_finding()
    _create_job()
    _create_mirrored_entry()
    _create_mirrored_log()
    _create_pinned_block()
    _create_verification()
    _create_auditor_session()
    _create_pinned_checkpoint()
    _refuse_changes_of_the_audit_trail()


def downgrade() -> None:
    op.drop_table("pinned_checkpoint")
    op.drop_table("auditor_session")
    op.drop_table("verification")
    op.drop_table("pinned_block")
    op.drop_table("mirrored_log")
    op.drop_table("mirrored_entry")
    op.drop_table("job")
    op.drop_table("finding")
    op.drop_table("auditor")
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")


def _create_audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", SEQUENCE_ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(60), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )


def _create_auditor() -> None:
    op.create_table(
        "auditor",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("display_name", sa.String(100), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auditor")),
        sa.UniqueConstraint("username", name=op.f("uq_auditor_username")),
    )


def _create_finding() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("log", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("step_code", sa.String(80), nullable=False),
        sa.Column("where", sa.String(400), nullable=False),
        sa.Column("as_of_block", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("times_seen", sa.Integer(), nullable=False),
        sa.Column("last_check", sa.String(36), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.String(60), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_note", sa.String(1000), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_finding_fingerprint")),
    )
    op.create_index("ix_finding_log_state", "finding", ["log", "state"], unique=False)
    op.create_index("ix_finding_state_first_seen", "finding", ["state", "first_seen"], unique=False)


def _create_job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("log", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("pin_count", sa.BigInteger(), nullable=False),
        sa.Column("has_evidence", sa.Boolean(), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(60), nullable=False),
        sa.Column("key_sha256", sa.String(64), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("as_of_block", sa.BigInteger(), nullable=True),
        sa.Column("compact_range", sa.LargeBinary(), nullable=False),
        sa.Column("problem", sa.String(80), nullable=True),
        sa.Column("problem_en", sa.String(400), nullable=False),
        sa.Column("problem_zh", sa.String(400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_asked_by_key", "job", ["asked_by", "key_sha256"], unique=True)
    op.create_index("ix_job_state_asked_at", "job", ["state", "asked_at"], unique=False)
    op.create_index(
        "ix_job_under_way",
        "job",
        ["log", "kind"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _create_mirrored_entry() -> None:
    op.create_table(
        "mirrored_entry",
        sa.Column("log", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("record", sa.LargeBinary(length=32), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("step_code", sa.String(80), nullable=True),
        sa.Column("as_of_block", sa.BigInteger(), nullable=True),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log", "position", name=op.f("pk_mirrored_entry")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_mirrored_entry_noteworthy",
        "mirrored_entry",
        ["log", "verdict", "position"],
        unique=False,
        sqlite_where=sa.text("verdict NOT IN ('pending', 'passed')"),
        postgresql_where=sa.text("verdict NOT IN ('pending', 'passed')"),
    )
    op.create_index(
        "ix_mirrored_entry_rare_kind",
        "mirrored_entry",
        ["log", "kind", "position"],
        unique=False,
        sqlite_where=sa.text("kind <> 1"),
        postgresql_where=sa.text("kind <> 1"),
    )
    op.create_index("ix_mirrored_entry_record", "mirrored_entry", ["record"], unique=False)


def _create_mirrored_log() -> None:
    op.create_table(
        "mirrored_log",
        sa.Column("log", sa.BigInteger(), nullable=False),
        sa.Column("institution", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("problem", sa.String(80), nullable=True),
        sa.Column("problem_en", sa.String(400), nullable=False),
        sa.Column("problem_zh", sa.String(400), nullable=False),
        sa.Column("base_size", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("compact_range", sa.LargeBinary(), nullable=False),
        sa.Column("verified_size", sa.BigInteger(), nullable=False),
        sa.Column("verified_range", sa.LargeBinary(), nullable=False),
        sa.Column("pinned_size", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint_count", sa.BigInteger(), nullable=False),
        sa.Column("head_size", sa.BigInteger(), nullable=False),
        sa.Column("head_root", sa.LargeBinary(length=32), nullable=True),
        sa.Column("head_anchored_at", sa.BigInteger(), nullable=True),
        sa.Column("as_of_block", sa.BigInteger(), nullable=True),
        sa.Column("closed_size", sa.BigInteger(), nullable=True),
        sa.Column("successor", sa.BigInteger(), nullable=True),
        sa.Column("swept_size", sa.BigInteger(), nullable=False),
        sa.Column("passed_count", sa.BigInteger(), nullable=False),
        sa.Column("failed_count", sa.BigInteger(), nullable=False),
        sa.Column("late_count", sa.BigInteger(), nullable=False),
        sa.Column("withheld_count", sa.BigInteger(), nullable=False),
        sa.Column("could_not_check_count", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("rechecked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_mirrored_log")),
    )
    op.create_index(op.f("ix_mirrored_log_institution"), "mirrored_log", ["institution"], unique=False)


def _create_pinned_block() -> None:
    op.create_table(
        "pinned_block",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("pinned_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pinned_block")),
    )


def _create_verification() -> None:
    op.create_table(
        "verification",
        sa.Column("sequence", SEQUENCE_ID, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("asked_by", sa.String(60), nullable=False),
        sa.Column("how", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("log", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("commitment", sa.String(66), nullable=True),
        sa.Column("as_of_block", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_verification")),
        sa.UniqueConstraint("id", name=op.f("uq_verification_id")),
    )
    op.create_index("ix_verification_log_position", "verification", ["log", "position"], unique=False)
    op.create_index("ix_verification_outcome_sequence", "verification", ["outcome", "sequence"], unique=False)


def _create_auditor_session() -> None:
    op.create_table(
        "auditor_session",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("auditor", sa.String(36), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["auditor"], ["auditor.id"], name=op.f("fk_auditor_session_auditor_auditor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auditor_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_auditor_session_token_sha256")),
    )
    op.create_index(op.f("ix_auditor_session_auditor"), "auditor_session", ["auditor"], unique=False)


def _create_pinned_checkpoint() -> None:
    op.create_table(
        "pinned_checkpoint",
        sa.Column("log", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("previous_size", sa.BigInteger(), nullable=False),
        sa.Column("anchored_at", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("pinned_at", sa.BigInteger(), nullable=False),
        sa.Column("compared_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["log"], ["mirrored_log.log"], name=op.f("fk_pinned_checkpoint_log_mirrored_log")
        ),
        sa.PrimaryKeyConstraint("log", "size", name=op.f("pk_pinned_checkpoint")),
    )


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
