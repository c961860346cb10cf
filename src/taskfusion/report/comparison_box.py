"""The verdict of a comparison: which method to take, what every task gains, what it costs."""

import shlex
from collections.abc import Sequence
from typing import Final

from taskfusion.evaluate.comparison import Interval, VariantSummary
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence
from taskfusion.evaluate.joint import JointDifference
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.verdict import Choice, better_baselines, choice
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.table import is_few
from taskfusion.report.words import listed, verb
from taskfusion.run.record.comparison import ComparedTask, ComparisonRecord
from taskfusion.variants.table import VARIANTS

MEAN: Final = "mean over the tasks"

OPTIMISTIC: Final = (
    "There is no test split: these are the rows that chose each model's best epoch, so the numbers are optimistic."
)
"""Said where the split of a comparison is validation."""

_ENOUGH_SEEDS: Final = 3
_STYLES: Final = {"better": "better", "worse": "worse"}


def comparison_box(record: ComparisonRecord) -> VerdictBox:
    """The verdict of a comparison."""
    evidence = record.evidence
    found = None if evidence is None else choice(evidence)
    if evidence is None or found is None:
        names = [one.variant for one in record.summary.variants]
        return VerdictBox("Nothing is compared", "unclear", [_alone(names)], None)
    against = found.contrast.baseline
    command, purpose = _next(record, found)
    return VerdictBox(
        _title(found),
        "better" if found.is_shown and not found.paying else "unclear",
        [*_reasons(found, _against(evidence, against)), *_cautions(record, found)],
        gain_chart(found.contrast, record.tasks),
        _costs(record, found),
        command,
        purpose,
    )


def gain_chart(contrast: Contrast, tasks: Sequence[ComparedTask]) -> BarChart:
    """A bar for the mean gain and one for each task, with intervals."""
    changes = {MEAN: contrast.mean, **contrast.tasks}
    kinds = {task.name: task for task in tasks}
    bars = [
        gain_bar(name, metrics[LEAD_METRIC], _note(kinds.get(name)))
        for name, metrics in changes.items()
        if LEAD_METRIC in metrics
    ]
    return bar_chart(f"Gain of {contrast.variant} on every task", bars)


def gain_bar(name: str, change: JointDifference, note: str = "") -> Bar:
    """The gain of a row, from the change of its loss in percent."""
    gain = change.negated
    return Bar(
        name, interval_text(gain), _STYLES.get(change.verdict, "unclear"), (0.0, gain.mean), gain.ends, note=note
    )


def bar_chart(label: str, bars: Sequence[Bar]) -> BarChart:
    """Gains on one axis, which holds 0."""
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    title = "gain: by how many percent the loss is lower; right of the line is better"
    return BarChart(label, around(title, ends), bars)


def interval_text(interval: Interval, decimals: int = 2, unit: str | None = None) -> str:
    """A signed number and the ends of its interval; in percent where there is no other unit."""
    mean = number.signed(interval.mean, decimals) + (number.percent_sign() if unit is None else unit)
    if interval.ends is None:
        return mean
    low, high = (number.signed(end, decimals) for end in interval.ends)
    return f"{mean} [{low}, {high}]"


def positives_note(task: ComparedTask | None) -> str:
    """How many positives a task has; empty where that is not known or has no meaning."""
    positives = None if task is None or task.rows is None else task.rows.positives
    return "" if positives is None else f"{number.count(positives)} positives"


def _note(task: ComparedTask | None) -> str:
    return f"only {positives_note(task)}" if task is not None and is_few(task.rows) else ""


