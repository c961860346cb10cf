"""What a run shows, in one paragraph of plain sentences computed from its records."""

from collections.abc import Mapping, Sequence

from taskfusion.evaluate.comparison import Difference
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence
from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.evaluate.metric import LEAD_METRIC, lead_metric
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.stopping import own_bests
from taskfusion.evaluate.verdict import deciding_contrasts, paying, standing_contrasts
from taskfusion.report import number
from taskfusion.report.table import reached
from taskfusion.report.words import listed, verb
from taskfusion.run.record.metrics import NetworkTraining, SplitName, Splits

_TOLERANCE = 0.1  # predictions off by more in sum are named
_APART = 0.5  # percent of the loss that a task loses by the common evaluation before it is named
_STANDINGS = {
    "better": "better than",
    "worse": "worse than",
    "no difference shown": "not told apart from",
}


def run_summary(splits: Splits, training: NetworkTraining, log: Sequence[EvaluationRecord]) -> str:
    """The paragraph: what was learned, whether predictions add up, what is left, and when it was best.

    Args:
        splits: records by split; those of "test", else of "validation", are read.
        training: record of the training with "epochs" and "best_epoch".
        log: evaluations with "epoch", "best" and "validation".
    """
    split: SplitName = "test" if splits.get("test") else "validation"
    records = splits[split]
    sentences = [_learned(records, split), *_calibrated(records), *_possible(records)]
    sentences += [_stopped(training, log), *_pulled_apart(log)]
    sentences.append("It is one run with one seed: whether another variant is better takes a comparison over seeds.")
    return " ".join(sentences)


def evidence_summary(evidence: Evidence | None, split: str) -> str:
    """Which variants gain on average over the tasks while no task pays for it, and how the first one stands against
    the others.

    Args:
        evidence: of a comparison; None where one method took part alone.
        split: the split whose rows were drawn from.
    """
    if evidence is None:
        return "Nothing is compared: one method took part alone."
    against_baselines = _against_baselines(deciding_contrasts(evidence), split)
    return " ".join((*against_baselines, *_against_others(standing_contrasts(evidence), split)))


def _against_baselines(contrasts: Sequence[Contrast], split: str) -> list[str]:
    labelled = [one for one in contrasts if LEAD_METRIC in one.mean]
    if not labelled:
        return []
    baseline = labelled[0].baseline
    against = f"Against {f'the {baseline} of each task' if baseline == BETTER_BASELINE else baseline}, on {split} rows,"
    costing = {one.variant: paying(one) for one in labelled}
    better = [one.variant for one in labelled if _verdict(one.mean) == "better"]
    free = [variant for variant in better if not costing[variant]]
    gains = f"{listed(free or better)} {verb(free or better, 'is', 'are')} better on average" if better else ""
    price = "and shown to be worse on no task" if free else "but worse on a task"
    sentences = [f"{against} {f'{gains} {price}' if gains else 'no variant is shown to be better on average'}."]
    losers = [f"{variant} ({', '.join(tasks)})" for variant, tasks in costing.items() if tasks]
    if losers:
        sentences.append(f"Shown to be worse on a task: {listed(losers)}.")
    return sentences


def _against_others(contrasts: Sequence[Contrast], split: str) -> list[str]:
    of_verdict = {
        words: [one.baseline for one in contrasts if _verdict(one.mean) == verdict]
        for verdict, words in _STANDINGS.items()
    }
    parts = [f"{words} {listed(others)}" for words, others in of_verdict.items() if others]
    if not parts:
        return []
    return [f"On {split} rows {contrasts[0].variant} itself is, on average over the tasks, {'; '.join(parts)}."]


def _verdict(metrics: Mapping[str, Difference]) -> str | None:
    return metrics[LEAD_METRIC].verdict if LEAD_METRIC in metrics else None


def _learned(records: Sequence[TaskRecord], split: str) -> str:
    losses = [(record, loss) for record in records if (loss := record.metrics.get(LEAD_METRIC)) is not None]
    if not losses:
        return f"The {split} rows say nothing about any task: no relative loss can be computed."
    losses.sort(key=lambda pair: pair[1])
    failed = [record.task for record, loss in losses if loss >= 1]
    (best, lowest), (worst, highest) = losses[0], losses[-1]
    if len(losses) == 1:
        beats = "does not beat" if failed else "beats"
        return f"On the {split} rows {best.task} {beats} a constant prediction ({_loss(best, lowest)})."
    if len(failed) == len(losses):
        nearest = f"{best.task} ({_loss(best, lowest)})"
        return f"On the {split} rows no task beats a constant prediction; the nearest is {nearest}."
    if failed:
        return (
            f"On the {split} rows {len(losses) - len(failed)} of {len(losses)} tasks beat a constant prediction, most "
            f"of all {best.task} ({_loss(best, lowest)}); {listed(failed)} {verb(failed, 'does', 'do')} not."
        )
    return (
        f"On the {split} rows every task beats a constant prediction, most of all {best.task} "
        f"({_loss(best, lowest)}), least {worst.task} ({_loss(worst, highest)})."
    )


def _calibrated(records: Sequence[TaskRecord]) -> list[str]:
    """Whether predictions add up; nothing where no task has the ratio."""
    ratios = {record.task: record.metrics.get("observed_over_predicted") for record in records}
    known = {task: ratio for task, ratio in ratios.items() if ratio is not None and ratio > 0}
    off = [
        f"{task} (predicted {number.percent(abs(1 / ratio - 1))} too {'much' if ratio < 1 else 'little'})"
        for task, ratio in known.items()
        if abs(1 / ratio - 1) > _TOLERANCE
    ]
    if off:
        return [f"In sum, predictions are off for {listed(off)}."]
    if known:
        return [f"In sum, predictions match what was observed within {number.percent(_TOLERANCE)} for every task."]
    return []


def _possible(records: Sequence[TaskRecord]) -> list[str]:
    shares = sorted((share, record.task) for record in records if (share := reached(record)) is not None)
    if not shares:
        return []
    (low, last), (high, first) = shares[0], shares[-1]
    if len(shares) == 1:
        return [f"Of what can be learned at best, it reached {number.percent(low)}."]
    return [
        f"Of what can be learned at best, it reached from {number.percent(low)} ({last}) to "
        f"{number.percent(high)} ({first})."
    ]


def _stopped(training: NetworkTraining, log: Sequence[EvaluationRecord]) -> str:
    best, last = training.best_epoch, max((evaluation.epoch for evaluation in log), default=training.epochs)
    if best >= last:
        return f"The last evaluation, at epoch {number.plain(best)}, was the best one: more epochs may still help."
    return f"The best evaluation was at epoch {number.plain(best)} of {number.plain(last)}."


def _pulled_apart(log: Sequence[EvaluationRecord]) -> list[str]:
    """The tasks that an evaluation of their own would have served better, by more than noise."""
    apart = {task: own for task, own in own_bests(log).items() if own.cost > _APART}
    named = [
        f"{task} (epoch {number.plain(own.epoch)}; its loss at the chosen one is {_higher(own.cost)})"
        for task, own in apart.items()
    ]
    return [f"On the validation rows another evaluation was better for {listed(named)}."] if named else []


def _higher(percent: float) -> str:
    return f"{number.percent(percent / 100, 1)} higher"


def _loss(record: TaskRecord, loss: float) -> str:
    return f"{lead_metric(record.kind).title} {number.metric(LEAD_METRIC, loss)}"
