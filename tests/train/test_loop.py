"""The training loop on a tiny real model: looks, stopping, resume points, training losses."""

import math
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from taskfusion.base.errors import DataError, InterruptedTrainingError, TaskfusionError
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import MemoryDataset
from taskfusion.data.layout import InputLayout, Table
from taskfusion.model.fusion.network import build_network
from taskfusion.model.head.base import Head
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.regression import RegressionHead
from taskfusion.model.head.tower import TowerBank
from taskfusion.model.input.layer import InputLayer
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.train.checkpoint import load_tensors
from taskfusion.train.fresh_tables import FreshTables
from taskfusion.train.loop import (
    Evaluation,
    EvaluationEvent,
    LoopSettings,
    LoopState,
    StepEvent,
    TrainingLoop,
)
from taskfusion.train.loss import MultiTaskLoss, TaskLoss
from taskfusion.train.schedule import Schedule
from taskfusion.train.step import TrainingStep

ROWS, SIZE, STEPS = 40, 8, 5
SETTINGS = LoopSettings(
    epochs=3,
    batch_size=SIZE,
    evaluations_per_epoch=1,
    patience=9,
    checkpoint_seconds=1e9,
    seed=0,
    schedule=Schedule(),
    average_decay=None,
)
LAYOUT = InputLayout(
    tables=(Table("user", 21, None),),  # the last row stands in no batch
    ids=(0,),
    bags=(),
    num_numeric=2,
    id_names=("user",),
    bag_names=(),
    numeric_names=("age", "hour"),
)

UNREAD = 20

Action = Callable[[], None]


def rows_of(known: Sequence[bool] = (True,) * ROWS) -> Batch:
    """Labels click 0/1 and minutes; minutes are known where `known` says."""
    generator = torch.Generator().manual_seed(0)
    user = torch.randint(20, (ROWS, 1), generator=generator, dtype=torch.int32)
    numeric = torch.randn(ROWS, 2, generator=generator)
    weight = torch.stack([torch.ones(ROWS), torch.tensor(known).float()], dim=1)
    label = torch.cat([(user % 2).float(), numeric[:, :1]], dim=1) * weight
    return Batch(ids_BF=user, bags=(), numeric_BN=numeric, label_BT=label, weight_BT=weight)


def sigint() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def crash() -> None:
    raise OSError("power loss")


class Recorder:
    """Keeps what it is told; runs an action after a step."""

    def __init__(self, step: int = 0, action: Action = lambda: None) -> None:
        self.step, self.action = step, action
        self.evaluations: list[EvaluationEvent] = []
        self.steps: list[tuple[list[float], list[float]]] = []
        self.requests = 0

    def on_step(self, event: StepEvent) -> None:
        self.steps.append((event.loss_T.tolist(), event.weight_T.tolist()))
        if event.state.step == self.step:
            self.action()

    def on_evaluation(self, event: EvaluationEvent) -> None:
        self.evaluations.append(event)

    def on_stop_request(self) -> None:
        self.requests += 1

    def profile(self) -> list[tuple[Any, ...]]:
        """What does not depend on the clock."""
        return [
            (evaluation.epoch, evaluation.step, evaluation.train_loss, evaluation.evaluation, evaluation.is_best)
            for evaluation in self.evaluations
        ]


class Scores:
    """An evaluation whose scores are given, one per call, 0 after them; runs an action at one of the calls."""

    def __init__(self, *scores: float, at: int = 0, action: Action = lambda: None) -> None:
        self.scores, self.at, self.action = scores, at, action
        self.taken = 0

    def __call__(self, model: MultiTaskModel) -> Evaluation:
        self.taken += 1
        if self.taken == self.at:
            self.action()
        score = self.scores[self.taken - 1] if self.taken <= len(self.scores) else 0.0
        return Evaluation(score, -score, {})


def weight_of(model: MultiTaskModel) -> Evaluation:
    """A look that depends on the weights alone."""
    score = next(iter(model.parameters())).detach().abs().sum().item()
    return Evaluation(score, score, {})


