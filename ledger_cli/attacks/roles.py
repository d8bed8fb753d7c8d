"""Whom a newcomer can be in the running scenario, where, with which credentials, and what to do there.

Six people and a cheat, in the order in which a prescription meets them. Passwords and PINs are those of this
home: they lie in plain files beside it, for development only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from ledger_cli.embedded.credentials import password_file, read_line, signer_files
from ledger_cli.embedded.home import Home
from ledger_cli.embedded.loop_examples import PACKS_FILE
from ledger_cli.embedded.people import GAO, HE, LI, LIN, MA, TANG, WU, ZHOU, NonSigner, Practitioner
from ledger_cli.embedded.scenario import WAITING
from ledger_cli.embedded.stack import EmbeddedStack
from ledger_cli.language import Text


@dataclass(frozen=True)
class PackToScan:
    """The trace code of a pack that an example's maker released, and which drug is in it."""

    drug: str
    code: str


@dataclass(frozen=True)
class RoleCard:
    """One person to be: where her pages are, how she gets in, and what there is to do.

    `pin` opens her key; None for who signs nothing. `packs` lie before her on the counter.
    """

    role: Text
    person: Practitioner | NonSigner
    url: str
    task: Text
    password: str
    pin: str | None
    packs: Sequence[PackToScan] = ()


@dataclass(frozen=True)
class _Part:
    person: Practitioner
    role: Text
    task: Text
    page: str
    is_second: bool = False


_PARTS = (
    _Part(
        LI,
        Text("doctor", "医师"),
        Text(
            "Sign a draft that waits, for any pharmacy; keep the hand-over code as the patient would.",
            "签署一份待签草稿，允许任意药店取药；像患者一样保存取药码。",
        ),
        "/desk",
    ),
    _Part(
        HE,
        Text("hospital's pharmacist", "医院药师"),
        Text(
            "Review the prescription: before that, no pharmacy is given it.",
            "审核该处方：审核之前，任何药店都取不到。",
        ),
        "/desk/reviews",
    ),
    _Part(
        LIN,
        Text("pharmacist", "药店药师"),
        Text(
            "Scan the code, see the proof, review, scan packs, dispense. Hand over once the chain says done.",
            "扫描取药码，查看证明，审方，扫描药盒，发药。链上确认“已完成”后方可交付。",
        ),
        "/desk/counter",
        is_second=True,
    ),
    _Part(
        GAO,
        Text("insurer", "医保结算审核员"),
        Text(
            "Open the request, see that all of it is proved, adjudicate each line, sign.",
            "打开结算申请，确认全部已获证明，逐行核定并签名。",
        ),
        "/desk/settlement-requests",
        is_second=True,
    ),
    _Part(
        TANG,
        Text("manufacturer", "生产企业放行人"),
        Text("Release a lot, or recall one: the counter notices.", "放行一个批次，或召回：柜台随即得知。"),
        "/desk/lots",
        is_second=True,
    ),
    _Part(
        ZHOU,
        Text("regulator's officer", "监管人员"),
        Text(
            "Demand a record's content, with purpose and grounds, under your signature.",
            "注明目的与依据，签名要求调阅某一记录的内容。",
        ),
        "/desk/demands",
    ),
    _Part(
        MA,
        Text("hospital's clerk", "医院经办人"),
        Text("Answer that demand: grant it, or refuse it on record.", "答复该调阅要求：同意，或留痕拒绝。"),
        "/desk/incoming-demands",
    ),
)


def list_roles(stack: EmbeddedStack) -> Sequence[RoleCard]:
    """List whom one can be in this stack."""
    found = [
        _build_card(stack.home, part, stack.second_gateway.url if part.is_second else stack.gateway.url)
        for part in _PARTS
        if stack.has_second_gateway or not part.is_second
    ]
    if stack.has_portal:
        found.insert(5 if stack.has_second_gateway else 2, _build_auditor(stack.home, stack.portal.url))
    return found


def _build_card(home: Home, part: _Part, gateway_url: str) -> RoleCard:
    files = signer_files(home, part.person)
    packs = list_packs(home) if part.person == LIN else ()
    query = urlencode({"person": part.person.username, "next": part.page})
    return RoleCard(
        part.role,
        part.person,
        f"{gateway_url}/desk/sign-in?{query}",
        part.task,
        read_line(files.password),
        read_line(files.pin),
        packs,
    )


def list_packs(home: Home) -> Sequence[PackToScan]:
    """List packs for the drafts that wait to be signed: as many of each drug as are prescribed."""
    file = home.root / PACKS_FILE
    if not file.exists():  # a home that was made without releasing examples
        return ()
    packs = {lot["code"]: lot["packs"] for lot in json.loads(file.read_text(encoding="utf-8"))}
    drugs = {drug.code: drug for visit in WAITING for drug in visit.drugs}.values()
    return [
        PackToScan(drug.name, code)
        for drug in drugs
        for code in packs.get(drug.code, ())[: int(drug.quantity)]
    ]


def _build_auditor(home: Home, portal_url: str) -> RoleCard:
    return RoleCard(
        Text("auditor", "审计员"),
        WU,
        portal_url,
        Text(
            "Follow a settlement down to packs, lot and maker; every step is recomputed from the chain.",
            "由一笔结算穿透到包装、批次与生产企业；每一步均依据链重新计算。",
        ),
        read_line(password_file(home, WU)),
        None,
    )
