"""Synthetic patients as FHIR R4 bundles, made by the carebundle generator: the same in every run.

One bundle is one patient's visit with observations, conditions and, for about half of them, medication
orders. `docs/examples/code-mapping.csv` covers every drug that the generator prescribes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carebundle import generate_cohort, to_json

SEED = 20_261_122


def generate_bundles(count: int, seed: int = SEED) -> Iterator[bytes]:
    """Generate `count` patients' bundles as JSON, one by one."""
    for bundle in generate_cohort(count=count, seed=seed):
        yield to_json(bundle).encode()


def write_bundles(path: Path, count: int, seed: int = SEED) -> None:
    """Write `count` patients' bundles as NDJSON: one bundle a line."""
    with path.open("wb") as file:
        for content in generate_bundles(count, seed):
            file.write(content.replace(b"\n", b" ") + b"\n")
