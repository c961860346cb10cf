"""Trees that predict together with a trained network: grown, weighed on the validation rows, kept in the run.

Axes: B rows, C logits of a task, S logits of all tasks side by side, T tasks.
"""

import copy
from collections.abc import Callable, Sequence

import torch

from taskfusion.base.boundary import unreadable
from taskfusion.base.record import EXPECTED, read_artifact, write_artifact
from taskfusion.data.prepared import EncodedData
from taskfusion.model.ensemble import Ensemble, Mixture, TaskWeights
from taskfusion.model.head.base import Head
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.evaluate import SCORING_ROWS
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.tree_growth import ChosenTrees, TreeGrower, task_rows
from taskfusion.run.ensemble_files import EnsembleFiles
from taskfusion.run.record.ensemble import EnsembleRecord, EnsembleTask
from taskfusion.train.ensemble import BothLogits, FittedEnsemble, fit_weights
from taskfusion.trees.bank import TaskTrees, TreeBank
from taskfusion.trees.boosting import LightGBMForest, load_trees, tree_logits
from taskfusion.trees.columns_file import read_columns, write_columns


def add_trees(
    growers: Sequence[TreeGrower], model: MultiTaskModel, data: EncodedData, files: EnsembleFiles, progress: Progress
) -> EnsembleRecord:
    """Grow trees for every task, fit how much predictions take of them, and keep both in the run.

    Args:
        growers: one per task.
        model: trained, not calibrated; from here on it predicts together with the trees.
        data: the rows.
        files: of the run.
        progress: is told what was chosen.

    Raises:
        ExperimentError: LightGBM refuses a setting.
        DataError: a task has no known label in the validation rows.
    """
    records = []
    for index, grower in enumerate(growers):
        rows = task_rows(data.only([index]), grower.task)
        grown = grower.grow_chosen(rows, _noted(progress, f"trees of {grower.task.name}"))
        fitted = _fit(model, data, index, grown)
        records.append(_record(grower.task.name, fitted, grown))
        if fitted.weights.trees:
            LightGBMForest(grown.booster).write(files.trees(index))
            write_columns(files.columns(index), grown.columns)
        progress.on_note(_sentence(grower.task.name, fitted))
    record = EnsembleRecord(tasks=tuple(records))
    write_artifact(files.record, record)
    _put_beside(model, record, _trees(files, record))
    return record


def read_trees(files: EnsembleFiles, model: MultiTaskModel, task_names: Sequence[str]) -> TreeBank:
    """The trees that add_trees left in a run, beside its model, not calibrated, which predicts together with them now.

    Raises:
        RunError: a file is missing or damaged, or not of these tasks.
    """
    record = read_artifact(files.record, EnsembleRecord)
    if [task.name for task in record.tasks] != list(task_names):
        raise unreadable(files.record, EXPECTED, "its tasks are not those of config.yaml")
    bank = _trees(files, record)
    _put_beside(model, record, bank)
    return bank


def _trees(files: EnsembleFiles, record: EnsembleRecord) -> TreeBank:
    trees = [
        TaskTrees(load_trees(files.trees(index)), read_columns(files.columns(index))) if task.trees else None
        for index, task in enumerate(record.tasks)
    ]
    return TreeBank(trees, [len(task.shift) for task in record.tasks])


def _put_beside(model: MultiTaskModel, record: EnsembleRecord, bank: TreeBank) -> None:
    weights = [TaskWeights(task.shift, task.network, task.trees) for task in record.tasks]
    device = next(model.parameters()).device
    model.ensemble = Ensemble(bank, Mixture(weights)).to(device).eval()


def _noted(progress: Progress, title: str) -> Callable[[str], None]:
    return lambda found: progress.on_note(f"{title}: {found}")


def _fit(model: MultiTaskModel, data: EncodedData, index: int, grown: ChosenTrees) -> FittedEnsemble:
    """How much a task takes of its trees, from the validation rows whose label is known."""
    head = copy.deepcopy(model.heads[index]).cpu()
    return fit_weights(head, _both_logits(model, data, index, grown, head))


@torch.no_grad()
def _both_logits(model: MultiTaskModel, data: EncodedData, index: int, grown: ChosenTrees, head: Head) -> BothLogits:
    device, parts = next(model.parameters()).device, []
    model.eval()
    for batch in data.splits["validation"].batches(SCORING_ROWS):
        known_B = batch.weight_BT[:, index] > 0
        network_BC = model.by_task(model(batch.to(device)))[index].cpu()
        trees_BC = torch.from_numpy(tree_logits(grown.booster, grown.columns.matrix(batch.numpy())))
        columns = (network_BC, trees_BC, batch.label_BT[:, index], batch.weight_BT[:, index])
        parts.append([column[known_B] for column in columns])
    constant_C = head.constant(data.statistics[index])
    return BothLogits(constant_C, *map(torch.cat, zip(*parts, strict=True)))


def _record(name: str, fitted: FittedEnsemble, grown: ChosenTrees) -> EnsembleTask:
    return EnsembleTask(
        name=name,
        network=fitted.weights.network,
        trees=fitted.weights.trees,
        shift=fitted.weights.shift_C,
        kept=fitted.kept,
        losses=fitted.losses,
        ids=grown.choice.name,
        rounds=grown.booster.best_iteration,
    )


def _sentence(name: str, fitted: FittedEnsemble) -> str:
    """What was chosen, for a person."""
    relative = {model: loss / fitted.losses["constant"] for model, loss in fitted.losses.items()}
    reached = ", ".join(f"{model} {value:.4f}" for model, value in relative.items() if model != "constant")
    weights = fitted.weights
    return (
        f"{name}: takes {weights.network:.2f} of the network and {weights.trees:.2f} of trees; validation loss over "
        f"that of the mean: {reached}"
    )
