"""The invented institutions and people of the embedded stack. Every name and number is made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Hospital:
    """A hospital of the example: its number on the chain and its names."""

    number: int
    slug: str
    name_en: str
    name_zh: str


@dataclass(frozen=True)
class Doctor:
    """A doctor of the example, with an account at her hospital's gateway tenant."""

    hospital: Hospital
    username: str
    name: str
    code: str
    department_code: str
    department_name: str


PEOPLES: Final = Hospital(1, "peoples", "Example City First People's Hospital", "示例市第一人民医院")
CHINESE: Final = Hospital(2, "tcm", "Example City Hospital of Chinese Medicine", "示例市中医医院")
HOSPITALS: Final = (PEOPLES, CHINESE)

LI: Final = Doctor(PEOPLES, "dr-li", "李静", "D990000000001", "A03", "内科")
CHEN: Final = Doctor(PEOPLES, "dr-chen", "陈志远", "D990000000002", "A07", "儿科")
ZHAO: Final = Doctor(CHINESE, "dr-zhao", "赵敏华", "D990000000003", "A50", "中医内科")
DOCTORS: Final = (LI, CHEN, ZHAO)

MACHINE_CLIENT: Final = "his-import"
"""The name of each hospital's machine client: its information system, which makes drafts and can't sign."""
