"""tuning.json: trials, and the best of them."""

from pathlib import Path

import pytest

from artifacts import require_strict
from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.config.tuning import Range
from taskfusion.run.record.tuning import StudyRecord, TrialRecord, TuningRecord


def trial(number: int, value: float | None, stopped: str | None = None) -> TrialRecord:
    return TrialRecord(
        trial=number, value=value, stopped=stopped, evaluations=2, seconds=1.0, settings={"embedding.dim": 4 * number}
    )


STUDY = StudyRecord(
    variant="ple",
    model="",
    tasks=("click",),
    criterion="auc",
    space={"embedding.dim": Range(values=(4, 8))},
    own={"embedding.dim": 8},
    first_is_own=False,
    trials=(trial(1, 0.7), trial(2, 0.8), trial(3, None, "diverged")),
    best=2,
    importances={},
)
RECORD = TuningRecord(name="t", budget={"seed": 0}, studies=(STUDY,))


def test_anything_else_is_refused_in_every_place(tmp_path: Path) -> None:
    require_strict(tmp_path / "tuning.json", RECORD, free=("budget", "own", "settings", "values"))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_artifact(tmp_path / "tuning.json", RECORD)
    assert read_artifact(tmp_path / "tuning.json", TuningRecord) == RECORD


def test_the_best_trial_is_that_of_its_number() -> None:
    assert STUDY.best_trial == trial(2, 0.8)


@pytest.mark.parametrize("best", ["0", "4"])
def test_a_best_trial_that_is_not_there_is_refused(best: str, tmp_path: Path) -> None:
    path = tmp_path / "tuning.json"
    write_artifact(path, RECORD)
    path.write_text(path.read_text().replace('"best": 2', f'"best": {best}'))
    with pytest.raises(RunError, match=r"tuning\.json.*best"):
        read_artifact(path, TuningRecord)
