"""The page of a search: what was reached, by which settings, and which of them mattered."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.config.tuning import Range
from taskfusion.evaluate.metric import METRICS
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart, Plot
from taskfusion.report.glossary import metric_terms
from taskfusion.report.language import N_, _
from taskfusion.report.page import render
from taskfusion.report.tuning_chart import history_chart, importance_chart
from taskfusion.report.words import listed
from taskfusion.run.record.tuning import StudyRecord, TrialRecord, TuningRecord
from taskfusion.schema.metric import Metric

_FINISHED: Final = N_("finished")


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
    settings = [KeyFigure(_(name), str(value)) for name, value in tuning.budget.items()]
    return render(
        "tuning.html",
        title=tuning.name,
        box=_box(tuning),
        settings=settings,
        studies=[_view(study) for study in tuning.studies],
        glossary=metric_terms(study.criterion for study in tuning.studies),
    )


def _box(tuning: TuningRecord) -> VerdictBox:
    counts = sorted({len(study.trials) for study in tuning.studies})
    seconds = sum(trial.seconds for study in tuning.studies for trial in study.trials)
    gains = {_name(study): gain for study in tuning.studies if (gain := _gain(study)) is not None}
    improved = [name for name, gain in gains.items() if gain > 0]
    axis = around(
        _("by how many percent the criterion is better than with the experiment's own settings"), [0.0, *gains.values()]
    )
    bars = [
        Bar(name, f"{number.signed(gain, 2)}{number.percent_sign()}", "better" if gain > 0 else "unclear", (0.0, gain))
        for name, gain in gains.items()
    ]
    out, compared = (shlex.quote(tuning.name + suffix) for suffix in ("", "-compared"))
    found = _("Better settings for {models}", models=listed(improved)) if improved else ""
    return VerdictBox(
        found or _("No better settings were found"),
        "better" if improved else "unclear",
        [
            _(
                "The test rows were not read. The values are those of the best of many trials on the rows that chose "
                "it, so they flatter: train the best settings, and let the test rows judge them."
            )
        ],
        BarChart(_("What tuning gained"), axis, bars) if bars else None,
        [
            KeyFigure(_("models"), str(len(tuning.studies))),
            KeyFigure(_("trials per model"), _between(counts[0], counts[-1])),
            KeyFigure(_("time of all trials"), number.duration(seconds)),
        ],
        f"taskfusion compare EXPERIMENT.yaml --tuned {out} --out {compared}",
        _("gives every model its best settings and lets the test rows judge them"),
    )


def _between(low: object, high: object) -> str:
    """A number, or the ends of several."""
    return str(low) if low == high else _("{low} to {high}", low=low, high=high)


def _name(study: StudyRecord) -> str:
    return f"{study.variant} {study.model}".strip()


def _gain(study: StudyRecord) -> float | None:
    """By how many percent the best trial is better than the experiment's own settings; None where these were not
    tried to the end.
    """
    own, best = _own_value(study), study.best_trial.value
    if not own or best is None:
        return None
    change = 100 * (best - own) / own
    return change if METRICS[study.criterion].higher_is_better else -change


def _own_value(study: StudyRecord) -> float | None:
    first = study.trials[0]
    return first.value if study.first_is_own and first.stopped is None else None


def _view(study: StudyRecord) -> StudyView:
    criterion, trials = METRICS[study.criterion], study.trials
    names, best = list(study.space), study.best_trial
    importances = study.importances
    return StudyView(
        title=_name(study),
        criterion=criterion,
        overview=_overview(study, best),
        history=history_chart(trials, _(criterion.title), bool(criterion.higher_is_better)),
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
    own = _own_value(study)
    stopped = sum(trial.stopped is not None for trial in trials)
    gain = number.NOT_AVAILABLE if not own or best.value is None else number.signed(100 * (best.value - own) / own, 2)
    return (
        _(METRICS[metric].title),
        number.metric(metric, own),
        number.metric(metric, best.value),
        gain,
        str(best.trial),
        _("{count} ({stopped} stopped)", count=len(trials), stopped=stopped),
        number.duration(sum(trial.seconds for trial in trials)),
    )


def _trial(trial: TrialRecord, metric: str, names: Sequence[str]) -> tuple[str, ...]:
    settings = (plain(trial.settings[name]) for name in names)
    value = number.metric(metric, trial.value)
    ended = _(trial.stopped or _FINISHED)
    return (str(trial.trial), value, ended, number.duration(trial.seconds), *settings)


def plain(value: object) -> str:
    """A setting as text: numbers with three significant digits, all else as JSON."""
    if isinstance(value, float):
        return f"{value:.3g}"
    return value if isinstance(value, str) else json.dumps(value)


def _range(one: Range) -> str:
    if one.values is not None:
        return _(" or ").join(plain(value) for value in one.values)
    low, high = plain(one.low), plain(one.high)
    if one.log:
        return _("{low} to {high}, by logarithm", low=low, high=high)
    return _("{low} to {high}", low=low, high=high)
