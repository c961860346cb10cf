"""A study of transfer in its directory: kept, resumed, stopped by its budget, and refused where it should be."""

from pathlib import Path

import pytest

from support import experiment, log_table
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.pipeline.progress import Progress, Silent
from taskfusion.report.transfer import transfer_report
from taskfusion.run.record.transfer import TransferRecord
from taskfusion.study.transfer.transfer import study_transfer
from translations import english_left, in_japanese

PARTS = {name: log_table(120, seed).lazy() for seed, name in enumerate(("train", "validation", "test"))}
SMALL = experiment(training={"epochs": 1})


class Notes(Silent):
    """Keeps what is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_note(self, found: str) -> None:
        """Keep it."""
        self.notes.append(found)


class Clock:
    """A second later with every look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        self.now += 1
        return self.now


def study(
    out: Path,
    *,
    tasks: tuple[str, ...] = ("click",),
    seeds: int = 1,
    budget: float | None = None,
    progress: Progress | None = None,
) -> TransferRecord:
    return study_transfer(
        SMALL, PARTS, tasks, seeds, out, budget_seconds=budget, progress=progress or Silent(), clock=Clock()
    )


def test_a_budget_stops_before_a_model_and_the_same_call_goes_on(tmp_path: Path) -> None:
    notes = Notes()
    first = study(tmp_path / "t", budget=1.5, progress=notes)
    assert (first.models_done, first.models) == (1, 3)
    assert first.sources[0].others is None
    assert "is not finished: 1 of 3 models" in (tmp_path / "t" / "report.html").read_text()
    kept = (tmp_path / "t" / "all" / "seed-0" / "metrics.json").stat().st_mtime_ns
    whole = study(tmp_path / "t", progress=notes)
    assert (whole.models_done, whole.models) == (3, 3)
    assert set(whole.sources[0].targets) == {"seconds", "reaction"}
    assert [english_left(in_japanese(transfer_report, one)) for one in (first, whole)] == [[], []]
    assert (tmp_path / "t" / "all" / "seed-0" / "metrics.json").stat().st_mtime_ns == kept
    assert "3 trainings of at most 1 passes over 120 rows, 0 of them done" in notes.notes[0]
    assert "1 of them done; the others take about" in notes.notes[1]


def test_no_time_at_all_leaves_a_page_that_says_so(tmp_path: Path) -> None:
    found = study(tmp_path / "t", budget=0)
    assert found.models_done == 0
    assert "the model without it is not trained yet" in (tmp_path / "t" / "report.html").read_text()


def test_another_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("mine")
    with pytest.raises(RunError, match="is no study of transfer"):
        study(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


def test_a_changed_experiment_is_refused(tmp_path: Path) -> None:
    study(tmp_path / "t", budget=1.5)
    other = experiment(training={"epochs": 2})
    with pytest.raises(RunError, match=r"training\.epochs"):
        study_transfer(other, PARTS, ["click"], 1, tmp_path / "t", progress=Silent())


def test_an_unknown_task_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="nobody"):
        study(tmp_path / "t", tasks=("nobody",))
    assert list(tmp_path.iterdir()) == []
