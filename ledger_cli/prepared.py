"""What a gateway asks a doctor to sign, recomputed on her own machine from the fields that she is shown.

The gateway is not trusted: the commitment is rebuilt from the record and its key (protocol, section 2), and
what is signed (section 5) from the record's own fields and the pinned profile. Any difference ends in a
refusal to sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger_cli.errors import Refused
from ledger_cli.gateway_client import member
from ledger_cli.pinned_files import Profile
from ledger_proofs.canonical import canonical_bytes
from ledger_proofs.commitments import build_commitment
from ledger_proofs.eip712 import Authorship, Domain
from ledger_proofs.entry_terms import build_entry_terms
from ledger_proofs.errors import LedgerProofError
from ledger_proofs.kinds import SKEW_SECONDS
from ledger_proofs.records import Record, parse_record
from ledger_proofs.signatures import sign_digest
from ledger_proofs.types import Commitment, JsonValue

MAX_WINDOWS = 16
PRESCRIPTION_SCHEMA = "rx.prescription/1"
PLANNED_MEMBERS = frozenset({"validity_days", "repeats"})
"""What a draft says about its windows in place of giving them."""
FILLED_IN_MEMBERS = frozenset({"prescriber", "claims", "windows", "holders"})
"""What a draft may leave open until it is signed."""


@dataclass(frozen=True)
class CheckedPrescription:
    """A prescription whose commitment and terms were recomputed here and agree with what is to be signed."""

    preparation_id: str
    record: Record
    commitment: Commitment
    authorships: tuple[Authorship, ...]
    domain: Domain

    def sign(self, private_key: bytes) -> tuple[bytes, ...]:
        """One signature per window."""
        return tuple(sign_digest(act.digest(self.domain), private_key) for act in self.authorships)

    def submission(self, private_key: bytes) -> dict[str, JsonValue]:
        """What is sent to the gateway: signatures, never a key."""
        signatures: list[JsonValue] = ["0x" + signature.hex() for signature in self.sign(private_key)]
        return {"preparation_id": self.preparation_id, "signatures": signatures}

    @property
    def idempotency_key(self) -> str:
        """The same for every repetition of this submission."""
        return f"submit-{self.commitment.hex()}"


def check_prepared(
    reply: Any, profile: Profile, *, now: int, asked_body: Mapping[str, Any] | None = None
) -> CheckedPrescription:
    """Recompute everything in a prepare reply; raises `Refused` naming the first difference."""
    record = _parse_shown_record(member(reply, "record", dict))
    _verify_frame(record, profile, now)
    if asked_body is not None:
        _verify_body(asked_body, record.body)
    commitment = _verify_commitment(record, reply)
    authorships = _verify_entries(record, commitment, profile, member(reply, "entries", list))
    return CheckedPrescription(
        member(reply, "preparation_id", str), record, commitment, authorships, profile.domain()
    )


def _differs(what: str, what_zh: str) -> Refused:
    return Refused(
        "sign.differs",
        f"NOT signed: {what}. The gateway asks you to sign something other than what it shows; report this",
        f"未签署：{what_zh}。网关要求签署的内容与所展示的不一致；请上报",
    )


def _parse_shown_record(shown: dict[str, Any]) -> Record:
    try:
        return parse_record(canonical_bytes(shown))
    except LedgerProofError as fault:
        raise _differs(f"the record is malformed ({fault})", f"记录格式错误（{fault}）") from fault


def _verify_frame(record: Record, profile: Profile, now: int) -> None:
    if record.schema != PRESCRIPTION_SCHEMA:
        raise _differs("the record isn't a prescription of a known version", "记录不是已知版本的处方")
    if record.issuer != profile.institution:
        raise _differs(
            f"the record names institution {record.issuer}, your profile {profile.institution}",
            f"记录中的机构为 {record.issuer}，您的配置为 {profile.institution}",
        )
    if abs(record.issued_at - now) > SKEW_SECONDS:
        seconds = record.issued_at - now
        raise _differs(
            f"the signed time is {seconds:+d} s from this machine's clock (at most {SKEW_SECONDS}); check "
            "both clocks",
            f"签署时间与本机时钟相差 {seconds:+d} 秒（最多 {SKEW_SECONDS} 秒）；请检查两边的时钟",
        )


def _verify_body(asked: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
    """What she asked for is what she is shown; only what her draft left open may have been filled in."""
    for name, value in asked.items():
        # By their canonical bytes: Python takes `true` for equal to 1.
        if name not in PLANNED_MEMBERS and canonical_bytes(shown.get(name)) != canonical_bytes(value):
            raise _differs(f"/body/{name} isn't what your file says", f"/body/{name} 与您的文件不一致")
    for name in shown:
        if name not in asked and name not in FILLED_IN_MEMBERS:
            raise _differs(f"/body/{name} isn't in your file", f"您的文件中没有 /body/{name}")


def _verify_commitment(record: Record, reply: Any) -> Commitment:
    record_key = _bytes_of(reply, "record_key", 32)
    stated = _bytes_of(reply, "commitment", 32)
    committed = build_commitment(record.as_json(), record_key)
    if committed.commitment != stated:
        raise _differs("the commitment isn't that of the fields shown", "承诺与所展示字段不符")
    return committed.commitment


def _verify_entries(
    record: Record, commitment: Commitment, profile: Profile, entries: list[Any]
) -> tuple[Authorship, ...]:
    windows = record.body.get("windows")
    count = len(windows) if isinstance(windows, list) else 0
    if not 1 <= count <= MAX_WINDOWS or len(entries) != count:
        raise _differs(
            f"{len(entries)} signatures are asked for {count} windows",
            f"{count} 个使用时段却要求 {len(entries)} 个签名",
        )
    return tuple(
        _verify_window(record, commitment, profile, window, entries[window]) for window in range(count)
    )


def _verify_window(
    record: Record, commitment: Commitment, profile: Profile, window: int, entry: Any
) -> Authorship:
    try:
        terms = build_entry_terms(record.as_json(), window)
    except LedgerProofError as fault:
        raise _differs(
            f"window {window} is malformed ({fault})", f"时段 {window} 格式错误（{fault}）"
        ) from fault
    authorship = Authorship(
        institution=record.issuer,
        kind=terms.kind,
        record=commitment,
        claim_count=terms.claim_count,
        not_before=terms.not_before,
        not_after=terms.not_after,
        terms=terms.terms,
        signed_at=record.issued_at,
    )
    if member(entry, "window", int) != window:
        raise _differs(f"entry {window} is for another window", f"第 {window} 项属于另一时段")
    stated, ours = member(entry, "typed_data", dict), authorship.typed_data(profile.domain())
    for part in ("domain", "message", "types", "primaryType"):
        if _plain(stated.get(part)) != _plain(ours.get(part)):
            raise _differs(
                f"`{part}` of what is to be signed for window {window} isn't that of your profile and the "
                "fields shown",
                f"时段 {window} 待签内容的 `{part}` 与您的配置及所展示字段不符",
            )
    return authorship


def _plain(value: Any) -> Any:
    """Numbers and hex text in one form, so that 1 and "1" or two cases of an address compare equal."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value).lower()


def _bytes_of(reply: Any, name: str, length: int) -> bytes:
    text = member(reply, name, str).removeprefix("0x")
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != length:
        raise _differs(f"`{name}` isn't {length} bytes of hex", f"`{name}` 不是 {length} 字节的十六进制")
    return value
