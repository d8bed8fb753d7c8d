"""The invented institutions and people of the embedded stack. Every name and number is made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger_api.identity.principal import Role
from ledger_proofs.kinds import InstitutionRole


@dataclass(frozen=True)
class Institution:
    """An institution of the example: its number on the chain, its names, and what it is.

    `machine` is the name of its machine client at the gateway, `machine_role` what that client may do there.
    """

    number: int
    slug: str
    name_en: str
    name_zh: str
    role: InstitutionRole
    machine: str
    machine_role: Role


@dataclass(frozen=True)
class Doctor:
    """A doctor of the example, with an account at her hospital's gateway tenant."""

    hospital: Institution
    username: str
    name: str
    code: str
    department_code: str
    department_name: str


@dataclass(frozen=True)
class Clerk:
    """Somebody who signs in and signs no records: a hospital's administrator, or the regulator's auditor."""

    institution: Institution
    username: str
    name: str


MACHINE_CLIENT: Final = "his-import"
"""The name of each hospital's machine client: its information system, which makes drafts and can't sign."""
PORTAL_CLIENT: Final = "portal"
"""The name of the regulator's machine client: its portal, which reads logs and evidence."""


def _hospital(number: int, slug: str, name_en: str, name_zh: str) -> Institution:
    return Institution(
        number, slug, name_en, name_zh, InstitutionRole.HOSPITAL, MACHINE_CLIENT, Role.INTEGRATION
    )


PEOPLES: Final = _hospital(1, "peoples", "Example City First People's Hospital", "示例市第一人民医院")
CHINESE: Final = _hospital(2, "tcm", "Example City Hospital of Chinese Medicine", "示例市中医医院")
HOSPITALS: Final = (PEOPLES, CHINESE)
REGULATOR: Final = Institution(
    900,
    "regulator",
    "Example City Healthcare Security Administration",
    "示例市医疗保障局",
    InstitutionRole.REGULATOR,
    PORTAL_CLIENT,
    Role.REGULATOR,
)
INSTITUTIONS: Final = (*HOSPITALS, REGULATOR)

LI: Final = Doctor(PEOPLES, "dr-li", "李静", "D990000000001", "A03", "内科")
CHEN: Final = Doctor(PEOPLES, "dr-chen", "陈志远", "D990000000002", "A07", "儿科")
ZHAO: Final = Doctor(CHINESE, "dr-zhao", "赵敏华", "D990000000003", "A50", "中医内科")
DOCTORS: Final = (LI, CHEN, ZHAO)

SUN: Final = Clerk(PEOPLES, "admin-sun", "孙立")
"""The first hospital's administrator, with an account at the gateway."""
WU: Final = Clerk(REGULATOR, "auditor-wu", "吴敏")
"""The regulator's auditor, with an account at the portal and none at the gateway."""
ADMINISTRATORS: Final = (SUN,)
AUDITORS: Final = (WU,)
CLERKS: Final = (*ADMINISTRATORS, *AUDITORS)
