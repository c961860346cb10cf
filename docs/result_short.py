"""What the comparisons say in short, in two tables at the head of docs/results.md."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from result_runs import MAIN, MORE, STUDIED, TUNED, TUNED_SHARING, Run
from result_tables import interval, lines

from taskfusion.evaluate.comparison import Difference
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.run.record.comparison import ComparisonRecord

Found = Mapping[tuple[str, str], ComparisonRecord | None]
"""Records of comparisons, by data set and folder; None: not run."""

STAGES: Final[Mapping[str, Sequence[Run]]] = {"as shipped": (MAIN, MORE), "tuned": (TUNED_SHARING,)}
"""Comparisons among ways of sharing; what the first holds of a baseline goes before the others."""

ABOUT: Final = f"""## In short

One {STUDIED[0]} model on test rows: differences of NE (watch_ratio: of MSE) in percent with 95 % intervals. Below 0 it
is better; an interval that holds 0 shows no difference. "Tuned" is after 10 trials for every model, of baselines for
every task; they go by one seed and validation rows, and can choose worse settings than the shipped ones.

First against the better of LightGBM and separate models that had the same teachers:
"""


def in_short(found: Found, data_sets: Sequence[str]) -> list[str]:
    """Both tables."""
    against_baselines = [row for name in data_sets for row in _baseline_rows(found, name)]
    by_column = [_between(found, name, runs) for name in data_sets for runs in STAGES.values()]
    others = dict.fromkeys(other for column in by_column for other in column)
    against_others = [[other, *(_text(column.get(other)) for column in by_column)] for other in others]
    return [
        ABOUT,
        lines(["data set", "task", *STAGES], against_baselines),
        "",
        "Then against the other ways of sharing, mean over the tasks; the sections below say how many seeds:\n",
        lines(["against", *(f"{name}, {stage}" for name in data_sets for stage in STAGES)], against_others),
        "",
    ]


def _baseline_rows(found: Found, name: str) -> Iterator[list[str]]:
    shipped, tuned = (_against_better_baseline(found[name, run.folder]) for run in (MAIN, TUNED))
    for task in dict.fromkeys([*shipped, *tuned]):
        yield [name, task, _text(shipped.get(task)), _text(tuned.get(task))]


def _against_better_baseline(content: ComparisonRecord | None) -> dict[str, Difference]:
    """By task, and for their mean, the studied variant's difference from the better baseline."""
    for one in _contrasts(content, "contrasts"):
        if one.baseline == BETTER_BASELINE:
            changes = {task: metrics[LEAD_METRIC] for task, metrics in one.tasks.items()}
            return {**changes, "mean": one.mean[LEAD_METRIC]}
    return {}


def _between(found: Found, name: str, runs: Sequence[Run]) -> dict[str, Difference]:
    """By other variant the studied one's mean difference from it."""
    changes: dict[str, Difference] = {}
    for run in runs:
        for one in _contrasts(found[name, run.folder], "between"):
            changes.setdefault(one.baseline, one.mean[LEAD_METRIC])
    return changes


def _contrasts(content: ComparisonRecord | None, kind: str) -> Sequence[Contrast]:
    """Those of the studied variant."""
    evidence = content.evidence if content else None
    return [one for one in getattr(evidence, kind) if one.variant in STUDIED] if evidence else []


def _text(change: Difference | None) -> str:
    if change is None:
        return "not run"
    return f"{interval(change)} {change.verdict}" if change.verdict in ("better", "worse") else interval(change)
