"""Write the JSON Schemas of the gateway's records to docs/schemas, or check that they are in step.

python scripts/export_schemas.py            writes
python scripts/export_schemas.py --check    exits 1 if a file differs, and names it
"""

import argparse
import json
import sys
from pathlib import Path

from ledger_api.record_schemas import build_schema_files

SCHEMAS = Path(__file__).resolve().parent.parent / "docs" / "schemas"


def build_files() -> dict[str, str]:
    """Build each schema file's text by its name."""
    return {
        name: json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=False) + "\n"
        for name, schema in build_schema_files().items()
    }


def find_stale(folder: Path) -> list[str]:
    """Find the schema files that are missing or differ from what the models say."""
    return [
        name
        for name, text in build_files().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only say which files are out of step")
    if parser.parse_args().check:
        stale = find_stale(SCHEMAS)
        for name in stale:
            sys.stdout.write(f"docs/schemas/{name} is out of step: run scripts/export_schemas.py\n")
        return 1 if stale else 0
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    for name, text in build_files().items():
        (SCHEMAS / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote docs/schemas/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
