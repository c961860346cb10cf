"""From the experiment file to what training needs."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import nn
from torch.optim import Optimizer

from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment
from taskfusion.config.inputs import EmbeddingConfig
from taskfusion.config.relations import AitmRelation, Relation
from taskfusion.config.training import TrainingConfig
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.task.table import Task
from taskfusion.train.compiler import torch_compiler
from taskfusion.train.fresh_tables import FreshTables
from taskfusion.train.gate_balance import GateBalance
from taskfusion.train.loop import LoopSettings
from taskfusion.train.loss import (
    ExpectationCalibrator,
    MultiTaskLoss,
    TaskLoss,
)
from taskfusion.train.optimizer import DENSE, KeptGradients, SparseAdagrad
from taskfusion.train.schedule import Schedule
from taskfusion.train.step import TrainingStep

ADAGRAD_LEARNING_RATE = 0.02

# Accumulators of a row, by the update: of a table and its copies.
ACCUMULATORS: Mapping[str, Callable[[nn.Parameter, int], int]] = {
    "adagrad": lambda table, copies: table.shape[1],
    "rowwise-adagrad": lambda table, copies: copies,
}

AUTOCAST: Mapping[str, torch.dtype | None] = {"float32": None, "bf16": torch.bfloat16}


def build_step(experiment: Experiment, model: MultiTaskModel) -> TrainingStep:
    """The training step of an experiment; the model is on its device."""
    device = next(model.parameters()).device
    balance_weight = experiment.network.gate.balance_weight
    return TrainingStep(
        model,
        build_loss(experiment.tasks, experiment.relations, model),
        build_optimizers(experiment.training, experiment.embedding, model),
        autocast=AUTOCAST[experiment.training.precision],
        compiler=partial(torch_compiler, device=device) if experiment.training.compile else None,
        penalty=GateBalance(model, balance_weight) if balance_weight else None,
    )


def build_loss(tasks: Sequence[Task], relations: Sequence[Relation], model: MultiTaskModel) -> MultiTaskLoss:
    """The loss of a model of these tasks, with the calibrators of their relations."""
    place = {task.name: index for index, task in enumerate(tasks)}
    return MultiTaskLoss(
        [TaskLoss(head, task.loss_weight) for task, head in zip(tasks, model.heads, strict=True)],
        [
            ExpectationCalibrator(place[relation.source], place[relation.target], relation.calibrator_weight)
            for relation in relations
            if isinstance(relation, AitmRelation)
        ],
    )


def build_optimizers(training: TrainingConfig, embedding: EmbeddingConfig, model: MultiTaskModel) -> list[Optimizer]:
    """The optimizers of a model: tables have a decay of their own, and their own rule where asked."""
    tables = model.inputs.table_parameters()
    ours = {id(parameter) for parameter, _ in tables}
    dense = [parameter for parameter in model.parameters() if id(parameter) not in ours]
    groups = [{"params": dense, "weight_decay": training.weight_decay}]
    if embedding.update == "dense" and tables:
        groups.append({"params": [parameter for parameter, _ in tables], "weight_decay": embedding.weight_decay})
    optimizer = DENSE[training.optimizer](groups, lr=training.learning_rate, fused=True)
    if embedding.update == "dense":
        KeptGradients(optimizer, [parameter for parameter, _ in tables])
    elif tables:
        accumulators = ACCUMULATORS[embedding.update]
        sparse = [(parameter, accumulators(parameter, copies)) for parameter, copies in tables]
        return [optimizer, SparseAdagrad(sparse, lr=embedding.learning_rate or ADAGRAD_LEARNING_RATE)]
    return [optimizer]


def build_fresh_tables(embedding: EmbeddingConfig, step: TrainingStep) -> FreshTables | None:
    """What draws the embedding tables anew; None where they are kept."""
    if not embedding.fresh_each_epoch:
        return None
    tables = [parameter for parameter, _ in step.model.inputs.table_parameters()]
    return FreshTables(tables, embedding.init_std, step.optimizers)


def loop_settings(training: TrainingConfig) -> LoopSettings:
    """How long and how often."""
    return LoopSettings(
        epochs=training.epochs,
        batch_size=training.batch_size,
        evaluations_per_epoch=training.evaluations_per_epoch,
        patience=training.patience,
        checkpoint_seconds=training.checkpoint_seconds,
        seed=training.seed,
        schedule=Schedule(training.schedule, training.warmup_steps),
        average_decay=training.average_decay,
    )


def training_device(training: TrainingConfig) -> torch.device:
    """The device of training.

    Raises:
        ExperimentError: cuda is asked for where there is none, or bf16 where the device has none.
    """
    on_cuda = training.device == "cuda"
    if on_cuda and not torch.cuda.is_available():
        raise ExperimentError("training.device is cuda, but torch finds no CUDA device here; use cpu")
    if on_cuda and training.precision == "bf16" and not torch.cuda.is_bf16_supported():
        raise ExperimentError("training.precision is bf16, but the CUDA device here has none; use float32")
    return torch.device(training.device)


def use_threads(threads: int | None) -> None:
    """Set the number of CPU threads of the whole process, where there is one."""
    if threads is not None:
        torch.set_num_threads(threads)
