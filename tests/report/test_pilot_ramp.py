"""The page of a ramp says where it is and what to do, in both languages."""

from typing import get_args

import pytest

from ramp_records import record, stage
from taskfusion.report.language import speaking
from taskfusion.report.pilot_ramp import TITLES, ramp_box, ramp_report
from taskfusion.run.record.ramp import Phase, Reason
from translations import english_left


@pytest.mark.parametrize("phase", get_args(Phase))
def test_each_phase_has_its_title(phase: Phase) -> None:
    found = ramp_box(record(phase=phase, stage=-1 if phase == "new" else 1))
    assert (found.title, found.style) == TITLES[phase][:2]
    assert found.command
    assert found.gains is not None
    assert [bar.span is not None for bar in found.gains.bars] == [True, True, False]


def test_the_page_has_all_stages_and_reasons() -> None:
    page = ramp_report(record())
    assert "Rolled back: mend the candidate" in page
    assert "Alarm calibration &#39;like&#39;: 12, limit 9" in page
    assert "not reached" in page
    with speaking("ja"):
        page = ramp_report(record())
    assert 'lang="ja"' in page
    assert english_left(page) == []
    assert "ロールバック済み" in page


def test_a_candidate_is_not_blamed_for_missing_data() -> None:
    late = Reason(kind="alarms late", subject="watch/alarms.json", value=90.0)
    stages = [stage("shadow", 0, "success"), stage("1", 1, "missing", reasons=[late]), stage("100", 99)]
    assert ramp_box(record(stages=stages)).title == "Rolled back: data were missing, so that nobody could judge"


def test_an_error_goes_before_the_phase() -> None:
    found = ramp_box(record(phase="staying", error="somebody changed them"))
    assert (found.title, found.style) == ("Stopped: somebody has to act", "worse")
    assert "somebody changed them" in found.sentences
