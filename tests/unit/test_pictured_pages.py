"""Every page of desk, portal and attack room is declared to be pictured: a new one can't be forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from ledger_cli.attacks import room_pages
from tests.browser.gallery import DECLARED, NO_PAGE, NO_PAGES, PAGES
from tests.gateway_support import run_gateway
from tests.support.portal_site import run_portal_site
from tests.support.routes import walk_routes


def list_pages(routes: Iterable[object]) -> set[str]:
    """The paths that a browser may open and that aren't a file or a program's by their very name."""
    return {
        route.path
        for route in walk_routes(routes)
        if "GET" in (route.methods or set()) and not NO_PAGE.search(route.path)
    }


def verify_pictured(application: str, found: set[str]) -> None:
    """Fail with the pages that aren't declared, and with what is declared but no page any more."""
    declared = PAGES[application].keys() | NO_PAGES[application].keys()
    new, gone = sorted(found - declared), sorted(declared - found)
    assert not new, f"name these pages in tests/browser/gallery.py and have them pictured: {new}"
    assert not gone, f"these are no pages of the application any more: {gone}"


def test_every_page_of_the_desk_is_pictured(tmp_path: Path) -> None:
    with run_gateway(tmp_path / "gateway") as gateway:
        verify_pictured("desk", list_pages(gateway.app.routes))


def test_every_page_of_the_portal_is_pictured(tmp_path: Path) -> None:
    with run_portal_site(tmp_path / "portal") as site:
        verify_pictured("portal", list_pages(site.app.routes))


def test_every_page_of_the_attack_room_is_pictured() -> None:
    verify_pictured("room", list_pages(room_pages.router.routes))


def test_a_page_that_nobody_declared_fails() -> None:
    routes = list_pages(room_pages.router.routes)
    with pytest.raises(AssertionError, match="have them pictured"):
        verify_pictured("room", routes | {"/new-page"})
    with pytest.raises(AssertionError, match="no pages of the application"):
        verify_pictured("room", routes - {"/plays"})


def test_pages_and_pictures_are_declared_for_each_other() -> None:
    assert {name for pages in PAGES.values() for name in pages.values()} == set(DECLARED)
