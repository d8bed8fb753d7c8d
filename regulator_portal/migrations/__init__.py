"""Schema changes of the portal: at start in development, else by `python -m regulator_portal migrate`."""

from pathlib import Path

from ledger_web.schema_changes import SchemaChanges

_changes = SchemaChanges(Path(__file__).parent, "python -m regulator_portal migrate", "RXLEDGER_PORTAL_")

build_config = _changes.build_config
upgrade = _changes.upgrade
downgrade = _changes.downgrade
prepare = _changes.prepare
verify_current = _changes.verify_current
