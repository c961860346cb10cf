"""The verdict of a comparison: which method to take, what every task gains, what it costs."""

import shlex
from collections.abc import Sequence
from typing import Final

from taskfusion.evaluate.comparison import Interval, VariantSummary
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence
from taskfusion.evaluate.joint import JointDifference
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.verdict import Choice, choice
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.language import N_, _
from taskfusion.report.table import is_few
from taskfusion.report.words import joined, listed
from taskfusion.run.record.comparison import ComparedTask, ComparisonRecord
from taskfusion.variants.table import VARIANTS

MEAN: Final = N_("mean over the tasks")

OPTIMISTIC: Final = N_(
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
        return VerdictBox(_("Nothing is compared"), "unclear", [_alone(names)], None)
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
    changes = {_(MEAN): contrast.mean, **contrast.tasks}
    kinds = {task.name: task for task in tasks}
    bars = [
        gain_bar(name, metrics[LEAD_METRIC], _note(kinds.get(name)))
        for name, metrics in changes.items()
        if LEAD_METRIC in metrics
    ]
    return bar_chart(_("Gain of {variant} on every task", variant=contrast.variant), bars)


def gain_bar(name: str, change: JointDifference, note: str = "") -> Bar:
    """The gain of a row, from the change of its loss in percent."""
    gain = change.negated
    return Bar(
        name, interval_text(gain), _STYLES.get(change.verdict, "unclear"), (0.0, gain.mean), gain.ends, note=note
    )


def bar_chart(label: str, bars: Sequence[Bar]) -> BarChart:
    """Gains on one axis, which holds 0."""
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    title = _("gain: by how many percent the loss is lower; right of the line is better")
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
    return "" if positives is None else _("{count} positives", count=number.count(positives))


def _note(task: ComparedTask | None) -> str:
    few = task is not None and is_few(task.rows)
    return _("only {positives}", positives=positives_note(task)) if few else ""


def _alone(names: Sequence[str]) -> str:
    if len(names) == 1:
        return _(
            "Only {variant} took part; name more with --variants, such as single-task and lightgbm.", variant=names[0]
        )
    return _("No task has a loss that can be compared.")


def baseline_text(baseline: str) -> str:
    """What a baseline is called, be it one method or the better of two."""
    return _("better baseline") if baseline == BETTER_BASELINE else baseline


def baselines_text(evidence: Evidence) -> str:
    """Which baseline is the better one on which tasks."""
    chosen = evidence.better_baseline
    parts = []
    for baseline in dict.fromkeys(chosen.values()):
        tasks = [task for task, one in chosen.items() if one == baseline]
        parts.append(_("{baseline} on {tasks}", baseline=baseline, tasks=_(", ").join(tasks)))
    return joined(parts)


def _against(evidence: Evidence, baseline: str) -> str:
    if baseline != BETTER_BASELINE:
        return baseline
    chosen = list(dict.fromkeys(evidence.better_baseline.values()))
    if len(chosen) == 1:
        return _("{baseline}, the better baseline of every task,", baseline=chosen[0])
    return _("the better baseline of each task ({baselines})", baselines=baselines_text(evidence))


def _title(found: Choice) -> str:
    contrast = found.contrast
    if found.is_shown and found.paying:
        return _("Take {variant}, if {tasks} may pay for it", variant=contrast.variant, tasks=listed(found.paying))
    if found.is_shown:
        return _("Take {variant}", variant=contrast.variant)
    if contrast.baseline == BETTER_BASELINE:
        return _("Keep the better baseline of each task")
    return _("Keep {variant}", variant=contrast.baseline)


def _reasons(found: Choice, against: str) -> list[str]:
    contrast = found.contrast
    mean = interval_text(contrast.mean[LEAD_METRIC].negated)
    if not found.is_shown:
        return [
            _(
                "No other method is shown to be better on average over the tasks than {against}. The nearest is "
                "{variant}, with a mean gain (delta-m) of {mean}.",
                against=against.rstrip(","),
                variant=contrast.variant,
                mean=mean,
            )
        ]
    reasons = [_price(found, against, mean)]
    if len(found.others) == 1:
        reasons.append(
            _(
                "{others} is shown to be better too; the greatest of several gains is a little flattered by chance.",
                others=listed(found.others),
            )
        )
    elif found.others:
        reasons.append(
            _(
                "{others} are shown to be better too; the greatest of several gains is a little flattered by chance.",
                others=listed(found.others),
            )
        )
    return reasons


def _price(found: Choice, against: str, mean: str) -> str:
    """What the chosen method gains, and at whose cost."""
    values = {"against": against, "mean": mean}
    if not found.paying:
        return _(
            "Its mean gain over the tasks (delta-m) against {against} is {mean}, and no task is shown to be worse.",
            **values,
        )
    if len(found.paying) == 1:
        return _(
            "Its mean gain over the tasks (delta-m) against {against} is {mean}, but {tasks} is shown to be worse.",
            **values,
            tasks=listed(found.paying),
        )
    return _(
        "Its mean gain over the tasks (delta-m) against {against} is {mean}, but {tasks} are shown to be worse.",
        **values,
        tasks=listed(found.paying),
    )


def _cautions(record: ComparisonRecord, found: Choice) -> list[str]:
    cautions = []
    if found.contrast.mean[LEAD_METRIC].seeds.ends is None:
        cautions.append(_("There is one seed, so the intervals speak of other rows and not of another training."))
    if record.split == "validation":
        cautions.append(_(OPTIMISTIC))
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
        figure(_("parameters"), [(one.variant, _parameters(one)) for one in compared]),
        figure(_("training time"), [(one.variant, number.duration(one.seconds)) for one in compared]),
        figure(_("operations per row"), [(one.variant, _flops(one)) for one in compared]),
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
        return command, _("goes on with more seeds, which tell whether the difference is more than luck")
    if found.is_shown and variant in VARIANTS:
        run = shlex.quote(f"{record.name}/{variant}/seed-{seeds[0]}")
        return f"taskfusion export {run} --out {exported}", _("writes the model of the first seed for serving")
    command = f"taskfusion tune EXPERIMENT.yaml --variants {variant} --out {tuned}"
    return command, _("searches for better settings; then compare again with --tuned")
