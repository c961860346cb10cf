"""What a comparison shows: which contrasts decide, which method to take, and one sentence for each method."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from taskfusion.evaluate.comparison import Interval, Verdict
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence
from taskfusion.evaluate.metric import LEAD_METRIC, METRICS

_OPENINGS: Final[Mapping[Verdict, str]] = {
    "better": "better on",
    "worse": "worse on",
    "no difference shown": "no difference shown on",
    "one seed: no interval": "no interval on",
}


@dataclass(frozen=True)
class Choice:
    """The method that a comparison says to take, or the one that comes nearest.

    Args:
        contrast: of the method, against the baseline that decides.
        is_shown: whether it is shown to be better on average over the tasks.
        paying: tasks on which it is shown to be worse.
        others: further methods that are shown to be better on average.
    """

    contrast: Contrast
    is_shown: bool
    paying: tuple[str, ...]
    others: tuple[str, ...]


def choice(evidence: Evidence) -> Choice | None:
    """Of the methods that are shown to be better on average, those that are worse on no task go first, then the one
    with the greatest mean gain; where none is shown to be better, the one with the greatest mean gain of all.

    None where no task has a loss to compare.
    """
    found = [one for one in deciding_contrasts(evidence) if LEAD_METRIC in one.mean]
    baselines = {one.baseline for one in evidence.contrasts}
    candidates = [one for one in found if one.variant not in baselines] or found
    better = [one for one in candidates if one.mean[LEAD_METRIC].verdict == "better"]
    free = [one for one in better if not paying(one)]
    pool = free or better or candidates
    if not pool:
        return None
    taken = min(pool, key=lambda one: one.mean[LEAD_METRIC].mean)
    others = tuple(one.variant for one in better if one is not taken)
    return Choice(taken, bool(better), paying(taken), others)


def paying(contrast: Contrast) -> tuple[str, ...]:
    """Tasks on which the method is shown to be worse."""
    return tuple(
        task
        for task, metrics in contrast.tasks.items()
        if LEAD_METRIC in metrics and metrics[LEAD_METRIC].verdict == "worse"
    )


def deciding_contrasts(evidence: Evidence) -> list[Contrast]:
    """Those with the better baseline, or with the last one of those that take part."""
    contrasts = evidence.contrasts
    baselines = list(dict.fromkeys(contrast.baseline for contrast in contrasts))
    against = [BETTER_BASELINE] if BETTER_BASELINE in baselines else baselines[-1:]
    return [contrast for contrast in contrasts if contrast.baseline in against]


def standing_contrasts(evidence: Evidence) -> list[Contrast]:
    """Those of the first method that is no baseline with the others; none where they are the deciding ones turned
    round, since that method is what all others are compared with.
    """
    turned = {(one.baseline, one.variant) for one in deciding_contrasts(evidence)}
    return [one for one in evidence.between if (one.variant, one.baseline) not in turned]


def evidence_sentences(evidence: Evidence | None) -> list[str]:
    """What each method shows against the better baseline, or the only one, e.g.

    "adatt against the better baseline: better on income (+1.00 % [0.50, 1.50]); no difference shown on college
    (-0.10 % [-0.60, 0.40]); mean gain +0.45 % [0.20, 0.70]."

    A gain is by how much the loss is lower, in percent of the baseline's. A first sentence says which baseline is the
    better one on which task. Baselines alone are compared with each other. The last sentences compare the first method
    with the others.
    """
    if evidence is None:
        return []
    deciding = deciding_contrasts(evidence)
    sentences = [_sentence(contrast) for contrast in (*deciding, *standing_contrasts(evidence))]
    if not deciding or deciding[0].baseline != BETTER_BASELINE:
        return sentences
    return [f"The better baseline by the validation rows is {better_baselines(evidence)}.", *sentences]


def better_baselines(evidence: Evidence) -> str:
    """Which baseline is the better one on which tasks, in words."""
    chosen = evidence.better_baseline
    by_baseline = [
        f"{baseline} on {', '.join(task for task, one in chosen.items() if one == baseline)}"
        for baseline in dict.fromkeys(chosen.values())
    ]
    return " and ".join(by_baseline)


def _sentence(contrast: Contrast) -> str:
    phrases: dict[Verdict, list[str]] = {verdict: [] for verdict in _OPENINGS}
    for task, metrics in contrast.tasks.items():
        if LEAD_METRIC in metrics:
            change = metrics[LEAD_METRIC]
            phrases[change.verdict].append(f"{task} ({_gain(change)})")
    parts = [f"{_OPENINGS[verdict]} {', '.join(tasks)}" for verdict, tasks in phrases.items() if tasks]
    against = f"the {BETTER_BASELINE}" if contrast.baseline == BETTER_BASELINE else contrast.baseline
    if LEAD_METRIC not in contrast.mean:
        return f"{contrast.variant} against {against}: no task has a {METRICS[LEAD_METRIC].title}."
    mean = _gain(contrast.mean[LEAD_METRIC])
    return f"{contrast.variant} against {against}: {'; '.join(parts)}; mean gain {mean}."


def _gain(change: Interval) -> str:
    gain = change.negated
    bounds = "" if gain.ends is None else f" [{_rounded(gain.ends[0]):.2f}, {_rounded(gain.ends[1]):.2f}]"
    return f"{_rounded(gain.mean):+.2f} %{bounds}"


def _rounded(value: float) -> float:
    """To two places, without a minus before 0."""
    return round(value, 2) + 0.0
