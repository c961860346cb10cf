"""Figures of a search: what every trial reached, and which settings mattered."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from taskfusion.report.chart import Chart, axis, layout, text
from taskfusion.report.theme import BETTER, INK
from taskfusion.run.record.tuning import TrialRecord

_ROW = 30  # CSS pixels a setting


def history_chart(trials: Sequence[TrialRecord], title: str, higher_is_better: bool) -> Chart:
    """The criterion of every trial, open where it was stopped early, and a line along the best so far.

    Args:
        trials: in order.
        title: name of the criterion.
        higher_is_better: whether the best trial is the highest.
    """
    figure = go.Figure(layout=layout(xaxis=axis("trial", dtick=max(1, len(trials) // 10)), yaxis=axis(title)))
    ended = [trial for trial in trials if trial.stopped is None]
    stopped = [trial for trial in trials if trial.stopped is not None and trial.value is not None]
    better = max if higher_is_better else min
    begun = range(trials.index(ended[0]), len(trials)) if ended else range(0)
    best = [better(v for one in trials[: end + 1] if (v := _reached(one)) is not None) for end in begun]
    figure.add_scatter(
        x=[trials[end].trial for end in begun],
        y=best,
        mode="lines",
        name="best so far",
        line={"color": INK, "width": 1.5, "shape": "hv"},
        hoverinfo="skip",
    )
    for name, shown, symbol in (("finished", ended, "circle"), ("stopped early", stopped, "circle-open")):
        figure.add_scatter(
            x=[trial.trial for trial in shown],
            y=[trial.value for trial in shown],
            mode="markers",
            name=name,
            marker={"size": 9, "color": BETTER, "symbol": symbol},
            hovertemplate=f"trial %{{x}}, {name}: %{{y:.4f}}<extra></extra>",
        )
    return Chart(figure, f"{title} on the validation rows of every trial", height=280)


def _reached(trial: TrialRecord) -> float | None:
    """The criterion of a trial that came to its end."""
    return trial.value if trial.stopped is None else None


def importance_chart(importances: Mapping[str, float]) -> Chart:
    """A bar a setting, the most important on top.

    Args:
        importances: shares (0..1) by the names of settings.
    """
    names = sorted(importances, key=importances.__getitem__)
    figure = go.Figure(
        layout=layout(
            xaxis=axis("share of importance, %", range=[0, 100]),
            yaxis={"automargin": True, "zeroline": False},
            bargap=0.5,
        )
    )
    figure.add_bar(
        x=[100 * importances[name] for name in names],
        y=[text(name) for name in names],
        orientation="h",
        name="importance",
        marker={"color": BETTER},
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
    )
    return Chart(figure, "Importance of every setting", height=70 + _ROW * len(names))
