import pytest

from taskfusion.report.calibration import calibration_notes
from taskfusion.report.language import speaking
from taskfusion.run.record.calibration import FittedMap

PARAMETERS: dict[str, float | tuple[float, ...]] = {"scale": 0.98765, "shift": -0.5}
FITTED = {
    "b": FittedMap(method="isotonic", parameters={"logits": (0.0, 1.0), "calibrated": (0.0, 2.0)}, reason=None),
    "a": FittedMap(method="platt", parameters=PARAMETERS, reason=None),
    "c": FittedMap(method="platt", parameters=None, reason="no validation row has a known label"),
}


def test_notes_are_sentences() -> None:
    assert calibration_notes(FITTED) == [
        "b: isotonic, 2 knots.",
        "a: platt, scale 0.9877, shift -0.5.",
        "c: platt, which could not be fitted: no validation row has a known label.",
    ]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_they_can_be_said_in_japanese(place: int) -> None:
    with speaking("ja"):
        assert not calibration_notes(FITTED)[place].isascii()
