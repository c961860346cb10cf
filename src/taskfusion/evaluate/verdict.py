"""The comparison in plain words: one sentence per variant."""

from collections.abc import Mapping
from typing import Final

from taskfusion.evaluate.comparison import Difference, Interval, Summary, VariantSummary, Verdict
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence
from taskfusion.evaluate.metric import LEAD_METRIC, METRICS

_NAMED: Final = ("ne", LEAD_METRIC)
"""Names of the metric that decides, the best known first; both hold the same number where a task has both."""

_OPENINGS: Final[Mapping[Verdict, str]] = {
    "better": "better{} on",
    "worse": "worse{} on",
    "no difference shown": "no difference shown on",
    "one seed: no interval": "one seed, so no interval and no verdict on",
}
"""What goes before the tasks of a verdict, with a place for the words " than X"."""


def verdict_sentences(summary: Summary) -> list[str]:
    """What each variant but the reference shows, e.g.

    "adatt-sp: better than single-task on income (NE -0.80 % [-1.10, -0.50]); no difference shown on college;
    delta-m +0.50 % [0.10, 0.90]."

    Changes are in percent of the reference's mean, with the confidence interval in brackets. Where the interval of
    delta-m is not above 0 the sentence says that the variant does not win.
    """
    variants = {variant.variant: variant for variant in summary.variants}
    reference = variants.pop(summary.reference, None)
    if reference is None:
        return [f"{name}: nothing is compared, since {summary.reference} took no part." for name in variants]
    return [_sentence(variant, reference) for variant in variants.values()]


def evidence_sentences(evidence: Evidence | None) -> list[str]:
    """What each variant shows on other test rows against the better baseline, or the only one, e.g.

    "adatt against the better baseline: better on income (-1.00 % [-1.50, -0.50]); no difference shown on college; mean
    -0.40 % [-0.80, 0.00] (below 0 is better)."

    A first sentence says which baseline is the better one on which task. Baselines alone are compared with each other.
    The last sentences compare the first variant with the others.
    """
    if evidence is None:
        return []
    deciding = deciding_contrasts(evidence)
    sentences = [_evidence_sentence(contrast) for contrast in (*deciding, *evidence.between)]
    if not deciding or deciding[0].baseline != BETTER_BASELINE:
        return sentences
    chosen = evidence.better_baseline
    by_baseline = [
        f"{baseline} on {', '.join(task for task, one in chosen.items() if one == baseline)}"
        for baseline in dict.fromkeys(chosen.values())
    ]
    return [f"The better baseline by the validation rows is {' and '.join(by_baseline)}.", *sentences]


def deciding_contrasts(evidence: Evidence) -> list[Contrast]:
    """Those with the better baseline, or with the only one."""
    contrasts = evidence.contrasts
    baselines = list(dict.fromkeys(contrast.baseline for contrast in contrasts))
    against = [BETTER_BASELINE] if BETTER_BASELINE in baselines else baselines[-1:]
    return [contrast for contrast in contrasts if contrast.baseline in against]


def _evidence_sentence(contrast: Contrast) -> str:
    phrases: dict[Verdict, list[str]] = {verdict: [] for verdict in _OPENINGS}
    for task, metrics in contrast.tasks.items():
        if LEAD_METRIC in metrics:
            change = metrics[LEAD_METRIC]
            phrases[change.verdict].append(f"{task} ({_percent(change)})")
    parts = [f"{_OPENINGS[verdict].format('')} {', '.join(tasks)}" for verdict, tasks in phrases.items() if tasks]
    against = f"the {BETTER_BASELINE}" if contrast.baseline == BETTER_BASELINE else contrast.baseline
    if LEAD_METRIC not in contrast.mean:
        return f"{contrast.variant} against {against}: no task has a {METRICS[LEAD_METRIC].title}."
    mean = _percent(contrast.mean[LEAD_METRIC])
    return f"{contrast.variant} against {against}: {'; '.join(parts)}; mean {mean} (below 0 is better)."


def _sentence(variant: VariantSummary, reference: VariantSummary) -> str:
    name, against, delta_m = variant.variant, reference.variant, variant.delta_m
    if delta_m is None:
        return f"{name}: it has no seed in common with {against} in which a task has a {METRICS[LEAD_METRIC].title}."
    openings = {verdict: opening.format(f" than {against}") for verdict, opening in _OPENINGS.items()}
    phrases: dict[Verdict, list[str]] = {verdict: [] for verdict in openings}
    for task, metrics in variant.tasks.items():
        metric = next((metric for metric in _NAMED if metric in metrics), None)
        difference = metrics[metric].difference if metric else None
        if metric and difference:
            phrases[difference.verdict].append(_phrase(task, metric, difference, reference))
    parts = [f"{openings[verdict]} {', '.join(tasks)}" for verdict, tasks in phrases.items() if tasks]
    loses = delta_m.low is not None and delta_m.low <= 0
    opening = f"{name} does not win here" if loses else name
    return f"{opening}: {'; '.join(parts)}; delta-m {_percent(delta_m)} (above 0 is better)."


def _phrase(task: str, metric: str, difference: Difference, reference: VariantSummary) -> str:
    mean = reference.tasks[task][metric].mean
    if difference.verdict == "no difference shown" or not mean:
        return task
    low, high = difference.low, difference.high
    change = Interval(
        mean=100 * difference.mean / mean,
        low=None if low is None else 100 * low / mean,
        high=None if high is None else 100 * high / mean,
    )
    return f"{task} ({METRICS[metric].title} {_percent(change)})"


def _percent(interval: Interval) -> str:
    low, high = interval.low, interval.high
    bounds = "" if low is None or high is None else f" [{_rounded(low):.2f}, {_rounded(high):.2f}]"
    return f"{_rounded(interval.mean):+.2f} %{bounds}"


def _rounded(value: float) -> float:
    """To two places, without a minus before 0."""
    return round(value, 2) + 0.0
