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
from taskfusion.run.record.ensemble import EnsembleRecord, EnsembleTask, EnsembleTrees
from taskfusion.train.ensemble import FittedEnsemble, ModelLogits, fit_weights
from taskfusion.trees.bank import TreeBank, WeighedTrees
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
        grown = grower.grow_both(rows, _noted(progress, f"trees of {grower.task.name}"))
        found = _record(grower.task.name, _fit(model, data, index, grown), grown)
        for taken, trees in zip(found.trees, grown, strict=True):
            if taken.weight:
                LightGBMForest(trees.booster).write(files.trees(index, taken.ids))
                write_columns(files.columns(index, taken.ids), trees.columns)
        progress.on_note(_sentence(found))
        records.append(found)
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
        [
            WeighedTrees(
                load_trees(files.trees(index, one.ids)), read_columns(files.columns(index, one.ids)), one.weight
            )
            for one in task.trees
            if one.weight
        ]
        for index, task in enumerate(record.tasks)
    ]
    return TreeBank(trees, [len(task.shift) for task in record.tasks])


def _put_beside(model: MultiTaskModel, record: EnsembleRecord, bank: TreeBank) -> None:
    weights = [TaskWeights(task.shift, task.network) for task in record.tasks]
    device = next(model.parameters()).device
    model.ensemble = Ensemble(bank, Mixture(weights)).to(device).eval()


def _noted(progress: Progress, title: str) -> Callable[[str], None]:
    return lambda found: progress.on_note(f"{title}: {found}")


def _fit(model: MultiTaskModel, data: EncodedData, index: int, grown: Sequence[ChosenTrees]) -> FittedEnsemble:
    """How much a task takes of the network and of its trees, from the validation rows whose label is known."""
    head = copy.deepcopy(model.heads[index]).cpu()
    return fit_weights(head, _model_logits(model, data, index, grown, head))


@torch.no_grad()
def _model_logits(
    model: MultiTaskModel, data: EncodedData, index: int, grown: Sequence[ChosenTrees], head: Head
) -> ModelLogits:
    """Of the network, then of the trees."""
    device, parts = next(model.parameters()).device, []
    model.eval()
    for batch in data.splits["validation"].batches(SCORING_ROWS):
        known_B, rows = batch.weight_BT[:, index] > 0, batch.numpy()
        network_BC = model.by_task(model(batch.to(device)))[index].cpu()
        trees = [torch.from_numpy(tree_logits(one.booster, one.columns.matrix(rows))) for one in grown]
        columns = (batch.label_BT[:, index], batch.weight_BT[:, index], network_BC, *trees)
        parts.append([column[known_B] for column in columns])
    label_K, weight_K, *models = map(torch.cat, zip(*parts, strict=True))
    return ModelLogits(head.constant(data.statistics[index]), models, label_K, weight_K)


def _record(name: str, fitted: FittedEnsemble, grown: Sequence[ChosenTrees]) -> EnsembleTask:
    network, *weights = fitted.weights
    network_loss, *losses = fitted.alone
    return EnsembleTask(
        name=name,
        network=network,
        shift=fitted.shift_C,
        kept=fitted.kept,
        losses={"constant": fitted.constant, "network": network_loss, "ensemble": fitted.together},
        trees=tuple(
            EnsembleTrees(ids=trees.choice.name, weight=weight, rounds=trees.booster.best_iteration, loss=loss)
            for trees, weight, loss in zip(grown, weights, losses, strict=True)
        ),
    )


def _sentence(task: EnsembleTask) -> str:
    """What was chosen, for a person."""
    losses = {
        "network": task.losses["network"],
        **{f"trees of {one.ids}": one.loss for one in task.trees},
        "together": task.losses["ensemble"],
    }
    weights = {"the network": task.network, **{f"trees of {one.ids}": one.weight for one in task.trees}}
    taken = ", ".join(f"{weight:.2f} of {model}" for model, weight in weights.items())
    reached = ", ".join(f"{model} {loss / task.losses['constant']:.4f}" for model, loss in losses.items())
    return f"{task.name}: takes {taken}; validation loss over that of the mean: {reached}"