def loop_of(
    path: Path,
    observer: Recorder,
    evaluation: Callable[[MultiTaskModel], Evaluation] = weight_of,
    *,
    learning_rate: float = 0.01,
    autocast: torch.dtype | None = None,
    fresh: bool = False,
    **settings: Any,
) -> TrainingLoop:
    torch.manual_seed(0)
    inputs = InputLayer(LAYOUT, dim=4, placement="shared", num_units=3, init_std=1.0)
    network = build_network(
        "adatt",
        input_dim=inputs.output_dim,
        num_tasks=2,
        level_dims=[[6]],
        task_experts=1,
        shared_experts=1,
        num_experts=2,
    )
    heads: list[Head] = [BinaryHead(), RegressionHead(0.0, 1.0, log1p=False)]
    model = MultiTaskModel(inputs, network, TowerBank(6, [4], [1, 1], dropout=0.2), heads)
    loss = MultiTaskLoss([TaskLoss(head) for head in heads])
    step = TrainingStep(model, loss, [torch.optim.Adam(model.parameters(), lr=learning_rate)], autocast=autocast)
    tables = [table for table, _ in inputs.table_parameters()]
    return TrainingLoop(
        step,
        replace(SETTINGS, **settings),
        evaluation=evaluation,
        model_path=path / "model.safetensors",
        checkpoint_path=path / "checkpoint.safetensors",
        observer=observer,
        fresh_tables=FreshTables(tables, 1.0, step.optimizers) if fresh else None,
    )


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def train(path: Path, observer: Recorder, **settings: Any) -> tuple[LoopState, dict[str, Tensor]]:
    path.mkdir(exist_ok=True)
    loop = loop_of(path, observer, **settings)
    state = loop.fit(MemoryDataset(rows_of()))
    return state, {name: value.clone() for name, value in loop.model.state_dict().items()}


def resume_point(path: Path) -> dict[str, Any]:
    state: dict[str, Any] = load_tensors(path / "checkpoint.safetensors")[1]["state"]
    return state


@pytest.mark.parametrize("step", [1, 4, STEPS, STEPS + 2, 2 * STEPS, 3 * STEPS], ids=lambda step: f"step {step}")
def test_a_signal_after_a_step_stops_and_the_resumed_run_is_the_same(tmp_path: Path, step: int) -> None:
    whole = Recorder()
    _, weights = train(tmp_path / "whole", whole)
    begun, rest = Recorder(step, sigint), Recorder()
    with pytest.raises(InterruptedTrainingError, match=rf"{step / STEPS:.2f} epochs, at step {step};"):
        train(tmp_path / "splits", begun)
    assert len(begun.steps) == step
    assert begun.requests == 1
    found = resume_point(tmp_path / "splits")
    assert (found["epoch"], found["step_in_epoch"]) == divmod(step, STEPS)
    state, resumed = train(tmp_path / "splits", rest)
    assert same(weights, resumed)
    assert begun.profile() + rest.profile() == whole.profile()
    assert begun.steps + rest.steps == whole.steps
    assert state.epochs_trained == 3


@pytest.mark.parametrize("recipe", [{"schedule": Schedule("cosine", 4), "average_decay": 0.9}, {"fresh": True}])
@pytest.mark.parametrize("step", [3, STEPS, STEPS + 2], ids=lambda step: f"step {step}")
def test_a_run_of_any_recipe_goes_on_with_the_same_bits(tmp_path: Path, step: int, recipe: dict[str, Any]) -> None:
    whole, begun, rest = Recorder(), Recorder(step, sigint), Recorder()
    _, weights = train(tmp_path / "whole", whole, **recipe)
    with pytest.raises(InterruptedTrainingError):
        train(tmp_path / "splits", begun, **recipe)
    _, resumed = train(tmp_path / "splits", rest, **recipe)
    assert same(weights, resumed)
    assert begun.profile() + rest.profile() == whole.profile()
    assert begun.steps + rest.steps == whole.steps


def test_fresh_tables_start_every_epoch_but_the_first(tmp_path: Path) -> None:
    """One row of the table is read by no batch, so that it moves where the table is drawn anew alone."""
    unread: list[Tensor] = []

    def evaluation(model: MultiTaskModel) -> Evaluation:
        ((table, _),) = model.inputs.table_parameters()
        unread.append(table[UNREAD].detach().clone())
        return Evaluation(len(unread), 0.0, {})

    loop = loop_of(tmp_path, Recorder(), evaluation, fresh=True, evaluations_per_epoch=2)
    ((table, _),) = loop.model.inputs.table_parameters()
    start = table[UNREAD].detach().clone()
    loop.fit(MemoryDataset(rows_of()))
    same_as_before = [torch.equal(old, new) for old, new in pairwise([start, *unread])]
    assert same_as_before == [True, True, False, True, False, True]


def test_a_schedule_changes_the_weights(tmp_path: Path) -> None:
    _, plain = train(tmp_path / "plain", Recorder())
    _, paced = train(tmp_path / "paced", Recorder(), schedule=Schedule("cosine"))
    assert not same(plain, paced)


