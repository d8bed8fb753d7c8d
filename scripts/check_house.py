"""Check the house rules that no general linter knows.

- A function of the product has at most 50 lines, a module at most 400.
- The verification core imports the standard library and three small libraries, nothing else.
- Transactions are sent by `ledger_api/anchoring` alone (and, for the command line, by
  `ledger_chain/deployment.py`).
- Below the command line, only a package's `config.py` reads the environment.
- Templates have nothing inline and every text in both languages (`check_templates.py`).

Usage: python scripts/check_house.py
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.check_templates import find_template_faults

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("ledger_proofs", "ledger_chain", "ledger_web", "ledger_api", "regulator_portal", "ledger_cli")
MAX_FUNCTION_LINES = 50
MAX_MODULE_LINES = 400
CORE_IMPORTS = sys.stdlib_module_names | {"coincurve", "ledger_proofs", "rfc8785", "sha3"}
SENDING = {
    "send_raw_transaction",
    "send_transaction",
    "transact",
    "eth_sendRawTransaction",
    "eth_sendTransaction",
}
SENDERS = ("ledger_api/anchoring/", "ledger_chain/deployment.py")
ENVIRONMENT = {"environ", "getenv"}


def find_long_parts(name: str, source: str, tree: ast.Module) -> Iterator[str]:
    """Functions and modules over their length."""
    line_count = source.count("\n")
    if line_count > MAX_MODULE_LINES:
        yield f"{name}: {line_count} lines, at most {MAX_MODULE_LINES}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {lines} lines, at most {MAX_FUNCTION_LINES}"


def find_foreign_imports(name: str, tree: ast.Module) -> Iterator[str]:
    """Imports that the verification core must not have."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            modules = [(node.lineno, node.module)]
        else:
            continue
        for line, module in modules:
            if module.split(".")[0] not in CORE_IMPORTS:
                yield f"{name}:{line}: the verification core imports {module}"


def find_words(tree: ast.Module, words: set[str]) -> Iterator[tuple[int, str]]:
    """Places where one of these names is used, as an attribute, a name or a string."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in words:
            yield node.lineno, node.attr
        elif isinstance(node, ast.Name) and node.id in words:
            yield node.lineno, node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in words:
            yield node.lineno, node.value


def find_faults(path: Path) -> Iterator[str]:
    """Everything wrong with one module."""
    name = path.relative_to(ROOT).as_posix()
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    yield from find_long_parts(name, source, tree)
    if name.startswith("ledger_proofs/"):
        yield from find_foreign_imports(name, tree)
    if not name.startswith(SENDERS):
        for line, word in find_words(tree, SENDING):
            yield f"{name}:{line}: {word} is for ledger_api/anchoring alone"
    if path.name != "config.py" and not name.startswith("ledger_cli/"):
        for line, word in find_words(tree, ENVIRONMENT):
            yield f"{name}:{line}: only config.py reads the environment ({word})"


def main() -> int:
    """Print every fault; 0 if there is none."""
    modules = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    faults = [fault for path in modules for fault in find_faults(path)]
    templates = [
        path for package in PACKAGES for path in sorted((ROOT / package).rglob("templates/**/*.html"))
    ]
    for path in templates:
        faults += find_template_faults(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"house: {len(modules)} modules, {len(templates)} templates, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
