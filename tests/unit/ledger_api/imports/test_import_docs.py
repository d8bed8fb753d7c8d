import re
from pathlib import Path

from ledger_api.imports import fhir_dosage, fhir_drafts, outcomes

PACKAGE = Path(outcomes.__file__).parent
PAGE = (PACKAGE.parents[1] / "docs" / "fhir-import.md").read_text(encoding="utf-8")


def test_the_page_names_every_outcome_with_its_messages() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
    used = set(re.findall(r'(?:skipped|refused)\("([a-z_0-9]+)"\)', source))
    assert len(used) > 20
    for code in used:
        known = outcomes.skipped(code) if f'skipped("{code}")' in source else outcomes.refused(code)
        assert f"| `{code}` | {known.message} | {known.message_zh} |" in PAGE


def test_the_page_names_every_note() -> None:
    sources = [
        Path(module.__file__ or "").read_text(encoding="utf-8") for module in (fhir_dosage, fhir_drafts)
    ]
    notes = set(re.findall(r'notes(?:\.append\(| = \[)"([a-z_]+)"', "".join(sources)))
    assert len(notes) == 7
    assert all(f"| `{note}` |" in PAGE for note in notes)
