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
from taskfusion.report.language import N_, _
from taskfusion.report.table import reached
from taskfusion.report.words import listed, paragraph
from taskfusion.run.record.metrics import NetworkTraining, SplitName, Splits

_TOLERANCE = 0.1  # predictions off by more in sum are named
_APART = 0.5  # percent of the loss that a task loses by the common evaluation before it is named
_STANDINGS = {
    "better": N_("better than {others}"),
    "worse": N_("worse than {others}"),
    "no difference shown": N_("not told apart from {others}"),
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
    sentences.append(_("It is one run with one seed: whether another variant is better takes a comparison over seeds."))
    return paragraph(sentences)


def evidence_summary(evidence: Evidence | None, split: str) -> str:
    """Which variants gain on average over the tasks while no task pays for it, and how the first one stands against
    the others.

    Args:
        evidence: of a comparison; None where one method took part alone.
        split: the split whose rows were drawn from.
    """
    if evidence is None:
        return _("Nothing is compared: one method took part alone.")
    against_baselines = _against_baselines(deciding_contrasts(evidence), split)
    return paragraph([*against_baselines, *_against_others(standing_contrasts(evidence), split)])


def _against_baselines(contrasts: Sequence[Contrast], split: str) -> list[str]:
    labelled = [one for one in contrasts if LEAD_METRIC in one.mean]
    if not labelled:
        return []
    costing = {one.variant: paying(one) for one in labelled}
    better = [one.variant for one in labelled if _verdict(one.mean) == "better"]
    free = [variant for variant in better if not costing[variant]]
    sentences = [_gainers(against_text(labelled[0].baseline), _(split), better, free)]
    losers = [
        _("{variant} ({tasks})", variant=variant, tasks=_(", ").join(tasks))
        for variant, tasks in costing.items()
        if tasks
    ]
    if losers:
        sentences.append(_("Shown to be worse on a task: {variants}.", variants=listed(losers)))
    return sentences


def against_text(baseline: str) -> str:
    """What a method is compared with."""
    return _("the better baseline of each task") if baseline == BETTER_BASELINE else baseline


def _gainers(against: str, split: str, better: Sequence[str], free: Sequence[str]) -> str:
    """Who is better on average, and at what price."""
    if not better:
        return _(
            "Against {against}, on {split} rows, no variant is shown to be better on average.",
            against=against,
            split=split,
        )
    shown = free or better
    values = {"against": against, "split": split, "variants": listed(shown)}
    if free and len(shown) == 1:
        return _(
            "Against {against}, on {split} rows, {variants} is better on average and shown to be worse on no task.",
            **values,
        )
    if free:
        return _(
            "Against {against}, on {split} rows, {variants} are better on average and shown to be worse on no task.",
            **values,
        )
    if len(shown) == 1:
        return _("Against {against}, on {split} rows, {variants} is better on average but worse on a task.", **values)
    return _("Against {against}, on {split} rows, {variants} are better on average but worse on a task.", **values)


def _against_others(contrasts: Sequence[Contrast], split: str) -> list[str]:
    of_verdict = {
        words: [one.baseline for one in contrasts if _verdict(one.mean) == verdict]
        for verdict, words in _STANDINGS.items()
    }
    parts = [_(words, others=listed(others)) for words, others in of_verdict.items() if others]
    if not parts:
        return []
    return [
        _(
            "On {split} rows {variant} itself is, on average over the tasks, {standings}.",
            split=_(split),
            variant=contrasts[0].variant,
            standings=_("; ").join(parts),
        )
    ]


def _verdict(metrics: Mapping[str, Difference]) -> str | None:
    return metrics[LEAD_METRIC].verdict if LEAD_METRIC in metrics else None


def _learned(records: Sequence[TaskRecord], split: str) -> str:
    losses = [(record, loss) for record in records if (loss := record.metrics.get(LEAD_METRIC)) is not None]
    if not losses:
        return _("The {split} rows say nothing about any task: no relative loss can be computed.", split=_(split))
    losses.sort(key=lambda pair: pair[1])
    failed = [record.task for record, loss in losses if loss >= 1]
    values = {"split": _(split), "best": _with_loss(*losses[0])}
    if len(losses) == 1:
        one = {"split": _(split), "task": losses[0][0].task, "loss": _loss(*losses[0])}
        if failed:
            return _("On the {split} rows {task} does not beat a constant prediction ({loss}).", **one)
        return _("On the {split} rows {task} beats a constant prediction ({loss}).", **one)
    if len(failed) == len(losses):
        return _("On the {split} rows no task beats a constant prediction; the nearest is {best}.", **values)
    if failed:
        return _some_failed(len(losses), failed, values)
    return _(
        "On the {split} rows every task beats a constant prediction, most of all {best}, least {worst}.",
        **values,
        worst=_with_loss(*losses[-1]),
    )


def _some_failed(count: int, failed: Sequence[str], values: Mapping[str, str]) -> str:
    """Which of several tasks learned nothing."""
    counts = {"count": count - len(failed), "total": count, "failed": listed(failed)}
    if len(failed) == 1:
        return _(
            "On the {split} rows {count} of {total} tasks beat a constant prediction, most of all {best}; {failed} "
            "does not.",
            **values,
            **counts,
        )
    return _(
        "On the {split} rows {count} of {total} tasks beat a constant prediction, most of all {best}; {failed} do not.",
        **values,
        **counts,
    )


def _calibrated(records: Sequence[TaskRecord]) -> list[str]:
    """Whether predictions add up; nothing where no task has the ratio."""
    ratios = {record.task: record.metrics.get("observed_over_predicted") for record in records}
    known = {task: ratio for task, ratio in ratios.items() if ratio is not None and ratio > 0}
    off = [_off(task, ratio) for task, ratio in known.items() if abs(1 / ratio - 1) > _TOLERANCE]
    if off:
        return [_("In sum, predictions are off for {tasks}.", tasks=listed(off))]
    if known:
        share = number.percent(_TOLERANCE)
        return [_("In sum, predictions match what was observed within {share} for every task.", share=share)]
    return []


def _off(task: str, ratio: float) -> str:
    share = number.percent(abs(1 / ratio - 1))
    if ratio < 1:
        return _("{task} (predicted {share} too much)", task=task, share=share)
    return _("{task} (predicted {share} too little)", task=task, share=share)


def _possible(records: Sequence[TaskRecord]) -> list[str]:
    shares = sorted((share, record.task) for record in records if (share := reached(record)) is not None)
    if not shares:
        return []
    (low, last), (high, first) = shares[0], shares[-1]
    if len(shares) == 1:
        return [_("Of what can be learned at best, it reached {share}.", share=number.percent(low))]
    return [
        _(
            "Of what can be learned at best, it reached from {low} ({last}) to {high} ({first}).",
            low=number.percent(low),
            last=last,
            high=number.percent(high),
            first=first,
        )
    ]


def _stopped(training: NetworkTraining, log: Sequence[EvaluationRecord]) -> str:
    best, last = training.best_epoch, max((evaluation.epoch for evaluation in log), default=training.epochs)
    epoch = number.plain(best)
    if best >= last:
        return _("The last evaluation, at epoch {epoch}, was the best one: more epochs may still help.", epoch=epoch)
    return _("The best evaluation was at epoch {epoch} of {epochs}.", epoch=epoch, epochs=number.plain(last))


def _pulled_apart(log: Sequence[EvaluationRecord]) -> list[str]:
    """The tasks that an evaluation of their own would have served better, by more than noise."""
    apart = {task: own for task, own in own_bests(log).items() if own.cost > _APART}
    named = [
        _(
            "{task} (epoch {epoch}; its loss at the chosen one is {share} higher)",
            task=task,
            epoch=number.plain(own.epoch),
            share=number.percent(own.cost / 100, 1),
        )
        for task, own in apart.items()
    ]
    return (
        [_("On the validation rows another evaluation was better for {tasks}.", tasks=listed(named))] if named else []
    )


def _with_loss(record: TaskRecord, loss: float) -> str:
    """A task and its loss."""
    return _("{task} ({loss})", task=record.task, loss=_loss(record, loss))


def _loss(record: TaskRecord, loss: float) -> str:
    return f"{_(lead_metric(record.kind).title)} {number.metric(LEAD_METRIC, loss)}"
