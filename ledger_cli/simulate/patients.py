"""The day's patients as FHIR R4 bundles: generated, the same for the same seed, or read from files.

Generating needs the package `carebundle` (the extra `simulate`; `make setup` brings it).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger_cli.errors import Refused
from ledger_cli.import_source import SourceItem, count_items, find_files, read_items


@dataclass(frozen=True)
class Patients:
    """Where the day's patients come from: a generator, or files of FHIR bundles."""

    count: int
    seed: int
    files: Sequence[Path] = ()

    def items(self) -> Iterator[SourceItem]:
        """One bundle after another, as an import takes them."""
        if self.files:
            yield from (item for file in self.files for item in read_items(file))
            return
        for number, content in enumerate(generate_bundles(self.count, self.seed)):
            yield SourceItem(f"patient {number}", "fhir", content)


def find_patients(count: int, seed: int, bundles: Sequence[Path]) -> Patients:
    """Generated patients, or those in these files and folders."""
    if not bundles:
        return Patients(count, seed)
    files = find_files(list(bundles))
    return Patients(count_items(files), seed, files)


def generate_bundles(count: int, seed: int) -> Iterator[bytes]:
    """Generate patients' bundles as JSON, one by one. Raises `Refused` without the generator."""
    try:
        from carebundle import generate_cohort, to_json
    except ImportError as fault:
        raise Refused(
            "simulate.no_generator",
            "synthetic patients need the package carebundle: pip install 'rxledger[simulate]', or name FHIR "
            "bundles of your own with --bundles",
            "生成合成患者需要 carebundle：请执行 pip install 'rxledger[simulate]'，或用 --bundles 指定文件",
        ) from fault
    for bundle in generate_cohort(count=count, seed=seed):
        yield to_json(bundle).encode()
