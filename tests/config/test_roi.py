"""A file of a change is strict, and a number alone is known exactly."""

from pathlib import Path

import pytest

from rois import ROI, change
from taskfusion.base.errors import ExperimentError
from taskfusion.config.roi import Range, exactly, read_roi


def test_it_is_read(tmp_path: Path) -> None:
    found = change(tmp_path)
    assert found.cost == str(tmp_path / "cost.json")
    assert found.memo == str(tmp_path / "memo.json")
    assert found.incident == exactly(2000) == Range(low=2000, likely=2000, high=2000)
    assert found.kpis[0].value.likely == 0.02
    assert Range.model_validate("1e6") == exactly(1_000_000)
    assert (found.months, found.upkeep_after.pipelines) == (24, exactly(0))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "low: 60, likely: 80, high: 110",
            "low: 90, likely: 80, high: 110",
            "should rise from low over likely to high",
        ),
        ("hour: {low: 60", "hour: {low: -60", "should not be below 0, found low: -60"),
        ("incident: 2000", "incident: dear", "incident"),
        ("incident: 2000", "incident: true", "incident"),
        ("incident: 2000", "incidents: 2000", "'incidents' is not a known key; did you mean 'incident'"),
        ("memo: memo.json", "", "kpis need the memo of a pilot"),
        ("name: shared", "name: shared\nlasting: 1.5", "should be shares, 0 to 1, found high: 1.5"),
        ("name: shared", "name: shared\nafter: separate models, online", "should be two plans"),
        ("name: shared", "name: shared\nmonths: 0", "months"),
        ("migration: {hours: {low: 60, likely: 120, high: 300}}", "", "migration"),
        ("hour: {low: 60", "hour: {lower: 60", "'hour.lower' is not a known key; did you mean 'low'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in ROI
    with pytest.raises(ExperimentError, match=message):
        change(tmp_path, text=ROI.replace(old, new))


def test_a_kpi_twice_is_named(tmp_path: Path) -> None:
    line = next(line for line in ROI.splitlines() if "kpi: like" in line)
    with pytest.raises(ExperimentError, match="'like' stands there twice"):
        change(tmp_path, text=ROI.replace(line, f"{line}\n{line}"))


def test_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="no file of a return on investment can be read"):
        read_roi(tmp_path / "none.yaml")