def test_the_average_is_judged_and_kept(tmp_path: Path) -> None:
    labelled: list[dict[str, Tensor]] = []

    def evaluation(model: MultiTaskModel) -> Evaluation:
        assert not model.training
        labelled.append({name: value.clone() for name, value in model.state_dict().items()})
        return Evaluation(len(labelled), 0.0, {})

    loop = loop_of(tmp_path, Recorder(), evaluation, average_decay=0.9)
    loop.fit(MemoryDataset(rows_of()))
    assert same(loop.model.state_dict(), labelled[-1])
    last, _ = load_tensors(tmp_path / "checkpoint.safetensors")
    assert any(not torch.equal(last[f"model.{name}"], value) for name, value in labelled[-1].items())


def test_a_signal_during_a_look_keeps_the_look(tmp_path: Path) -> None:
    begun, rest = Recorder(), Recorder()
    with pytest.raises(InterruptedTrainingError):
        train(tmp_path, begun, evaluation=Scores(1, 2, 3, at=2, action=sigint))
    assert [event.epoch for event in begun.evaluations] == [1, 2]
    state, _ = train(tmp_path, rest, evaluation=Scores(3))
    assert [event.epoch for event in rest.evaluations] == [3]
    assert (state.best_score, state.best_epoch) == (3, 3)


def test_a_signal_at_the_look_that_ends_training_is_honoured(tmp_path: Path) -> None:
    begun, rest = Recorder(), Recorder()
    with pytest.raises(InterruptedTrainingError):
        train(tmp_path, begun, evaluation=Scores(1, 0, at=2, action=sigint), patience=1)
    state, _ = train(tmp_path, rest, evaluation=Scores(9), patience=1)
    assert rest.steps == []
    assert (state.epochs_trained, state.best_epoch, state.best_score) == (2, 1, 1)


@pytest.mark.parametrize(("evaluations", "expected"), [(1, 3.0), (2, 1.6)], ids=["at the end", "inside"])
def test_early_stopping_counts_the_epochs_trained(tmp_path: Path, evaluations: int, expected: float) -> None:
    recorder = Recorder()
    settings = {"evaluations_per_epoch": evaluations, "patience": 2, "epochs": 9}
    state, _ = train(tmp_path, recorder, evaluation=Scores(2, 1, 0), **settings)
    assert len(recorder.evaluations) == 3
    assert state.epochs_trained == recorder.evaluations[-1].epoch == expected
    assert LoopState(**resume_point(tmp_path)).epochs_trained == expected


def test_the_model_ends_with_the_weights_of_the_best_look(tmp_path: Path) -> None:
    _, stopped = train(tmp_path / "short", Recorder(), epochs=2, evaluation=Scores(0, 1))
    _, best = train(tmp_path / "long", Recorder(), epochs=5, evaluation=Scores(0, 1))
    _, last = train(tmp_path / "last", Recorder(), epochs=5, evaluation=Scores(0, 1, 2, 3, 4))
    assert same(stopped, best)
    assert not same(best, last)


@pytest.mark.parametrize("evaluations", [STEPS, STEPS + 1, 100])
def test_more_looks_than_steps_give_one_look_a_step(tmp_path: Path, evaluations: int) -> None:
    recorder = Recorder()
    train(tmp_path, recorder, evaluations_per_epoch=evaluations, epochs=2, patience=100)
    assert [evaluation.step for evaluation in recorder.evaluations] == list(range(1, 2 * STEPS + 1))


def test_a_resumed_run_in_bf16_is_the_same(tmp_path: Path) -> None:
    _, weights = train(tmp_path / "whole", Recorder(), autocast=torch.bfloat16)
    with pytest.raises(InterruptedTrainingError):
        train(tmp_path / "splits", Recorder(STEPS + 2, sigint), autocast=torch.bfloat16)
    _, resumed = train(tmp_path / "splits", Recorder(), autocast=torch.bfloat16)
    assert same(weights, resumed)


@pytest.mark.parametrize("step", [2, STEPS, STEPS + 3], ids=lambda step: f"step {step}")
def test_a_run_that_crashed_goes_on_from_its_resume_point_with_the_same_bits(tmp_path: Path, step: int) -> None:
    whole = Recorder()
    _, weights = train(tmp_path / "whole", whole, evaluations_per_epoch=2)
    settings = {"checkpoint_seconds": 0.0, "evaluations_per_epoch": 2}
    with pytest.raises(OSError, match="power loss"):
        train(tmp_path / "splits", Recorder(step, crash), **settings)
    assert resume_point(tmp_path / "splits")["step"] == step - 1
    rest = Recorder()
    _, resumed = train(tmp_path / "splits", rest, **settings)
    assert same(weights, resumed)
    assert rest.steps == whole.steps[step - 1 :]
    assert rest.profile() == [fact for fact in whole.profile() if fact[1] >= step]


