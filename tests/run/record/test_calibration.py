"""calibration.json holds maps of every form to the bit."""

from pathlib import Path

import pytest

from artifacts import require_strict
from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.run.record.calibration import FittedCalibration, FittedMap

FITTED = FittedCalibration(
    tasks={
        "click": FittedMap(
            method="isotonic", parameters={"logits": (-0.1, 1 / 3), "calibrated": (0.0, 2.0)}, reason=None
        ),
        "minutes": FittedMap(method="linear", parameters={"scale": 1.1, "shift": -1e-300}, reason=None),
        "genre": FittedMap(method="temperature", parameters=None, reason="one class"),
    }
)


def test_anything_else_is_refused_in_every_place(tmp_path: Path) -> None:
    require_strict(tmp_path / "calibration.json", FITTED)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_artifact(tmp_path / "calibration.json", FITTED)
    assert read_artifact(tmp_path / "calibration.json", FittedCalibration) == FITTED


@pytest.mark.parametrize("number", ["NaN", "Infinity", '"1"', "[[1]]"])
def test_parameters_are_numbers(number: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    write_artifact(path, FITTED)
    path.write_text(path.read_text().replace("1.1", number))
    with pytest.raises(RunError, match=r"calibration\.json.*minutes\.parameters"):
        read_artifact(path, FittedCalibration)
