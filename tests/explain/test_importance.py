"""Permutation importance of models whose losses are known."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from taskfusion.data.batch import Batch
from taskfusion.data.layout import BagInput, InputLayout, NumericInput, Table
from taskfusion.explain.importance import Columns, columns_by_source, permutation_importance, sampled_rows
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.schema.task.table import Task

LAYOUT = InputLayout(
    tables=(Table("user", 9, None), Table("age", 9, None), Table("tags", 9, None)),
    ids=(0, 1),
    bags=(BagInput(2, "mean"),),
    num_numeric=4,
    id_names=("user", "age"),
    bag_names=("tags",),
    numeric_names=("age", "age is missing", "length of tags", "user frequency"),
    numeric=(NumericInput("age", (0, 1)), NumericInput("length of tags", (2,)), NumericInput("user", (3,))),
)
SOURCES = {"user": "user_id", "age": "age", "tags": "tags", "length of tags": "tags"}
CLICK = BinaryTask(name="click", kind="binary")
SECONDS = RegressionTask(name="seconds", kind="regression")


class Known(nn.Module):
    """Predicts seconds as age, and clicks by whether the first tag is odd."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def predict(self, batch: Batch) -> Sequence[Tensor]:
        return [0.1 + 0.8 * (batch.bags[0][:, 0] % 2).float(), batch.numeric_BN[:, 0]]


MODEL = cast(MultiTaskModel, Known())


def batch_of(rows: int, length: int = 2) -> Batch:
    """Labels that follow from age and the first tag."""
    generator = torch.Generator().manual_seed(rows)
    tags = torch.randint(1, 9, (rows, length), generator=generator, dtype=torch.int32)
    numbers = torch.randn(rows, 4, generator=generator)
    click = (torch.rand(rows, generator=generator) < 0.1 + 0.8 * (tags[:, 0] % 2)).float()
    seconds = numbers[:, 0] + 0.5 * torch.randn(rows, generator=generator)
    ids = torch.randint(9, (rows, 2), generator=generator, dtype=torch.int32)
    return Batch(ids, (tags,), numbers, torch.stack([click, seconds], dim=1), torch.ones(rows, 2))


def importance(batch: Batch, tasks: Sequence[Task] = (CLICK, SECONDS), **settings: Any) -> dict[str, dict[str, Any]]:
    columns = columns_by_source(LAYOUT, SOURCES)
    settings = {"repeats": 5, "seed": 0, **settings}
    return {one.feature: one.tasks for one in permutation_importance(MODEL, batch, columns, tasks, **settings)}


def test_all_that_reads_one_column_of_the_table_belongs_together() -> None:
    assert columns_by_source(LAYOUT, SOURCES) == {
        "user_id": Columns(ids=[0], numbers=[3]),
        "age": Columns(ids=[1], numbers=[0, 1]),
        "tags": Columns(bags=[0], numbers=[2]),
    }


def test_a_shuffle_moves_these_columns_together_and_no_others() -> None:
    batch = batch_of(20)
    order_B = torch.randperm(20, generator=torch.Generator().manual_seed(1))
    for columns in columns_by_source(LAYOUT, SOURCES).values():
        found = columns.shuffled(batch, order_B)
        for kind, array, moved in (
            ("ids", batch.ids_BF, found.ids_BF),
            ("numbers", batch.numeric_BN, found.numeric_BN),
        ):
            for place in range(array.shape[1]):
                inside = place in getattr(columns, kind)
                assert torch.equal(moved[:, place], array[order_B][:, place] if inside else array[:, place])
        assert torch.equal(found.bags[0], batch.bags[0][order_B] if columns.bags else batch.bags[0])
        assert torch.equal(found.label_BT, batch.label_BT)


def test_a_column_that_nobody_reads_is_worth_nothing_and_the_others_what_theory_says() -> None:
    """Shuffling x of y = x + noise raises the squared error from s^2 by 2 var(x)."""
    batch = batch_of(40_000)
    found = importance(batch)
    for task, unread in (("click", ("user_id", "age")), ("seconds", ("user_id", "tags"))):
        for column in unread:
            assert dict(found[column][task]) == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert found["age"]["seconds"].mean == pytest.approx(100 * 2 / 0.25, rel=0.03)
    low, high = found["tags"]["click"].ends
    right, wrong = -np.log(0.9), -np.log(0.1)
    before, after = 0.9 * right + 0.1 * wrong, 0.5 * right + 0.5 * wrong
    assert low < high
    assert found["tags"]["click"].mean == pytest.approx(100 * (after / before - 1), rel=0.03)


def test_unknown_labels_and_weights_count_as_in_the_loss() -> None:
    batch = batch_of(4_000)
    half = batch.weight_BT.clone()
    half[::2] = 0
    label = batch.label_BT.clone()
    label[::2] = torch.nan
    unknown = Batch(batch.ids_BF, batch.bags, batch.numeric_BN, label, half)
    assert importance(unknown)["age"]["seconds"].mean == pytest.approx(800, rel=0.1)
    nothing = Batch(batch.ids_BF, batch.bags, batch.numeric_BN, label, torch.zeros_like(half))
    assert importance(nothing)["age"] == {}


def test_the_same_seed_gives_the_same_numbers_and_chunks_do_not_matter() -> None:
    batch = batch_of(9_000)
    assert importance(batch) == importance(batch)
    assert importance(batch, seed=1) != importance(batch)


def test_a_task_without_loss_has_no_importance() -> None:
    batch = batch_of(100)
    exact = Batch(batch.ids_BF, batch.bags, batch.numeric_BN, batch.numeric_BN[:, :1].repeat(1, 2), batch.weight_BT)
    exact.label_BT[:, 0] = 1
    assert set(importance(exact)["age"]) == {"click"}


def test_rows_are_drawn_evenly_and_once() -> None:
    whole = batch_of(1_000)
    whole.numeric_BN[:, 0] = torch.arange(1_000)
    parts = [whole.rows(slice(start, start + 300)) for start in range(0, 1_000, 300)]
    found = sampled_rows(parts, 1_000, 200, 0).numeric_BN[:, 0].tolist()
    assert len(found) == len(set(found)) == 200
    assert np.mean(found) == pytest.approx(500, abs=70)
    everything = sampled_rows(parts, 1_000, 5_000, 0)
    assert torch.equal(everything.numeric_BN, whole.numeric_BN)


def test_lists_of_other_lengths_are_filled_up() -> None:
    parts = [batch_of(5, length=1), batch_of(6, length=3)]
    found = sampled_rows(parts, 11, 11, 0)
    assert found.bags[0].shape == (11, 3)
    assert torch.equal(found.bags[0][:5], torch.nn.functional.pad(parts[0].bags[0], (0, 2)))
