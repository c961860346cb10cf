"""A return survives JSON."""

from pathlib import Path

from rois import change
from taskfusion.pilot.roi.roi import return_on_investment
from taskfusion.run.record.roi import RoiRecord


def test_it_survives_json(tmp_path: Path) -> None:
    found = return_on_investment(change(tmp_path), 500)
    assert RoiRecord.model_validate_json(found.model_dump_json()) == found
