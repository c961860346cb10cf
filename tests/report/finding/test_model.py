"""What is said of a model comes from the measures alone."""

import pytest

from judged import audit_of, segmented, small
from taskfusion.report.finding.form import FindingValues
from taskfusion.report.finding.model import MODEL_WORDS, is_useless
from taskfusion.report.language import speaking
from translations import english_left

VALUES: dict[str, FindingValues] = {
    "model.learned": {},
    "model.small": {"task": "hide"},
    "model.sound": {"task": "click"},
    "model.whole": {"task": "click", "measure": "calibration"},
    "model.off": {"task": "click", "measure": "calibration"},
    "model.worse": {"task": "click", "measure": "relative_loss"},
    "model.payments": {},
    "model.payments.open": {"task": "click", "column": "device", "value": "web", "more": 2},
    "model.few": {"small": 1, "pairs": 5},
}


@pytest.mark.parametrize("kind", VALUES)
def test_each_kind_is_said_whole_in_japanese(kind: str) -> None:
    model = audit_of(segmented(), small(), learned_rows=12)
    english = MODEL_WORDS[kind](VALUES[kind], model)
    assert "{" not in f"{english.subject}{english.seen}{english.advice}"
    with speaking("ja"):
        said = MODEL_WORDS[kind](VALUES[kind], model)
    assert english_left(f"<p>{said.subject}</p><p>{said.seen}</p><p>{said.advice}</p>") == []
    assert (said.advice == "") == (english.advice == "")


def test_segments_are_named_where_predictions_are_off() -> None:
    said = MODEL_WORDS["model.off"](VALUES["model.off"], audit_of(segmented()))
    assert "over-predicted by" in said.seen
    assert said.seen.endswith("where device is web")


def test_losses_that_are_shown_to_be_above_the_mean_are_useless() -> None:
    assert not is_useless(segmented().overall)
    assert set(MODEL_WORDS) == {*VALUES, "model.useless"}
