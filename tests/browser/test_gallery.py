"""The gallery of screenshots is complete. This comes last; by itself it can only fail."""

from __future__ import annotations

import pytest

from tests.browser.gallery import Gallery

pytestmark = pytest.mark.needs_system("chromium")


def test_every_page_was_pictured_in_each_state_and_language(gallery: Gallery) -> None:
    missing = gallery.list_missing()
    assert not missing, f"run all of tests/browser: {len(missing)} pictures were not made: {missing}"
