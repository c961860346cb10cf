"""The page says first what to do, and what of it was shown."""

from pathlib import Path

import pytest

from rois import ROI, change, kpi
from taskfusion.pilot.roi.roi import return_on_investment
from taskfusion.report.language import speaking
from taskfusion.report.roi import VERDICTS, roi_box, roi_report, shown_case
from taskfusion.run.record.pilot_memo import Adjusted
from taskfusion.run.record.roi import RoiRecord
from translations import english_left


def record(folder: Path, text: str = ROI, **more: object) -> RoiRecord:
    """A return of few draws."""
    return return_on_investment(change(folder, text=text, **more), 2000)  # type: ignore[arg-type]


def test_the_first_screen_says_what_to_do(tmp_path: Path) -> None:
    found = record(tmp_path)
    box = roi_box(found)
    assert box.title == VERDICTS["go"][0]
    assert "taskfusion pilot ramp" in box.command
    assert "It pays for itself within 24 months with a chance of " in box.sentences[0]
    assert box.sentences[-1].startswith("Most of the doubt comes from: ")
    page = roi_report(found)
    first, _, rest = page.partition("</section>")
    assert "savings alone" in first
    assert "hate: the pilot read it, but no worth is declared." in rest
    assert "measured in the pilot" in rest
    assert shown_case(found).name == "shown effects"


@pytest.mark.parametrize("action", ["extend", "hold", "roll back"])
def test_each_verdict_has_its_next_step(tmp_path: Path, action: str) -> None:
    box = roi_box(record(tmp_path, action=action))
    assert bool(box.command) == (action == "extend")
    assert box.title != VERDICTS["go"][0]


def test_a_pilot_that_found_harm_is_the_reason(tmp_path: Path) -> None:
    assert roi_box(record(tmp_path, action="roll back")).title == "Stop: the pilot found harm"


def test_what_was_not_shown_is_marked(tmp_path: Path) -> None:
    page = roi_report(record(tmp_path, action="hold", kpis=[kpi("like", 0.02, 0.02, "not shown")]))
    assert "effect on like, not shown" in page


EARLY = Adjusted(change=0.02, lower=0.005, upper=0.035, error=0.008, look=2, is_early=True)


def test_an_early_end_says_what_counts(tmp_path: Path) -> None:
    page = roi_report(record(tmp_path, kpis=[kpi("like", 0.03, 0.005, adjusted=EARLY)]))
    assert "+3.00\u202f% was measured, and +2.00\u202f% counts here." in page
    assert "measured in the pilot, adjusted for its looks" in page
    same = Adjusted.model_validate(EARLY.model_dump() | {"change": 0.030001})
    page = roi_report(record(tmp_path, kpis=[kpi("like", 0.03, 0.005, adjusted=same)]))
    assert "its effect is still +3.00\u202f%." in page


def test_it_is_in_japanese(tmp_path: Path) -> None:
    with speaking("ja"):
        page = roi_report(record(tmp_path, kpis=[kpi("like", 0.03, 0.005, adjusted=EARLY)]))
    assert "投資対効果" in page
    assert english_left(page) == []
    assert "「個別モデル・オンライン」（モデル数 3）から「統合モデル・オンライン」" in page
