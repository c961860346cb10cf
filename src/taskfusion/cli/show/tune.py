"""What tune found."""

from pathlib import Path

from taskfusion.cli.output import out
from taskfusion.evaluate.metric import METRICS
from taskfusion.report.grid import Grid
from taskfusion.report.records import format_metric
from taskfusion.run.record.tuning import StudyRecord, TuningRecord
from taskfusion.study.tune.search import BEST


def print_tuning(found: TuningRecord, folder: Path) -> None:
    """A row per model, and where its best settings are."""
    out.print(_table(found))
    for study in found.studies:
        out.print(f"best settings: {folder / study.variant / study.model / BEST}", soft_wrap=True)


def _table(found: TuningRecord) -> Grid:
    headings = ["model", "criterion", "first trial", "best", "in trial", "trials", "stopped early", "seconds"]
    return Grid("validation rows", headings, [_row(study) for study in found.studies], texts=2)


def _row(study: StudyRecord) -> list[str]:
    trials = study.trials
    return [
        f"{study.variant} {study.model}".strip(),
        METRICS[study.criterion].title,
        format_metric(trials[0].value),
        format_metric(study.best_trial.value),
        str(study.best),
        str(len(trials)),
        str(sum(trial.stopped is not None for trial in trials)),
        f"{sum(trial.seconds for trial in trials):.0f}",
    ]
