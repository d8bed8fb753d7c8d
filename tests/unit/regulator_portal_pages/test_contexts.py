"""Each page's template uses just what its context has, and says everything in both languages."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, meta, nodes

import regulator_portal
from regulator_portal.findings.codes import FindingCode
from regulator_portal.pages import (
    audit,
    contents,
    entries,
    findings,
    jobs,
    logs,
    overview,
    packs,
    record_lists,
    records,
    sign_in,
    verifications,
    verify,
)
from regulator_portal.pages import (
    nodes as nodes_pages,
)
from regulator_portal.pages.meanings import MEANINGS

TEMPLATES = Path(regulator_portal.__file__).parent / "templates"
GIVEN_BY_THE_KIT = {
    "t", "lang", "now", "text", "static", "request", "development", "say_label", "svg_icon",
}  # fmt: skip
CONTEXTS = {
    "sign_in.html": sign_in.SignInPage,
    "overview.html": overview.OverviewPage,
    "log_entries.html": logs.LogEntriesPage,
    "log_checkpoints.html": logs.LogCheckpointsPage,
    "entry.html": entries.EntryPage,
    "record_list.html": record_lists.RecordsPage,
    "record.html": records.RecordPage,
    "content.html": contents.ContentPage,
    "pack.html": packs.PackPage,
    "verify.html": verify.VerifyPage,
    "verifications.html": verifications.VerificationsPage,
    "verification.html": verifications.VerificationPage,
    "findings.html": findings.FindingsPage,
    "finding.html": findings.FindingPage,
    "jobs.html": jobs.JobsPage,
    "job.html": jobs.JobPage,
    "job_new.html": jobs.NewJobPage,
    "nodes.html": nodes_pages.NodesPage,
    "nodes_retired.html": nodes_pages.RetiredPage,
    "audit.html": audit.AuditPage,
}


def list_used(name: str) -> set[str]:
    """The names that a template, what it extends and what it includes take from the context."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    tree = environment.parse((TEMPLATES / name).read_text("utf-8"))
    used = meta.find_undeclared_variables(tree)
    others: list[nodes.Extends | nodes.Include] = [
        *tree.find_all(nodes.Extends),
        *tree.find_all(nodes.Include),
    ]
    for other in others:
        target = other.template
        assert isinstance(target, nodes.Const)
        if not str(target.value).startswith("kit/"):
            used |= list_used(str(target.value))
    declared = {str(each.target) for each in tree.find_all(nodes.Import)}
    return used - GIVEN_BY_THE_KIT - declared


@pytest.mark.parametrize("name", sorted(CONTEXTS))
def test_a_template_uses_just_its_pages_context(name: str) -> None:
    context = {each.name for each in fields(CONTEXTS[name])}
    # A part that stands within a loop takes the loop's row from there.
    used = list_used(name) - ({"row"} if "row" not in context else set())

    assert used == context


def test_every_template_belongs_to_a_page_or_is_a_part() -> None:
    found = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}

    assert {name for name in found if "/" not in name} - {"log.html"} == set(CONTEXTS)


def test_every_kind_of_finding_has_its_meaning() -> None:
    assert set(MEANINGS) == {code.value for code in FindingCode}


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_a_meaning_says_what_it_means_and_what_not_in_both_languages(code: str) -> None:
    meaning = MEANINGS[code]
    for english, chinese in (meaning.means, meaning.does_not_mean, meaning.next_step):
        assert english.isascii()
        assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
