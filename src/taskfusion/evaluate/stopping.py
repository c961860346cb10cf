"""What it costs a task that the weights of one evaluation are taken for all tasks."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.evaluate.metric import LEAD_METRIC


@dataclass(frozen=True)
class OwnBest:
    """The evaluation at which a task was best.

    Attributes:
        epoch: when it was.
        cost: by how many percent its relative loss at the chosen evaluation is above that, at least 0. The own
            best evaluation is the best of many on the same rows, so a stop of its own could have saved this much at the
            most.
    """

    epoch: float
    cost: float


def own_bests(log: Sequence[EvaluationRecord]) -> dict[str, OwnBest]:
    """The best evaluation of each task whose relative loss is known at the chosen one, the last that was best so far.

    Args:
        log: evaluations, in order.
    """
    kept = [evaluation for evaluation in log if evaluation.best]
    if not kept:
        return {}
    found: dict[str, OwnBest] = {}
    for task, metrics in kept[-1].validation.items():
        losses = [
            (loss, evaluation.epoch)
            for evaluation in log
            if (loss := evaluation.validation[task][LEAD_METRIC]) is not None
        ]
        chosen = metrics[LEAD_METRIC]
        if chosen is not None:
            lowest, epoch = min(losses)
            found[task] = OwnBest(epoch, 100 * (chosen / lowest - 1) if lowest > 0 else 0.0)
    return found
