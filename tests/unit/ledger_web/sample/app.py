"""A small service on the kit: every part of it on one page, and every kind of refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response

from ledger_proofs.reports import Comparison, Outcome, Report, StepResult
from ledger_proofs.types import JsonValue
from ledger_web.errors import FieldProblem, NotSignedIn, Unavailable
from ledger_web.forms import verify_same_origin
from ledger_web.metrics import RequestMetrics
from ledger_web.pages import NavItem, Pages
from ledger_web.refusals import answer_refusals
from ledger_web.requests import RequestLayer

NOW = 1_795_342_000
ROOT = "0x" + "5f" * 31 + "a1"
OTHER = "0x" + "07" * 32


@dataclass(frozen=True)
class Row:
    position: int
    commitment: str
    at: int
    outcome: str


@dataclass(frozen=True)
class PartsPage:
    typed: str
    rows: Sequence[Row]
    report: dict[str, JsonValue]
    faults: Sequence[FieldProblem]


def build_report() -> dict[str, JsonValue]:
    names = ("fields", "entry", "inclusion", "anchor", "author", "time", "claims")
    steps = []
    for number, name in enumerate(names, start=1):
        failed = name == "inclusion"
        steps.append(
            StepResult(
                number,
                name,
                Outcome.FAILED if failed else Outcome.COULD_NOT_CHECK if number > 3 else Outcome.PASSED,
                "proof.root_mismatch" if failed else "premise.not_established" if number > 3 else "passed",
                (Comparison("checkpoint's root", ROOT, OTHER if failed else ROOT),) if number <= 3 else (),
                "the proof's root is another" if failed else "the disclosed fields hash to the commitment",
                "证明所得的根与所述不符" if failed else "所披露的字段与承诺一致",
            )
        )
    return Report(tuple(steps), Outcome.FAILED, 1204).as_json()


def build_pages(*, development: bool = True) -> Pages:
    return Pages(
        "tests.unit.ledger_web.sample",
        title=("Regulator's portal", "监管门户"),
        navigation=lambda _request: (
            NavItem("/pages", ("Overview", "总览"), "home"),
            NavItem("/pages/parts", ("Logs", "日志"), "list-details"),
            NavItem("/pages/verify", ("Verify", "核验"), "zoom-check"),
            NavItem("/pages/findings", ("Findings", "发现"), "flag", 2),
            NavItem("/pages/jobs", ("Jobs", "任务"), "activity", 0),
        ),
        development=development,
        sign_in="/pages/sign-in",
        sign_out="/pages/sign-out",
        home="/pages",
        clock=lambda: NOW,
    )


def build_app(pages: Pages | None = None) -> FastAPI:
    pages = pages or build_pages()
    app = FastAPI()
    app.add_middleware(RequestLayer, metrics=RequestMetrics(), is_production=False)
    pages.mount(app)
    answer_refusals(app, pages, ("/pages",))

    @app.get("/pages/parts")
    def parts(request: Request, typed: str = "") -> Response:
        request.state.principal_name = "吴敏"
        outcomes = ("passed", "passed", "late", "pending", "withheld", "failed")
        rows = [
            Row(1200 + at, "0x" + f"{at * 7919:064x}", NOW - 61 * (at + 1), outcomes[at % 6])
            for at in range(50 if typed == "fifty" else 8)
        ]
        faults = [FieldProblem("/quantity", "must be greater than 0", "必须大于 0")]
        return pages.render(request, "parts.html", PartsPage(typed, rows, build_report(), faults))

    @app.get("/pages/sign-in")
    def sign_in(request: Request) -> Response:
        return pages.render(request, "sign_in.html", {})

    @app.get("/pages/sheet")
    def sheet(request: Request) -> Response:
        return pages.render(request, "sheet.html", {}, import_map=True)

    @app.post("/pages/act")
    def act(request: Request) -> dict[str, str]:
        verify_same_origin(request)
        return {"done": "yes"}

    @app.get("/pages/members")
    @app.get("/v1/members")
    def members() -> None:
        raise NotSignedIn("Sign in to see this.", "请登录后查看。")

    @app.get("/pages/busy")
    def busy() -> None:
        raise Unavailable("The chain does not answer.", "链无应答。", retry_after_seconds=90)

    @app.get("/pages/broken")
    def broken() -> None:
        raise RuntimeError("secret detail")

    @app.get("/pages/numbered")
    def numbered(number: int) -> int:
        return number

    return app
