"""The mirror on a real gateway and chain: what is kept, pinned, verified, and found."""

from __future__ import annotations

import pytest

from regulator_portal.jobs.models import JobState
from regulator_portal.mirror.models import CheckpointOutcome, EntryVerdict, LogState
from regulator_portal.mirror.repository import MirrorRepository
from tests.integration.portal.conftest import Issued
from tests.portal_support import FIRST_LOG, SECOND_LOG, PortalUnderTest

pytestmark = [pytest.mark.integration, pytest.mark.chain]


def test_a_log_is_mirrored_pinned_and_its_evidence_verified(issued: Issued, portal: PortalUnderTest) -> None:
    job = portal.mirror()
    assert (job.state, job.problem) == (JobState.DONE, None)
    row = portal.log()
    assert row.size == row.verified_size == row.head_size > 0
    assert row.state == LogState.PASSED
    with portal.tools.database.reading() as session:
        pins = MirrorRepository(session).list_checkpoints(FIRST_LOG, 0, 100)
    assert pins[-1].size == row.size
    assert {pin.outcome for pin in pins} == {CheckpointOutcome.PASSED}
    swept = portal.sweep()
    assert swept.state == JobState.DONE
    assert (portal.log().passed_count, portal.log().pending_count) == (row.size, 0)
    with portal.tools.database.reading() as session:
        entry = MirrorRepository(session).get_entry(FIRST_LOG, 0)
    assert entry.verdict == EntryVerdict.PASSED
    assert portal.findings() == []


def test_a_full_round_of_an_honest_stack_is_clean(portal: PortalUnderTest) -> None:
    checked = portal.check()
    assert (checked.exit_code, checked.findings, checked.unchecked) == (0, (), ())
    assert portal.log(SECOND_LOG).state == LogState.PASSED