def _alone(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"Only {names[0]} took part; name more with --variants, such as single-task and lightgbm."
    return "No task has a loss that can be compared."


def _against(evidence: Evidence, baseline: str) -> str:
    if baseline != BETTER_BASELINE:
        return baseline
    chosen = list(dict.fromkeys(evidence.better_baseline.values()))
    if len(chosen) == 1:
        return f"{chosen[0]}, the better baseline of every task,"
    return f"the better baseline of each task ({better_baselines(evidence)})"


def _title(found: Choice) -> str:
    contrast = found.contrast
    if found.is_shown:
        return f"Take {contrast.variant}" + (f", if {listed(found.paying)} may pay for it" if found.paying else "")
    return (
        "Keep the better baseline of each task" if contrast.baseline == BETTER_BASELINE else f"Keep {contrast.baseline}"
    )


def _reasons(found: Choice, against: str) -> list[str]:
    contrast = found.contrast
    mean = interval_text(contrast.mean[LEAD_METRIC].negated)
    if not found.is_shown:
        return [
            f"No other method is shown to be better on average over the tasks than {against}. The nearest is "
            f"{contrast.variant}, with a mean gain (delta-m) of {mean}."
        ]
    price = (
        f"but {listed(found.paying)} {verb(found.paying, 'is', 'are')} shown to be worse"
        if found.paying
        else "and no task is shown to be worse"
    )
    reasons = [f"Its mean gain over the tasks (delta-m) against {against} is {mean}, {price}."]
    if found.others:
        reasons.append(
            f"{listed(found.others)} {verb(found.others, 'is', 'are')} shown to be better too; the greatest of several "
            "gains is a little flattered by chance."
        )
    return reasons


def _cautions(record: ComparisonRecord, found: Choice) -> list[str]:
    cautions = []
    if found.contrast.mean[LEAD_METRIC].seeds.ends is None:
        cautions.append("There is one seed, so the intervals speak of other rows and not of another training.")
    if record.split == "validation":
        cautions.append(OPTIMISTIC)
    return cautions


def _costs(record: ComparisonRecord, found: Choice) -> list[KeyFigure]:
    """What the method takes, and below it what those that it is compared with take."""
    by_name = {one.variant: one for one in record.summary.variants}
    against = found.contrast.baseline
    chosen = set(record.evidence.better_baseline.values()) if record.evidence else set()
    others = [
        one for name, one in by_name.items() if name == against or (against == BETTER_BASELINE and name in chosen)
    ]
    taken = by_name[found.contrast.variant]

    def figure(name: str, shown: Sequence[tuple[str, str]]) -> KeyFigure:
        return KeyFigure(name, shown[0][1], [f"{other} {value}" for other, value in shown[1:]])

    compared = [taken, *others]
    return [
        figure("parameters", [(one.variant, _parameters(one)) for one in compared]),
        figure("training time", [(one.variant, number.duration(one.seconds)) for one in compared]),
        figure("operations per row", [(one.variant, _flops(one)) for one in compared]),
    ]


def _parameters(one: VariantSummary) -> str:
    return number.NOT_AVAILABLE if one.parameters is None else number.quantity(one.parameters.total)


def _flops(one: VariantSummary) -> str:
    return number.NOT_AVAILABLE if one.flops_per_row is None else f"{number.quantity(one.flops_per_row)} FLOPs"


def _next(record: ComparisonRecord, found: Choice) -> tuple[str, str]:
    """What to type next, and what for."""
    variant = found.contrast.variant
    (seeds,) = (one.seeds for one in record.summary.variants if one.variant == variant)
    names = ",".join(one.variant for one in record.summary.variants)
    out, exported, tuned = (shlex.quote(record.name + suffix) for suffix in ("", "-export", "-tuned"))
    if len(seeds) < _ENOUGH_SEEDS:
        command = f"taskfusion compare EXPERIMENT.yaml --variants {names} --seeds 5 --out {out}"
        return command, "goes on with more seeds, which tell whether the difference is more than luck"
    if found.is_shown and variant in VARIANTS:
        run = shlex.quote(f"{record.name}/{variant}/seed-{seeds[0]}")
        return f"taskfusion export {run} --out {exported}", "writes the model of the first seed for serving"
    command = f"taskfusion tune EXPERIMENT.yaml --variants {variant} --out {tuned}"
    return command, "searches for better settings; then compare again with --tuned"
