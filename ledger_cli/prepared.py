"""What a gateway asks somebody to sign, recomputed on her own machine from the fields that she is shown.

The gateway is not trusted: the commitment is rebuilt from the record and its key (protocol, section 2), and
what is signed (section 5) from the record's own fields and the pinned profile. Any difference ends in a
refusal to sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
class CheckedRecord:
    """A record whose commitment and terms were recomputed here and agree with what is to be signed."""

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
    reply: Any,
    profile: Profile,
    *,
    now: int,
    asked_body: Mapping[str, Any] | None = None,
    holders: Sequence[str] = (),
) -> CheckedRecord:
    """Recompute everything in a prescription's prepare reply; raises `Refused` at the first difference.

    `holders`: the addresses that were sent with the request, at least one per claim; the record must name the
    first of them and no others.
    """
    checked = check_record(reply, profile, PRESCRIPTION_SCHEMA, now=now)
    body = checked.record.body
    if asked_body is not None:
        _verify_body(asked_body, body)
        if not holders and "holders" not in asked_body and body.get("holders"):
            raise differs("/body/holders names keys that you didn't make", "/body/holders 列有非您生成的密钥")
    if holders and body.get("holders") != list(holders[: checked.authorships[0].claim_count]):
        raise differs("/body/holders aren't the addresses that you sent", "/body/holders 不是您提交的地址")
    return checked


def check_record(reply: Any, profile: Profile, schema: str, *, now: int) -> CheckedRecord:
    """Recompute everything in a prepare reply of any kind; raises `Refused` naming the first difference.

    What the record says is for the caller to compare with what was asked for.
    """
    record = _parse_shown_record(member(reply, "record", dict))
    _verify_frame(record, profile, schema, now)
    commitment = _verify_commitment(record, reply)
    authorships = _verify_entries(record, commitment, profile, member(reply, "entries", list))
    return CheckedRecord(
        member(reply, "preparation_id", str), record, commitment, authorships, profile.domain()
    )


def differs(what: str, what_zh: str) -> Refused:
    """The refusal to sign something other than what was shown or asked for."""
    return Refused(
        "sign.differs",
        f"NOT signed: {what}. The gateway asks you to sign something other than what it shows; report this",
        f"未签署：{what_zh}。网关要求签署的内容与所展示的不一致；请上报",
    )


def _parse_shown_record(shown: dict[str, Any]) -> Record:
    try:
        return parse_record(canonical_bytes(shown))
    except LedgerProofError as fault:
        raise differs(f"the record is malformed ({fault})", f"记录格式错误（{fault}）") from fault


def _verify_frame(record: Record, profile: Profile, schema: str, now: int) -> None:
    if record.schema != schema:
        raise differs(f"the record isn't of the schema {schema}", f"记录不属于结构 {schema}")
    if record.issuer != profile.institution:
        raise differs(
            f"the record names institution {record.issuer}, your profile {profile.institution}",
            f"记录中的机构为 {record.issuer}，您的配置为 {profile.institution}",
        )
    if abs(record.issued_at - now) > SKEW_SECONDS:
        seconds = record.issued_at - now
        raise differs(
            f"the signed time is {seconds:+d} s from this machine's clock (at most {SKEW_SECONDS}); check "
            "both clocks",
            f"签署时间与本机时钟相差 {seconds:+d} 秒（最多 {SKEW_SECONDS} 秒）；请检查两边的时钟",
        )


def _verify_body(asked: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
    """What she asked for is what she is shown; only what her draft left open may have been filled in."""
    for name, value in asked.items():
        # By their canonical bytes: Python takes `true` for equal to 1.
        if name not in PLANNED_MEMBERS and canonical_bytes(shown.get(name)) != canonical_bytes(value):
            raise differs(f"/body/{name} isn't what your file says", f"/body/{name} 与您的文件不一致")
    for name in shown:
        if name not in asked and name not in FILLED_IN_MEMBERS:
            raise differs(f"/body/{name} isn't in your file", f"您的文件中没有 /body/{name}")


def _verify_commitment(record: Record, reply: Any) -> Commitment:
    record_key = _bytes_of(reply, "record_key", 32)
    stated = _bytes_of(reply, "commitment", 32)
    committed = build_commitment(record.as_json(), record_key)
    if committed.commitment != stated:
        raise differs("the commitment isn't that of the fields shown", "承诺与所展示字段不符")
    return committed.commitment


def _verify_entries(
    record: Record, commitment: Commitment, profile: Profile, entries: list[Any]
) -> tuple[Authorship, ...]:
    count = _count_windows(record)
    if not 1 <= count <= MAX_WINDOWS or len(entries) != count:
        raise differs(
            f"{len(entries)} signatures are asked for {count} windows",
            f"{count} 个使用时段却要求 {len(entries)} 个签名",
        )
    return tuple(
        _verify_window(record, commitment, profile, window, entries[window]) for window in range(count)
    )


def _count_windows(record: Record) -> int:
    """One entry for each window; one for a record of a kind without claims, which has none."""
    if record.schema != PRESCRIPTION_SCHEMA:
        return 1
    windows = record.body.get("windows")
    return len(windows) if isinstance(windows, list) else 0


def _verify_window(
    record: Record, commitment: Commitment, profile: Profile, window: int, entry: Any
) -> Authorship:
    try:
        terms = build_entry_terms(record.as_json(), window)
    except LedgerProofError as fault:
        raise differs(
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
        raise differs(f"entry {window} is for another window", f"第 {window} 项属于另一时段")
    stated, ours = member(entry, "typed_data", dict), authorship.typed_data(profile.domain())
    for part in ("domain", "message", "types", "primaryType"):
        if _plain(stated.get(part)) != _plain(ours.get(part)):
            raise differs(
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
        raise differs(f"`{name}` isn't {length} bytes of hex", f"`{name}` 不是 {length} 字节的十六进制")
    return value
