"""Write the bundle vectors under `tests/vectors/bundles`, and the worked numbers of `docs/protocol.md`.

python scripts/generate_vectors.py            writes both
python scripts/generate_vectors.py --check    writes nothing, fails if anything would change
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.false_bundles import false_bundles  # noqa: E402
from tests.false_uses import dispensing_document, false_uses  # noqa: E402
from tests.hostile_bundles import encoded, malformed_bundles, valid_document  # noqa: E402
from tests.worked_numbers import build_worked_numbers, render_appendix  # noqa: E402

PROTOCOL = ROOT / "docs" / "protocol.md"
VECTORS = ROOT / "tests" / "vectors"
APPENDIX = "## 15. Worked numbers\n"


def wanted_files() -> dict[Path, bytes]:
    """Return every generated file's content, by its path."""
    bundles = VECTORS / "bundles"
    hostile = [*malformed_bundles(), *false_bundles(), *false_uses()]
    files = {bundles / "hostile" / f"{each.name}.json": each.content for each in hostile}
    files[bundles / "valid.json"] = encoded(valid_document())
    files[bundles / "valid_dispensing.json"] = encoded(dispensing_document())
    expected = {each.name: each.expectation() for each in hostile}
    files[bundles / "expected.json"] = (json.dumps(expected, indent=1, sort_keys=True) + "\n").encode()
    numbers = build_worked_numbers()
    files[VECTORS / "worked_numbers.json"] = (
        json.dumps(numbers, indent=1, ensure_ascii=False) + "\n"
    ).encode()
    page = PROTOCOL.read_text(encoding="utf-8").split(APPENDIX)[0].rstrip("\n")
    files[PROTOCOL] = f"{page}\n\n{APPENDIX}{render_appendix(numbers)}".encode()
    return files


def main() -> int:
    """Write or check; return the process's exit code."""
    parser = argparse.ArgumentParser(description="Write the test vectors and the protocol's worked numbers.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if anything would change")
    check_only = parser.parse_args().check
    files = wanted_files()
    stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    hostile_folder = VECTORS / "bundles" / "hostile"
    strays = [path for path in hostile_folder.glob("*") if path not in files]
    if check_only:
        for path in (*stale, *strays):
            print(f"{path.relative_to(ROOT)} isn't what scripts/generate_vectors.py writes: run it")
        return 1 if stale or strays else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[path])
    for path in strays:
        path.unlink()
    print(f"{len(files)} files, {len(stale)} written, {len(strays)} removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
