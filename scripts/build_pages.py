"""Bring the files that the pages need from other packages into `ledger_web/static/vendor/`, checked by hash.

What a browser runs is what stands in the published packages: nothing is bundled, minified or rewritten here.
`ledger_web/vendored.json` names each file, the package file it comes from and its SHA-256; a service checks
the same hashes when it starts.

Usage: python scripts/build_pages.py            copy and check
       python scripts/build_pages.py --update   take the hashes of what is installed, after a wanted change
       python scripts/build_pages.py --icon NAME ...   add Tabler icons to the list, then copy and check
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "ledger_web" / "vendored.json"
VENDOR = ROOT / "ledger_web" / "static" / "vendor"
PACKAGES = ROOT / "node_modules"

Vendored = dict[str, dict[str, str]]
"""By path in `vendor/`: `from`, the path below `node_modules`, and `sha256` of the content."""


class PagesNotBuilt(Exception):
    """A file is missing or isn't the one named; carries what to tell, in both languages."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")


def read_list(path: Path = LIST) -> Vendored:
    """Read the committed list."""
    files: Vendored = json.loads(path.read_text("utf-8"))["files"]
    return files


def write_list(files: Vendored, path: Path = LIST) -> None:
    """Write the list, one file a line, in order."""
    lines = ",\n".join(f"    {json.dumps(to)}: {json.dumps(files[to])}" for to in sorted(files))
    path.write_text('{\n  "files": {\n' + lines + "\n  }\n}\n", "utf-8")


def read_source(source: str, packages: Path) -> bytes:
    """Read one package file. Raises PagesNotBuilt if it isn't there."""
    try:
        return (packages / source).read_bytes()
    except OSError:
        raise PagesNotBuilt(
            f"页面所需的文件不存在: node_modules/{source}。请运行 make setup;"
            " 若仍缺失, 请核对 package-lock.json。",
            f"A file that the pages need is missing: node_modules/{source}. Run make setup; "
            "if it is still missing, compare package-lock.json with its last commit.",
        ) from None


def verify_hash(source: str, content: bytes, expected: str) -> None:
    """Compare a file with the hash in the list. Raises PagesNotBuilt if it is another file."""
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise PagesNotBuilt(
            f"node_modules/{source} 与 ledger_web/vendored.json 所列的哈希不符, 未采用。\n"
            f"  应为 {expected}\n  实为 {found}\n"
            "若未有意更换软件包版本, 请删除 node_modules 后重新运行 make setup;"
            " 若是有意更换, 请查看改动后运行: python scripts/build_pages.py --update",
            f"node_modules/{source} isn't the file whose hash stands in ledger_web/vendored.json; "
            "it isn't used.\n"
            f"  expected {expected}\n  found    {found}\n"
            "If no package was changed on purpose, delete node_modules and run make setup again; "
            "if one was, look at the change and run: python scripts/build_pages.py --update",
        )


def build(files: Vendored, packages: Path = PACKAGES, vendor: Path = VENDOR) -> None:
    """Copy every file of the list, all checked before the first is written. Raises PagesNotBuilt.

    What is in place already stays as it is: a service may be reading it.
    """
    contents = {}
    for to, entry in files.items():
        contents[to] = read_source(entry["from"], packages)
        verify_hash(entry["from"], contents[to], entry["sha256"])
    for place in [place for place in vendor.rglob("*") if place.is_file()]:
        if place.relative_to(vendor).as_posix() not in contents:
            place.unlink()
    for to, content in contents.items():
        target = vendor / to
        if target.is_file() and target.read_bytes() == content:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def take_hashes(files: Vendored, packages: Path = PACKAGES) -> Vendored:
    """Return the list with the hashes of what is installed now."""
    return {
        to: {
            "from": entry["from"],
            "sha256": hashlib.sha256(read_source(entry["from"], packages)).hexdigest(),
        }
        for to, entry in files.items()
    }


def main(arguments: list[str]) -> int:
    """Copy and check; 0 when every file is in place."""
    try:
        files = read_list()
        if arguments[:1] == ["--icon"]:
            added: Vendored = {
                f"icons/{name}.svg": {"from": f"@tabler/icons/icons/outline/{name}.svg", "sha256": ""}
                for name in arguments[1:]
            }
            files |= take_hashes(added)
            write_list(files)
        elif arguments == ["--update"]:
            files = take_hashes(files)
            write_list(files)
        build(files)
    except PagesNotBuilt as fault:
        print(f"\n{fault}", file=sys.stderr)
        return 1
    print(
        f"==> 页面文件已就绪, 共 {len(files)} 个 | {len(files)} page files in place, each checked by its hash"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
