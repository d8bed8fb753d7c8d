"""The regulator's portal as an auditor's program asks it: over its JSON API, with an account of its own."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ledger_cli.attacks.results import PORTAL, Compared, Ending, Result, compare
from ledger_cli.embedded.auditing import auditor_at_work
from ledger_cli.embedded.stack import EmbeddedStack
from ledger_cli.errors import CouldNotCheck
from ledger_cli.gateway_client import GatewayClient, member
from ledger_cli.language import Text
from ledger_proofs.wording import chinese_label

JOB_SECONDS = 60.0
POLL_SECONDS = 0.1
UNDER_WAY = frozenset({"queued", "running"})
MAX_SHOWN = 6
LABELS_ZH = {
    "SHA-256 of the entry": "条目的 SHA-256",
    "entry": "条目",
    "entries that the chain counts, and the gateway hands out": "链上计入的与网关提供的条目数",
    "what the gateway answered for that tile": "网关对该瓦片的答复",
    "height of the chain": "链的高度",
}
"""What the portal compares in these attacks, beside what a verification does."""
VALUES_ZH = {"the tile": "该瓦片"}


@dataclass(frozen=True)
class PortalAccess:
    """The portal, signed in."""

    url: str
    client: GatewayClient

    def upload(self, content: bytes) -> str:
        """Have a bundle verified there; the address of the page that shows the report."""
        reply = self.client.send_content(
            "POST", "/v1/verifications", content, "application/json", idempotency_key=_fresh_key()
        )
        return f"{self.url}/verifications/{member(reply.document, 'id', str)}"

    def mirror(self, log: int) -> None:
        """Have it fetch what a log has grown by, and wait for that."""
        self._run_job(log, "mirrorings")

    def recheck(self, log: int) -> None:
        """Have it fetch a log all over again and compare it with chain, own copy and pins; wait for that."""
        self._run_job(log, "rechecks")

    def list_open(self, log: int | None = None) -> list[dict[str, Any]]:
        """The findings that are open, of one log or of all."""
        if log is None:
            return list(self.client.pages("/v1/findings", state="open"))
        return list(self.client.pages("/v1/findings", state="open", log=log))

    def is_closed(self, finding: dict[str, Any]) -> bool:
        """Whether a finding's latest check no longer showed it."""
        document = self.client.get(f"/v1/findings/{member(finding, 'id', str)}").document
        return bool(member(document, "state", str) == "closed")

    def _run_job(self, log: int, kind: str) -> None:
        reply = self.client.post(f"/v1/logs/{log}/{kind}", {}, idempotency_key=_fresh_key())
        identifier = member(reply.document, "id", str)
        ends_at = time.monotonic() + JOB_SECONDS
        while True:
            job = self.client.get(f"/v1/jobs/{identifier}").document
            state = member(job, "state", str)
            if state not in UNDER_WAY:
                break
            if time.monotonic() > ends_at:
                state = "could_not_check"
                break
            time.sleep(POLL_SECONDS)
        if state == "could_not_check":
            problem = job.get("problem") or "timeout"
            raise CouldNotCheck(
                "attack.portal_could_not_check",
                f"the portal could not finish its check of log {log}: {problem}",
                f"监管门户未能完成对日志 {log} 的核对：{problem}",
            )


@contextmanager
def open_portal(stack: EmbeddedStack) -> Iterator[PortalAccess | None]:
    """Sign in at the stack's portal, where it has one."""
    if not stack.has_portal:
        yield None
        return
    with auditor_at_work(stack.home, stack.portal.url) as client:
        yield PortalAccess(stack.portal.url, client)


def judge_findings(
    findings: Sequence[dict[str, Any]], telling: Sequence[str], url: str | None, log: int | None
) -> Result:
    """What the portal says: nothing found is passed; else one finding, with the others' codes.

    `telling`: the codes that say most of this act; the first one found is shown.
    """
    if not findings:
        said = Text("the portal found nothing", "监管门户未发现任何异常")
        noted = (compare("open findings", "未关闭的发现", 0, 0),)
        return Result(Ending.PASSED, PORTAL, "nothing_found", said, evidence=noted, link=_page_of(url, log))
    shown, *others = sorted(findings, key=lambda each: _rank(each, telling))
    said = Text(str(shown.get("title")), str(shown.get("title_zh")))
    link = f"{url}/findings/{member(shown, 'id', str)}" if url is not None else None
    return Result(
        Ending.FOUND,
        PORTAL,
        member(shown, "code", str),
        said,
        evidence=(*_evidence(shown), *_codes(others)),
        link=link,
    )


def _rank(finding: dict[str, Any], telling: Sequence[str]) -> tuple[int, int]:
    code, place = member(finding, "code", str), finding.get("place")
    return telling.index(code) if code in telling else len(telling), place if isinstance(place, int) else 0


def _evidence(finding: dict[str, Any]) -> tuple[Compared, ...]:
    return tuple(
        compare(each["what"], _label(each["what"]), _value(each["expected"]), _value(each["observed"]))
        for each in sorted(member(finding, "evidence", list), key=_is_same)[:MAX_SHOWN]
    )


def _label(what: str) -> str:
    return LABELS_ZH.get(what) or chinese_label(what)


def _value(text: str) -> Text:
    return Text(text, VALUES_ZH.get(text, text))


def _is_same(compared: dict[str, Any]) -> bool:
    """What differs is shown first."""
    return bool(compared["expected"] == compared["observed"])


def _codes(others: Sequence[dict[str, Any]]) -> tuple[Compared, ...]:
    codes = dict.fromkeys(str(other["code"]) for other in others)
    none = Text("nothing", "无")
    return (compare("found beside it", "同时发现", none, ", ".join(codes)),) if codes else ()


def _page_of(url: str | None, log: int | None) -> str | None:
    if url is None:
        return None
    return url if log is None else f"{url}/logs/{log}"


def _fresh_key() -> str:
    return f"attack-{uuid.uuid4()}"