class Clock:
    """A second passes whenever per step is done."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def tick(self) -> None:
        self.now += 1


def test_resume_points_come_in_time_though_epochs_are_shorter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("taskfusion.train.loop.time", clock)
    saved: list[int] = []

    class Watch(Recorder):
        def on_step(self, event: StepEvent) -> None:
            clock.tick()
            file = tmp_path / "checkpoint.safetensors"
            saved.append(resume_point(tmp_path)["step"] if file.exists() else 0)

    train(tmp_path, Watch(), epochs=4, checkpoint_seconds=1.5 * STEPS)
    assert sorted(set(saved)) == [0, 8, 16]  # the first step beyond 7.5 seconds, counted anew after each


def test_the_training_loss_is_the_mean_over_known_rows(tmp_path: Path) -> None:
    known = [row % 10 == 0 for row in range(ROWS)]
    recorder = Recorder()
    loop_of(tmp_path, recorder, epochs=1, batch_size=4).fit(MemoryDataset(rows_of(known)))
    (evaluation,) = recorder.evaluations
    weights = [weight for _, weight in recorder.steps]
    assert any(weight[1] == 0 for weight in weights)
    assert sum(weight[1] for weight in weights) == 4
    for task in range(2):
        total = math.fsum(loss[task] * weight[task] for loss, weight in recorder.steps)
        assert evaluation.train_loss[task] == pytest.approx(total / sum(weight[task] for weight in weights))


def test_a_task_that_no_row_knows_has_no_training_loss(tmp_path: Path) -> None:
    recorder = Recorder()
    loop_of(tmp_path, recorder, epochs=2).fit(MemoryDataset(rows_of((False,) * ROWS)))
    assert [evaluation.train_loss[1] for evaluation in recorder.evaluations] == [None, None]
    assert all(evaluation.train_loss[0] is not None for evaluation in recorder.evaluations)


def test_a_batch_that_knows_no_row_of_a_task_sends_it_no_gradient(tmp_path: Path) -> None:
    rows = rows_of((False,) * ROWS)
    weights = []
    for name, unknown in (("first", 0.0), ("second", 100.0)):
        (tmp_path / name).mkdir()
        label = rows.label_BT.clone()
        label[:, 1] = unknown
        loop = loop_of(tmp_path / name, Recorder(), epochs=1)
        loop.fit(MemoryDataset(replace(rows, label_BT=label)))
        weights.append(loop.model.state_dict())
    assert same(*weights)
    assert all(value.isfinite().all() for value in weights[0].values())


def test_a_loss_that_is_not_finite_is_found_and_its_steps_named(tmp_path: Path) -> None:
    rows = rows_of()
    endless = MemoryDataset(replace(rows, label_BT=torch.full_like(rows.label_BT, math.inf)))
    with pytest.raises(TaskfusionError, match=r"between step 1 and step 20;.*learning_rate"):
        loop_of(tmp_path, Recorder(), batch_size=1).fit(endless)
    with pytest.raises(TaskfusionError, match="between step 1 and step 5;"):
        loop_of(tmp_path, Recorder()).fit(endless)
    assert list(tmp_path.iterdir()) == []


def test_no_resume_point_is_written_once_a_loss_is_not_finite(tmp_path: Path) -> None:
    rows = rows_of()
    endless = MemoryDataset(replace(rows, label_BT=torch.full_like(rows.label_BT, math.inf)))
    with pytest.raises(TaskfusionError, match="at step 1;"):
        loop_of(tmp_path, Recorder(), checkpoint_seconds=-1.0).fit(endless)
    with pytest.raises(TaskfusionError, match="at step 1;"):
        loop_of(tmp_path, Recorder(1, sigint)).fit(endless)
    assert list(tmp_path.iterdir()) == []


def test_a_dataset_that_shrinks_is_refused(tmp_path: Path) -> None:
    class Shrunk(MemoryDataset):
        def batches(self, batch_size: int, *, shuffle_seed: int | None = None, skip: int = 0) -> Iterator[Batch]:
            yield from list(super().batches(batch_size, shuffle_seed=shuffle_seed, skip=skip))[:-1]

    with pytest.raises(DataError, match="should fill 5 batches, but filled 4"):
        loop_of(tmp_path, Recorder()).fit(Shrunk(rows_of()))
