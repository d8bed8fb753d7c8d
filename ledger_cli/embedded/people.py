"""The invented institutions and people of the embedded stack. Every name and number is made up.

Two gateways serve them: the first the hospitals and the regulator, the second pharmacies, insurer and
manufacturer. Whoever belongs to one knows the other's people only over HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger_api.identity.principal import Role
from ledger_proofs.kinds import InstitutionRole, PractitionerRole


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
class Practitioner:
    """Somebody who signs records with a key of her own, with an account at her institution's gateway."""

    institution: Institution
    role: PractitionerRole
    username: str
    name: str
    code: str


@dataclass(frozen=True)
class Doctor(Practitioner):
    """A doctor of the example: her department stands in what she prescribes."""

    department_code: str
    department_name: str

    @property
    def hospital(self) -> Institution:
        """Where she works."""
        return self.institution


@dataclass(frozen=True)
class NonSigner:
    """Somebody who signs in and signs no records: a hospital's administrator, or the regulator's auditor."""

    institution: Institution
    username: str
    name: str


MACHINE_CLIENT: Final = "his-import"
"""The name of each hospital's machine client: its information system, which makes drafts and can't sign."""
PORTAL_CLIENT: Final = "portal"
"""The name of the regulator's machine client: its portal, which reads logs and evidence."""

ROLES_AT_GATEWAY: Final = {
    PractitionerRole.DOCTOR: Role.DOCTOR,
    PractitionerRole.PHARMACIST: Role.PHARMACIST,
    PractitionerRole.ADJUDICATOR: Role.ADJUDICATOR,
    PractitionerRole.RELEASER: Role.RELEASER,
    PractitionerRole.OFFICER: Role.OFFICER,
    PractitionerRole.CLERK: Role.CLERK,
}
"""What somebody enrolled on chain may do at the gateway."""


def _hospital(number: int, slug: str, name_en: str, name_zh: str) -> Institution:
    return Institution(
        number, slug, name_en, name_zh, InstitutionRole.HOSPITAL, MACHINE_CLIENT, Role.INTEGRATION
    )


def _pharmacy(number: int, slug: str, name_en: str, name_zh: str) -> Institution:
    return Institution(
        number, slug, name_en, name_zh, InstitutionRole.PHARMACY, "counter-system", Role.INTEGRATION
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
KANGNING: Final = _pharmacy(201, "kangning", "Kangning Pharmacy", "康宁大药房")
RENHE: Final = _pharmacy(202, "renhe", "Renhe Pharmacy", "仁和药房")
PHARMACIES: Final = (KANGNING, RENHE)
INSURER: Final = Institution(
    301,
    "insurer",
    "Example City Medical Insurance Centre",
    "示例市医保中心",
    InstitutionRole.INSURER,
    "claims-system",
    Role.INTEGRATION,
)
WORKS: Final = Institution(
    401,
    "works",
    "Example Pharmaceutical Works",
    "示例制药厂",
    InstitutionRole.MANUFACTURER,
    "plant-system",
    Role.INTEGRATION,
)

LI: Final = Doctor(PEOPLES, PractitionerRole.DOCTOR, "dr-li", "李静", "D990000000001", "A03", "内科")
CHEN: Final = Doctor(PEOPLES, PractitionerRole.DOCTOR, "dr-chen", "陈志远", "D990000000002", "A07", "儿科")
ZHAO: Final = Doctor(
    CHINESE, PractitionerRole.DOCTOR, "dr-zhao", "赵敏华", "D990000000003", "A50", "中医内科"
)
DOCTORS: Final = (LI, CHEN, ZHAO)

HE: Final = Practitioner(PEOPLES, PractitionerRole.PHARMACIST, "ph-he", "何雪梅", "P990000000011")
WEI: Final = Practitioner(CHINESE, PractitionerRole.PHARMACIST, "ph-wei", "魏东", "P990000000012")
LIN: Final = Practitioner(KANGNING, PractitionerRole.PHARMACIST, "ph-lin", "林晓芳", "P990000000021")
XU: Final = Practitioner(RENHE, PractitionerRole.PHARMACIST, "ph-xu", "徐建平", "P990000000022")
PHARMACISTS: Final = (HE, WEI, LIN, XU)
GAO: Final = Practitioner(INSURER, PractitionerRole.ADJUDICATOR, "adj-gao", "高文博", "A990000000031")
TANG: Final = Practitioner(WORKS, PractitionerRole.RELEASER, "rel-tang", "唐海燕", "R990000000041")
ZHOU: Final = Practitioner(REGULATOR, PractitionerRole.OFFICER, "off-zhou", "周毅", "O990000000090")
MA: Final = Practitioner(PEOPLES, PractitionerRole.CLERK, "clerk-ma", "马丽", "C990000000001")
HU: Final = Practitioner(KANGNING, PractitionerRole.CLERK, "clerk-hu", "胡静", "C990000000021")
FANG: Final = Practitioner(INSURER, PractitionerRole.CLERK, "clerk-fang", "方琳", "C990000000031")
CLERKS: Final = (MA, HU, FANG)
PRACTITIONERS: Final[tuple[Practitioner, ...]] = (*DOCTORS, *PHARMACISTS, GAO, TANG, ZHOU, *CLERKS)

SUN: Final = NonSigner(PEOPLES, "admin-sun", "孙立")
"""The first hospital's administrator, with an account at the gateway."""
WU: Final = NonSigner(REGULATOR, "auditor-wu", "吴敏")
"""The regulator's auditor, with an account at the portal and none at the gateway."""
ADMINISTRATORS: Final = (SUN,)
AUDITORS: Final = (WU,)
NON_SIGNERS: Final = (*ADMINISTRATORS, *AUDITORS)

FIRST_TENANTS: Final = (*HOSPITALS, REGULATOR)
"""Whom the first gateway serves."""
SECOND_TENANTS: Final = (*PHARMACIES, INSURER, WORKS)
"""Whom the second gateway serves. The regulator's portal reads there too, by a machine client only."""
INSTITUTIONS: Final = (*FIRST_TENANTS, *SECOND_TENANTS)
