"""What it costs a task that the weights of one evaluation are taken for all tasks."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from taskfusion.evaluate.metric import LEAD_METRIC


class OwnBest(TypedDict):
    """The evaluation at which a task was best.

    cost: by how many percent its relative loss at the chosen evaluation is above that, at least 0. The own best
        evaluation is the best of many on the same rows, so a stop of its own could have saved this much at the most.
    """

    epoch: float
    cost: float


def own_bests(log: Sequence[Mapping[str, Any]]) -> dict[str, OwnBest]:
    """The best evaluation of each task whose relative loss is known at the chosen one, the last that was best so far.

    Args:
        log: evaluations with "epoch", "best" and by task the metrics of "validation".
    """
    kept = [evaluation for evaluation in log if evaluation["best"]]
    if not kept:
        return {}
    found: dict[str, OwnBest] = {}
    for task, metrics in kept[-1]["validation"].items():
        losses = [(loss, evaluation["epoch"]) for evaluation in log if (loss := _loss(evaluation, task)) is not None]
        if metrics[LEAD_METRIC] is not None:
            lowest, epoch = min(losses)
            found[task] = {"epoch": epoch, "cost": 100 * (metrics[LEAD_METRIC] / lowest - 1) if lowest > 0 else 0.0}
    return found


def _loss(evaluation: Mapping[str, Any], task: str) -> float | None:
    loss: float | None = evaluation["validation"][task][LEAD_METRIC]
    return loss
