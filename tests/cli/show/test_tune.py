"""What tune prints."""

from pathlib import Path

import pytest

from taskfusion.cli.output import out
from taskfusion.cli.show.tune import print_tuning
from taskfusion.run.record.tuning import StudyRecord, TrialRecord, TuningRecord


def _study(variant: str, model: str) -> StudyRecord:
    trials = tuple(
        TrialRecord(trial=i + 1, value=value, stopped=stopped, evaluations=3, seconds=20.4, settings={})
        for i, (value, stopped) in enumerate([(0.91234, None), (None, "diverged"), (0.80001, None)])
    )
    return StudyRecord(
        variant=variant,
        model=model,
        tasks=("click",),
        criterion="relative_loss",
        space={},
        own={},
        first_is_own=True,
        trials=trials,
        best=3,
        importances={},
    )


@pytest.mark.parametrize("width", [60, 80, 160])
def test_every_model_is_shown_with_its_best_trial_and_where_its_settings_are(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = TuningRecord(name="t", budget={}, studies=(_study("adatt-sp", ""), _study("single-task", "click")))
    monkeypatch.setattr(out, "width", width)
    print_tuning(found, Path("t"))
    shown = capsys.readouterr().out
    table, *paths = shown.split("best settings: ")
    assert max(map(len, table.splitlines())) <= width
    words = table.split()
    assert words.count("0.9123") == words.count("0.8000") == 2
    assert words.count("61") == 2  # seconds of all trials
    assert [path.strip() for path in paths] == ["t/adatt-sp/best.yaml", "t/single-task/click/best.yaml"]
