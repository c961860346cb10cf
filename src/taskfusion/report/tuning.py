"""The page of a search: what was reached, by which settings, and which of them mattered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from taskfusion.config.tuning import Range
from taskfusion.evaluate.metric import METRICS
from taskfusion.report import number
from taskfusion.report.figure import BarChart, Plot
from taskfusion.report.page import render
from taskfusion.report.run import KeyFigure
from taskfusion.report.tuning_chart import history_chart, importance_chart
from taskfusion.run.record.tuning import StudyRecord, TrialRecord, TuningRecord
from taskfusion.schema.metric import Metric


@dataclass(frozen=True)
class SettingRow:
    """One setting, as text."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class StudyView:
    """One model: its line in the overview, figures and tables."""

    title: str
    criterion: Metric
    overview: tuple[str, ...]
    history: Plot
    importance: BarChart | None
    settings: Sequence[SettingRow]
    names: Sequence[str]
    trials: Sequence[tuple[str, ...]]


def tuning_report(tuning: TuningRecord) -> str:
    """The page of a search as HTML; it opens offline."""
    counts = sorted({len(study.trials) for study in tuning.studies})
    seconds = sum(trial.seconds for study in tuning.studies for trial in study.trials)
    key_figures = [
        KeyFigure("models", str(len(tuning.studies))),
        KeyFigure("trials per model", " to ".join(dict.fromkeys(str(count) for count in (counts[0], counts[-1])))),
        KeyFigure("time of all trials", number.duration(seconds)),
        *(KeyFigure(name, str(value)) for name, value in tuning.budget.items()),
    ]
    return render(
        "tuning.html", title=tuning.name, key_figures=key_figures, studies=[_view(study) for study in tuning.studies]
    )


def _view(study: StudyRecord) -> StudyView:
    criterion, trials = METRICS[study.criterion], study.trials
    names, best = list(study.space), study.best_trial
    importances = study.importances
    return StudyView(
        title=f"{study.variant} {study.model}".strip(),
        criterion=criterion,
        overview=_overview(study, best),
        history=history_chart(trials, criterion.title, bool(criterion.higher_is_better)),
        importance=importance_chart(importances) if importances else None,
        settings=[
            SettingRow(name, (plain(study.own[name]), plain(best.settings[name]), _range(study.space[name])))
            for name in names
        ],
        names=names,
        trials=[_trial(trial, study.criterion, names) for trial in trials],
    )


def _overview(study: StudyRecord, best: TrialRecord) -> tuple[str, ...]:
    trials, metric = study.trials, study.criterion
    own = trials[0].value if study.first_is_own and trials[0].stopped is None else None
    stopped = sum(trial.stopped is not None for trial in trials)
    gain = number.NOT_AVAILABLE if not own or best.value is None else number.signed(100 * (best.value - own) / own, 2)
    return (
        METRICS[metric].title,
        number.metric(metric, own),
        number.metric(metric, best.value),
        gain,
        str(best.trial),
        f"{len(trials)} ({stopped} stopped)",
        number.duration(sum(trial.seconds for trial in trials)),
    )


def _trial(trial: TrialRecord, metric: str, names: Sequence[str]) -> tuple[str, ...]:
    settings = (plain(trial.settings[name]) for name in names)
    value, ended = number.metric(metric, trial.value), trial.stopped or "finished"
    return (str(trial.trial), value, ended, number.duration(trial.seconds), *settings)


def plain(value: object) -> str:
    """A setting as text: numbers with three significant digits, all else as JSON."""
    if isinstance(value, float):
        return f"{value:.3g}"
    return value if isinstance(value, str) else json.dumps(value)


def _range(one: Range) -> str:
    if one.values is not None:
        return " or ".join(plain(value) for value in one.values)
    scale = ", by logarithm" if one.log else ""
    return f"{plain(one.low)} to {plain(one.high)}{scale}"
