"""Alembic's entry: runs the migrations on the connection that `regulator_portal.migrations` hands over."""

from alembic import context

from regulator_portal.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
